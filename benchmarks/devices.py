"""Replicas on the default device, against its matmul rate and against one CPU core."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.contest import Times, Work, compete
from benchmarks.programs import program_of
from benchmarks.training import digits, operations_per_epoch

REPLICAS = {"cpu": (1, 4, 16, 64), "accelerator": (1, 64, 512, 2048)}
REPLICA_EPOCHS = 64
"""Per round: in all on a CPU, of each replica on an accelerator, which is quicker."""

MATMUL_SIZE = {"cpu": 2048, "accelerator": 8192}

DEVICE = """
import json, jax
from nnuniverse import load_config
from nnuniverse.experiments.assemble import build_program
from nnuniverse.experiments.samples import load_dataset
config = load_config("configs/quickstart.yaml")
options = build_program(config, load_dataset(config)).compiler_options
print(json.dumps([jax.default_backend(), jax.local_devices()[0].device_kind, options]))
"""


def replicas_loop(replicas: int) -> Work:
    """Build the loop of configs/deep.yaml on one device; a unit is an epoch of a replica."""
    _share_memory()
    from dataclasses import replace

    from nnuniverse import load_config

    program = program_of(load_config("configs/deep.yaml", [f"replicas={replicas}"]))
    program = replace(program, devices=program.devices[:1])
    state = program.initial_state()
    never = np.asarray([], np.int64)

    def work(replica_epochs: int) -> None:
        program.run(state, 1, max(1, replica_epochs // replicas), never)

    return work


def one_core_loop() -> Work:
    """Build the loop of one replica on one core of the CPU; a unit is an epoch."""
    os.environ["JAX_PLATFORMS"] = "cpu"
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return replicas_loop(1)


def large_matmul(size: int) -> Work:
    """Build the multiplication of float32 matrices, in full precision; a unit is one."""
    _share_memory()
    import jax
    import jax.numpy as jnp

    matrix = jnp.ones((size, size), jnp.float32)
    multiply = jax.jit(partial(jnp.matmul, precision="float32"))

    def work(times: int) -> None:
        for _ in range(times):
            multiply(matrix, matrix).block_until_ready()

    return work


def _share_memory() -> None:
    """Leave room on an accelerator for the other contestants."""
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    # In a process of its own, which lets go of an accelerator.
    found = subprocess.run([sys.executable, "-c", DEVICE], capture_output=True, check=True)
    backend, kind, options = json.loads(found.stdout)
    on_cpu = backend == "cpu"
    where = "cpu" if on_cpu else "accelerator"
    size = MATMUL_SIZE[where]
    builders: dict[str, tuple[Callable[[], Work], int]] = {
        f"{replicas}": (
            partial(replicas_loop, replicas),
            REPLICA_EPOCHS * (1 if on_cpu else replicas),
        )
        for replicas in REPLICAS[where]
    }
    builders["core"] = (one_core_loop, REPLICA_EPOCHS)
    builders["matmul"] = (partial(large_matmul, size), 20)
    times = compete(builders)

    rate = _per_second(2e-9 * size**3, times["matmul"])
    rows = [
        (f"default device: {kind}; compiler options {options}", "", ""),
        (f"  its GFLOP/s in a {size} x {size} float32 matmul", f"{rate}", ""),
    ]
    operations = operations_per_epoch(int(np.any(digits()[0] != 0, axis=0).sum()))
    for replicas in REPLICAS[where]:
        seconds = times[f"{replicas}"]
        share = _per_second(1e-9 * operations, seconds).over(rate)
        rows += [
            (f"replica-epochs/s, {replicas} replicas", f"{_per_second(1, seconds)}", ""),
            ("  over one CPU core", f"{times['core'].over(seconds)}", ""),
            ("  share of the matmul rate", f"{share}", ""),
        ]
    return rows


def _per_second(amount: float, seconds: Times) -> Times:
    return Times(tuple(amount / second for second in seconds.rounds))
