"""Replicas of one run on all processors, against one processor and against a large product."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.contest import THREADS, Times, Work, compete
from benchmarks.devices import MATMUL_SIZE, large_matmul
from benchmarks.programs import program_of
from benchmarks.training import digits, operations_per_epoch

REPLICAS = (1, 2, 4, 8)
REPLICA_EPOCHS = 64
"""Per round."""


def run_loop(replicas: int, processors: int | None = None) -> Work:
    """Build the loop of configs/deep.yaml as a run has it; a unit is an epoch of a replica."""
    return _loop(replicas, processors)


def shared_loop(replicas: int) -> Work:
    """Build it as it was: one device with all threads, and a batch in two parts."""
    return _loop(replicas, THREADS, devices=1, parts=2)


def _loop(replicas: int, processors: int | None, devices: int = 0, parts: int = 0) -> Work:
    from dataclasses import replace

    from nnuniverse import load_config

    program = program_of(
        load_config("configs/deep.yaml", [f"replicas={replicas}"]), processors=processors
    )
    program = replace(
        program, devices=program.devices[: devices or None], parts=parts or program.parts
    )
    state = program.initial_state()
    never = np.asarray([], np.int64)

    def work(replica_epochs: int) -> None:
        program.run(state, 1, max(1, replica_epochs // replicas), never)

    return work


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    most, size = max(REPLICAS), MATMUL_SIZE["cpu"]
    times = compete(
        {f"{replicas}": (partial(run_loop, replicas), REPLICA_EPOCHS) for replicas in REPLICAS}
        | {f"{n} shared": (partial(shared_loop, n), REPLICA_EPOCHS) for n in (1, most)}
        | {
            "one processor": (partial(run_loop, most, 1), REPLICA_EPOCHS),
            "matmul": (partial(large_matmul, size), 20),
        }
    )
    operations = operations_per_epoch(int(np.any(digits()[0] != 0, axis=0).sum()))
    product = 2.0 * size**3
    rows = []
    for replicas in REPLICAS:
        seconds = times[f"{replicas}"]
        rate = Times(
            tuple(
                operations / one / (product / large)
                for one, large in zip(seconds.rounds, times["matmul"].rounds, strict=True)
            )
        )
        ms = Times(tuple(1e3 * second for second in seconds.rounds))
        aim = ">= 0.5" if replicas == most else ""
        rows += [
            (f"ms per replica-epoch, {replicas} replicas", f"{ms}", ""),
            ("  share of the large-matmul rate of all processors", f"{rate}", aim),
        ]
    several, alone = times[f"{most}"], times["1"]
    return [
        *rows,
        (
            f"{most} replicas: one processor over all",
            f"{times['one processor'].over(several)}",
            ">= 1.9",
        ),
        ("  one device with all threads over all", f"{times[f'{most} shared'].over(several)}", ""),
        ("1 replica: one device with all threads over one", f"{times['1 shared'].over(alone)}", ""),
    ]
