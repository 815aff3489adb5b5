"""What a program needs on its device, against what is compiled and what a process really takes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import jax
import psutil
import pytest

from nnuniverse import parse_config
from nnuniverse.config.run import MAX_REPLICAS
from nnuniverse.errors import RunError
from nnuniverse.experiments.assemble import plan_replicas
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.training import MemoryPlan, Program, available_memory, plan_memory
from nnuniverse.training.memory import SHARE

# On one worker, which compiles the programs once.
pytestmark = pytest.mark.xdist_group("training")

NAMES = ("mu2", "boundary_loss")
MEBIBYTE = 2**20

CONFIG = {"data": {"train_samples": 120, "test_samples": 20}, "network": {"hidden": [5]}}


@pytest.mark.quick
@pytest.mark.parametrize("batched", [False, True])
def test_plan_for_few_replicas_holds_for_many(build: Callable[..., Program], batched: bool) -> None:
    program = build(names=NAMES, batch_replicas=batched)
    many = 40
    sizes = replace(program, seeds=range(many)).compiled.memory_analysis()
    compiled = sizes.argument_size_in_bytes + sizes.output_size_in_bytes + sizes.temp_size_in_bytes
    assert plan_memory(program).needed(many) == pytest.approx(compiled, rel=0.02)


@pytest.mark.quick
def test_a_replica_costs_its_state_twice_and_its_results(build: Callable[..., Program]) -> None:
    program = build(names=NAMES, batch_replicas=False)
    state = sum(
        leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(program.state_shape())
    ) // len(program.seeds)
    results = 8 * (4096 + 32 * len(NAMES))
    per_replica = plan_memory(program).per_replica
    assert per_replica == pytest.approx(2 * state + results, rel=0.01)


PEAKS = """\
import sys
from dataclasses import replace
from pathlib import Path
import numpy as np
from nnuniverse import parse_config
from nnuniverse.experiments.assemble import build_program
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.training import plan_memory

def peak(replicas):
    several = replace(program, seeds=range(replicas))
    state = several.initial_state()
    several.compiled
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    several.run(state, 0, 1, np.array([0, 1]))
    (line,) = [l for l in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in l]
    return 1024 * int(line.split()[1])

observe = {"observables": ["test_boundary_loss"]}
config = parse_config({  # of one hidden layer, and a short epoch
    "observe": observe, "network": {"hidden": [20]}, "data": {"train_samples": 100},
})
program = replace(build_program(config, load_dataset(config)), batch_replicas=True)
few, many = map(int, sys.argv[1:])
plan = plan_memory(program)
print(plan.needed(many) - plan.needed(few), peak(few), peak(many))
"""


GIVES_BACK = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "65536",
}
"""Lets glibc return what is freed at once: what compiling has left would hide, or add, 100 MB."""

BY_ONE = {"XLA_FLAGS": "--xla_cpu_parallel_codegen_split_count=1"}
"""Compiles the same in less time, as in this process."""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_plan_against_the_peak_of_a_process() -> None:
    # The plan has compiled the few; to so many, what the allocator keeps matters little.
    few, many = 4, 800
    printed = subprocess.check_output(
        [sys.executable, "-c", PEAKS, str(few), str(many)],
        env={**os.environ, **GIVES_BACK, **BY_ONE},
    )
    planned, *peaks = map(int, printed.split())
    assert planned > 300 * MEBIBYTE
    # Where a plan fills a part of the memory, the rest is room for this.
    assert SHARE <= planned / (peaks[1] - peaks[0]) <= 1.1


def test_replicas_that_fit() -> None:
    plan = MemoryPlan(fixed=1000, per_replica=100)
    memory = int(plan.needed(7) / SHARE)
    assert plan.replicas_that_fit(memory + 1) == 7
    assert plan.replicas_that_fit(int(plan.needed(8) / SHARE) - 2) == 7
    assert plan.replicas_that_fit(900) == 0


def test_available_memory_is_that_of_the_device_with_least_left() -> None:
    def device(limit: int, used: int) -> SimpleNamespace:
        return SimpleNamespace(memory_stats=lambda: {"bytes_limit": limit, "bytes_in_use": used})

    assert available_memory([device(1000, 100), device(900, 50)]) == 850


def test_devices_of_a_cpu_share_its_memory() -> None:
    (device,) = jax.devices("cpu")[:1]
    alone, shared = available_memory([device]), available_memory([device] * 4)
    assert 0 < alone < psutil.virtual_memory().total
    # The machine's other programs come and go.
    assert shared == pytest.approx(alone / 4, rel=0.2)


@pytest.mark.quick
def test_all_local_devices_are_planned_for() -> None:
    config = parse_config(CONFIG)
    assert plan_replicas(config, load_dataset(config)) == MAX_REPLICAS


@pytest.mark.quick
def test_no_room_for_a_replica_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnuniverse.experiments.assemble.available_memory", lambda devices: 2**16)
    config = parse_config(CONFIG)
    with pytest.raises(RunError, match=r"^a device must have memory for one replica, 0\.\d+ GiB"):
        plan_replicas(config, load_dataset(config))
