"""Replicas shared out over devices: the same numbers as on one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import jax
import numpy as np
import pytest
import several_devices
from several_devices import CASES, EPOCHS, HALF, SNAPSHOTS, Arrays, arrays_of, part, under

from nnuniverse import load_config
from nnuniverse.experiments.train import resume_run, start_run
from nnuniverse.runs import open_results
from nnuniverse.training import Program, ReplicaSharding, Segment

# On one worker, which compiles the programs once.
pytestmark = pytest.mark.xdist_group("training")

DEVICES = 8
EIGHT = {
    "XLA_FLAGS": f"--xla_force_host_platform_device_count={DEVICES}"
    " --xla_cpu_parallel_codegen_split_count=1"  # as in this process: it takes less time
}
SEQUENTIAL = [case for case in CASES if not CASES[case].get("batch_replicas")]


RUN = """\
import runpy, sys
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parent))
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def on_eight_devices(warm: Path, *arguments: str | Path) -> None:
    """Run a script in a process that takes the CPU for eight devices."""
    command = [str(warm / "python"), "-c", RUN, *map(str, arguments)]
    done = subprocess.run(
        command, env=os.environ | EIGHT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def programs() -> dict[str, Program]:
    """Every case on one device."""
    built = {case: several_devices.program_of(case) for case in CASES}
    assert all(len(program.sharding.devices) == 1 for program in built.values())
    return built


@pytest.fixture(scope="module")
def on_one(programs: dict[str, Program]) -> dict[str, tuple[Segment, Segment]]:
    return {case: several_devices.halves(program) for case, program in programs.items()}


@pytest.fixture(scope="module")
def on_eight(
    on_one: dict[str, tuple[Segment, Segment]],
    warm: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Arrays:
    """What eight devices make of every case, also from where one device was halfway."""
    folder = tmp_path_factory.mktemp("devices")
    checkpoint: Arrays = {}
    for case, (first, _) in on_one.items():
        checkpoint |= under(case, arrays_of(first))
    np.savez(folder / "checkpoint.npz", **checkpoint)
    files = folder / "checkpoint.npz", folder / "results.npz"
    on_eight_devices(warm, several_devices.__file__, *files)
    return dict(np.load(folder / "results.npz"))


def assert_same(one: Arrays, other: Arrays) -> None:
    """Bit for bit, but for what is measured: sums over samples may be taken in another order."""
    assert one.keys() == other.keys()
    for name, values in one.items():
        assert values.dtype == other[name].dtype
        if name.startswith("observable"):
            np.testing.assert_allclose(other[name], values, 1e-13, 1e-14, err_msg=name)
        else:
            np.testing.assert_array_equal(other[name], values, err_msg=name)


# --- the same numbers -------------------------------------------------------------------------


@pytest.mark.parametrize(("case", "used"), [("even", 8), ("uneven", 6), ("batched", 8)])
def test_as_many_devices_as_shorten_the_longest_share(
    on_eight: Arrays, case: str, used: int
) -> None:
    assert on_eight[f"{case}/devices/used"] == used


@pytest.mark.parametrize("case", SEQUENTIAL)
def test_eight_devices_train_bit_identically_to_one(
    on_one: dict[str, tuple[Segment, Segment]], on_eight: Arrays, case: str
) -> None:
    first, second = on_one[case]
    assert second.running_loss.shape == (len(CASES[case]["seeds"]), EPOCHS - HALF)
    assert_same(arrays_of(first), part(f"{case}/first", on_eight))
    assert_same(arrays_of(second), part(f"{case}/second", on_eight))


def test_batched_replicas_on_eight_devices_agree_to_rounding(
    on_one: dict[str, tuple[Segment, Segment]], on_eight: Arrays
) -> None:
    expected = arrays_of(on_one["batched"][1])
    found = part("batched/second", on_eight)
    assert expected.keys() == found.keys()
    for name in expected:
        if not name.startswith("observable"):
            np.testing.assert_allclose(found[name], expected[name], 2e-6, 2e-6, err_msg=name)
    untrained = part("batched/first", on_eight)
    for name, values in on_one["batched"][0].observables.items():
        measured = untrained[f"observable {name}"]
        # At the untrained net, which is bit-identical, rounding is that of float64.
        np.testing.assert_allclose(measured[:, 0], values[:, 0], 1e-10, 1e-12, err_msg=name)


# --- from one number of devices to another ----------------------------------------------------


@pytest.mark.parametrize("case", SEQUENTIAL)
def test_eight_devices_continue_what_one_began(
    on_one: dict[str, tuple[Segment, Segment]], on_eight: Arrays, case: str
) -> None:
    assert_same(arrays_of(on_one[case][1]), part(f"{case}/continued", on_eight))


@pytest.mark.parametrize("case", SEQUENTIAL)
def test_one_device_continues_what_eight_began(
    programs: dict[str, Program],
    on_one: dict[str, tuple[Segment, Segment]],
    on_eight: Arrays,
    case: str,
) -> None:
    program = programs[case]
    state = several_devices.state_in(program, part(f"{case}/first", on_eight))
    continued = program.run(state, HALF + 1, EPOCHS, SNAPSHOTS)
    assert_same(arrays_of(on_one[case][1]), arrays_of(continued))


CONFIG = """\
name: shared
replicas: 5
data: {train_samples: 120, test_samples: 20}
network: {hidden: [5]}
train: {epochs: 9, batch: 50, optimiser: {kind: momentum}}
observe: {complexity_n: [5], observables: [mu2, boundary_loss]}
"""

BEGIN = """\
import sys
from pathlib import Path
from nnuniverse import load_config
from nnuniverse.experiments.train import start_run
from unittest.mock import Mock
asked = iter([False, False])
start_run(load_config(sys.argv[1]), Path(sys.argv[2]), Mock(), lambda: next(asked, True))
"""


def contents(run: Path) -> Arrays:
    with open_results(run / "results.h5") as file:
        return {name: variable[()] for name, variable in file.items()}


def test_a_run_begun_on_five_devices_ends_on_one(warm: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "begin.py").write_text(BEGIN)
    on_eight_devices(warm, tmp_path / "begin.py", tmp_path / "config.yaml", tmp_path / "begun")
    (run,) = tmp_path.glob("begun/shared/*")
    assert len(contents(run)["epoch"]) < 9
    assert resume_run(run, Mock()).status == "complete"
    whole = start_run(load_config(tmp_path / "config.yaml"), tmp_path / "whole", Mock())
    expected, found = contents(whole.folder.path), contents(run)
    assert expected.keys() == found.keys()
    for name, values in expected.items():
        if name in {"mu2", "boundary_loss"}:
            np.testing.assert_allclose(found[name], values, 1e-13, err_msg=name)
        else:
            np.testing.assert_array_equal(found[name], values, err_msg=name)
    segments = json.loads((run / "provenance.json").read_text())["segments"]
    assert [segment["devices"] for segment in segments] == [5, 1]
    assert {segment["matmul_precision"] for segment in segments} == {"float32"}


# --- shares -----------------------------------------------------------------------------------


@pytest.mark.parametrize("available", [1, 2, 3, 8])
@pytest.mark.parametrize("replicas", [1, 2, 7, 8, 9, 11, 64])
def test_shares(replicas: int, available: int) -> None:
    sharding = ReplicaSharding.over(replicas, [jax.devices()[0]] * available)
    used = len(sharding.devices)
    assert sharding.share == -(-replicas // available)
    assert used <= available
    assert 0 <= sharding.copies < sharding.share, "every device has a replica of its own"
    assert used * sharding.share == replicas + sharding.copies


# --- precision --------------------------------------------------------------------------------


def test_products_in_training_ask_for_full_float32(build: Callable[..., Program]) -> None:
    text = build(names=("boundary_loss",)).lowered.as_text()
    products = [line for line in text.splitlines() if "dot_general" in line and "xf32>" in line]
    assert products
    assert all("precision = [HIGHEST, HIGHEST]" in line for line in products)
