"""Results of a sweep that are damaged, or whose runs are held open by another program."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import h5py
import numpy as np
import pytest
import xarray
from changing import GENERATORS, changed, damaged, unseal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_runs import Heard, MemoryEngine, make_sweep, make_tasks

from nnuniverse.config import SweepConfig
from nnuniverse.errors import NNUniverseError, RunError
from nnuniverse.sweeps import Plan, Report, open_results, plan_sweep, run_sweep, write_results

Change = Callable[[h5py.File], object]


@pytest.fixture
def sweep(data_file: Path) -> SweepConfig:
    return make_sweep(data_file)


@pytest.fixture
def plan(sweep: SweepConfig, tmp_path: Path) -> Plan:
    """A finished sweep with its results."""
    run_sweep(sweep, tmp_path, MemoryEngine(lambda task: Report("failed")), Heard(), retries=0)
    make_tasks(plan_sweep(sweep, tmp_path).todo, tmp_path)
    plan = plan_sweep(sweep, tmp_path)
    assert write_results(plan)
    return plan


def line_against(plan: Plan) -> str:
    with pytest.raises(NNUniverseError) as caught:
        open_results(plan.folder.path)
    assert caught.type is RunError
    line = str(caught.value)
    assert line.startswith(repr(str(plan.folder.results))) and " must " in line
    assert ". Try `nnu sweep` again." in line
    return line


# --- what is no sweep's results ------------------------------------------------------------------


def drop(name: str) -> Change:
    return lambda file: file.__delitem__(name)


def attribute(name: str, value: object, of: str = "/") -> Change:
    return lambda file: file[of].attrs.__setitem__(name, value)


WRONG: dict[str, tuple[Change, str]] = {
    "no replicas": (drop("replica"), ""),
    "no seeds": (drop("seed"), "lacks `seed`"),
    "no states": (drop("status"), "lacks `status`"),
    "no snapshots measured": (drop("measured"), "lacks `measured`"),
    "no sweep": (lambda file: file.attrs.__delitem__("made_from"), "of an earlier one"),
    "another sweep": (attribute("sweep_hash", np.arange(3)), "of an earlier one"),
    "soft link": (lambda file: file.__setitem__("x", h5py.SoftLink("/mu3")), "a link"),
    "link to another file": (
        lambda file: file.__setitem__("x", h5py.ExternalLink("a", "b")),
        "a link",
    ),
    "group": (lambda file: file.create_group("x"), "no dataset"),
    "odd times": (attribute("units", "days since never", "snapshot"), "cannot be read as netCDF"),
    "dims of nothing": (attribute("DIMENSION_LIST", 3, "mu3"), "whose dimensions are none"),
}


@pytest.mark.parametrize("make", [lambda path: None, unseal], ids=["sealed", "foreign"])
@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_one_line(change: Change, said: str, make: Callable[[Path], None], plan: Plan) -> None:
    with changed(plan.folder.results) as file:
        change(file)
    make(plan.folder.results)
    assert said in line_against(plan)


def test_results_of_version_0_1_0_are_read(plan: Plan) -> None:
    unseal(plan.folder.results)
    with open_results(plan.folder.path) as data:
        assert data.mu3.dims == ("learning_rate", "replica", "snapshot")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random=GENERATORS, length=st.sampled_from([1.0, 0.7]))
def test_any_damage_is_one_line(random: Random, length: float, plan: Plan) -> None:
    whole = plan.folder.results.read_bytes()
    content = damaged(whole[: int(length * len(whole))], random, most=1)
    plan.folder.results.write_bytes(content)
    try:
        line_against(plan)
    finally:
        plan.folder.results.write_bytes(whole)


# --- damaged results are made anew ---------------------------------------------------------------


def contents(plan: Plan) -> tuple[bytes, bytes]:
    return plan.folder.results.read_bytes(), plan.folder.table.read_bytes()


def damage_table(plan: Plan) -> None:
    content = bytearray(plan.folder.table.read_bytes())
    content[-2] ^= 1
    plan.folder.table.write_bytes(content)


def damage_results(plan: Plan) -> None:
    content = bytearray(plan.folder.results.read_bytes())
    content[-2] ^= 1
    plan.folder.results.write_bytes(content)


DAMAGES: dict[str, Callable[[Plan], object]] = {
    "one byte of the table": damage_table,
    "half the table": lambda plan: os.truncate(plan.folder.table, 100),
    "no table": lambda plan: plan.folder.table.unlink(),
    "empty table": lambda plan: plan.folder.table.write_bytes(b""),
    "one byte of the results": damage_results,
    "half the results": lambda plan: os.truncate(plan.folder.results, 9000),
    "no results": lambda plan: plan.folder.results.unlink(),
    "results without a seal": lambda plan: plan.folder.results.write_bytes(b"text"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_both_are_made_anew(damage: Callable[[Plan], object], plan: Plan) -> None:
    before = contents(plan)
    assert not write_results(plan)
    damage(plan)
    assert write_results(plan)
    assert contents(plan) == before
    assert not write_results(plan)


def test_xarray_writes_them_again(plan: Plan, tmp_path: Path) -> None:
    copy = tmp_path / "copy.nc"
    with open_results(plan.folder.path) as data:
        data.to_netcdf(copy, engine="h5netcdf")
        with xarray.open_dataset(copy, engine="h5netcdf") as again:
            xarray.testing.assert_identical(data.load(), again.load())


# --- runs in use ---------------------------------------------------------------------------------


def test_a_run_in_use_is_neither_used_nor_computed_again(
    plan: Plan, sweep: SweepConfig, tmp_path: Path
) -> None:
    path = plan.tasks[0].found.folder.results
    whole = path.read_bytes()
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        path.write_bytes(whole[:-1])
        now = plan_sweep(sweep, tmp_path)
        assert [now.state(task) for task in now.tasks] == ["in use", "done"]
        assert (now.todo, now.in_use, now.anew) == ([], [now.tasks[0]], ())
        engine = MemoryEngine(lambda task: Report("failed"))
        after, ending = run_sweep(sweep, tmp_path, engine, Heard())
        assert engine.tasks == [] and ending.failed == {}
        assert after.in_use
    path.write_bytes(whole)
    assert not plan_sweep(sweep, tmp_path).in_use


def test_a_whole_run_that_is_held_open_is_done(
    plan: Plan, sweep: SweepConfig, tmp_path: Path
) -> None:
    path = plan.tasks[0].found.folder.results
    (plan.folder.path / ".seen.json").unlink()
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        now = plan_sweep(sweep, tmp_path)
        assert [now.state(task) for task in now.tasks] == ["done", "done"]
