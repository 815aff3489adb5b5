"""What a sweep still has to do, found from the folders that are there."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_runs import Heard, MemoryEngine, make_run, make_sweep, make_tasks, write_results

from nnuniverse.config import SweepConfig
from nnuniverse.runs import RunFolder
from nnuniverse.sweeps import Plan, Report, plan_sweep, run_sweep
from nnuniverse.sweeps.plan import chunks

Make = Callable[..., SweepConfig]


@pytest.fixture
def make(data_file: Path) -> Make:
    return lambda **changed: make_sweep(data_file, **changed)


@pytest.fixture
def finished(make: Make, tmp_path: Path) -> Plan:
    """A sweep whose two runs, of two seeds each, are there."""
    make_tasks(plan_sweep(make(), tmp_path).tasks, tmp_path)
    return plan_sweep(make(), tmp_path)


def todo(plan: Plan) -> list[str]:
    return [str(task) for task in plan.todo]


def states(plan: Plan) -> list[str]:
    return [plan.state(task) for task in plan.tasks]


def folder_of(plan: Plan, number: int = 0) -> RunFolder:
    found = plan.tasks[number].found
    assert found is not None
    return found.folder


# --- what is missing ---------------------------------------------------------------------------


def test_nothing_is_there(make: Make, tmp_path: Path) -> None:
    plan = plan_sweep(make(), tmp_path)
    assert todo(plan) == ["learning_rate=0.1, seeds 0-1", "learning_rate=0.2, seeds 0-1"]
    assert states(plan) == ["pending", "pending"]
    assert not list(tmp_path.iterdir()), "planning makes no folder"


def test_all_is_there(finished: Plan) -> None:
    assert todo(finished) == []
    assert states(finished) == ["done", "done"]


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        # Points and keys that were added.
        ({"axes": {"train.learning_rate": [0.05, 0.1, 0.2]}}, ["learning_rate=0.05, seeds 0-1"]),
        (
            {"axes": {"train.learning_rate": [0.1, 0.2], "train.batch": [4, 6]}},
            ["learning_rate=0.1, batch=6, seeds 0-1", "learning_rate=0.2, batch=6, seeds 0-1"],
        ),
        ({"axes": {"train.learning_rate": [0.2]}}, []),
        ({"axes": {"other": {"kind": "values", "key": "train.batch", "values": [4]}},
          "set": {"train.learning_rate": 0.2}}, []),
        # Seeds that were added, taken away, or have gaps.
        ({"seeds": 3}, ["learning_rate=0.1, seed 2", "learning_rate=0.2, seed 2"]),
        ({"seeds": 1}, []),
        ({"seeds": [1]}, []),
        ({"seeds": [0, 4, 5, 7], "axes": {"train.learning_rate": [0.1]}},
         ["learning_rate=0.1, seeds 4-5", "learning_rate=0.1, seed 7"]),
        # What changes no replica's numbers.
        ({"set": {"checkpoint.seconds": 5}}, []),
        # What does.
        ({"set": {"train.epochs": 4}}, ["learning_rate=0.1, seeds 0-1",
                                        "learning_rate=0.2, seeds 0-1"]),
    ],
)  # fmt: skip
def test_only_what_is_missing(
    changed: dict[str, Any], missing: list[str], finished: Plan, make: Make, tmp_path: Path
) -> None:
    assert todo(plan_sweep(make(**changed), tmp_path)) == missing


def test_runs_of_nnu_train_count(make: Make, tmp_path: Path) -> None:
    one = plan_sweep(make(), tmp_path).tasks[0].config
    make_run(one.model_copy(update={"seed": 1, "replicas": 3}), tmp_path)
    plan = plan_sweep(make(), tmp_path)
    assert todo(plan) == ["learning_rate=0.1, seed 0", "learning_rate=0.2, seeds 0-1"]
    assert plan.tasks[0].covers == (1,)
    assert plan.tasks[0].config.seeds == (1, 2, 3)


def test_other_data_are_other_runs(finished: Plan, make: Make, tmp_path: Path) -> None:
    other = tmp_path / "other.npz"
    with np.load(finished.sweep.base["data"]["path"]) as arrays:
        np.savez(other, **{**arrays, "y_test": arrays["y_test"][::-1]})
    base = {**finished.sweep.base, "data": {"kind": "npz", "path": str(other)}}
    assert len(todo(plan_sweep(make(base=base), tmp_path))) == 2


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=12, unique=True).map(sorted),
    st.integers(1, 5),
)
def test_seeds_without_gaps_are_replicas_of_one_run(seeds: list[int], at_most: int) -> None:
    stretches = chunks(seeds, at_most)
    assert [seed for stretch in stretches for seed in stretch] == seeds
    for stretch in stretches:
        assert 1 <= len(stretch) <= at_most
        assert list(stretch) == list(range(stretch[0], stretch[-1] + 1))
    for left, right in itertools.pairwise(stretches):
        assert len(left) == at_most or left[-1] + 1 < right[0], "no shorter than need be"


def test_replicas_as_memory_allows(make: Make, tmp_path: Path) -> None:
    plan = plan_sweep(
        make(seeds=5, axes={"train.batch": [2, 4]}), tmp_path, lambda c: c.train.batch
    )
    assert [task.config.replicas for task in plan.tasks] == [2, 2, 1, 4, 1]


def test_the_same_point_twice_is_one_run(make: Make, tmp_path: Path) -> None:
    keys = {"train.batch": [4, 4]}
    plan = plan_sweep(make(axes={"twice": {"kind": "zip", "keys": keys}}), tmp_path)
    assert plan.tasks[0].id == plan.tasks[1].id
    engine = MemoryEngine(lambda task: complete(task))
    run_sweep(plan.sweep, tmp_path, engine, Heard())
    assert len(engine.tasks) == 1
    assert states(plan_sweep(plan.sweep, tmp_path)) == ["done", "done"]


# --- half-done runs, claims, failures ----------------------------------------------------------


def test_a_half_done_run_is_gone_on_with(make: Make, tmp_path: Path) -> None:
    sweep = make()
    make_run(plan_sweep(sweep, tmp_path).tasks[0].config, tmp_path, status="running", epochs=1)
    plan = plan_sweep(sweep, tmp_path)
    assert states(plan) == ["resumable", "pending"]
    assert len(plan.tasks) == 2
    # Of other seeds, it is left alone.
    assert states(plan_sweep(make(seeds=1), tmp_path)) == ["pending", "pending"]


def test_a_claimed_task_is_running_until_the_claim_ends(make: Make, tmp_path: Path) -> None:
    plan = plan_sweep(make(), tmp_path)
    with plan.folder.claim(plan.tasks[0].id) as mine:
        assert mine
        # Locks are a process's own, so another one has to look.
        assert states_from_another_process(plan) == ["running", "pending"]
    assert states_from_another_process(plan) == ["pending", "pending"]


def states_from_another_process(plan: Plan) -> list[str]:
    import multiprocessing

    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(states, (plan,))


def test_a_failure_is_kept_until_the_run_is_done(make: Make, tmp_path: Path) -> None:
    plan = plan_sweep(make(), tmp_path)
    plan.folder.path.mkdir()
    plan.folder.record_failure(plan.tasks[0].id, reason="it failed")
    assert states(plan) == ["failed", "pending"]
    assert plan.folder.failure(plan.tasks[0].id) == {"reason": "it failed"}
    assert len(todo(plan)) == 2, "it is tried again"
    make_tasks(plan.tasks, tmp_path)
    assert states(plan_sweep(make(), tmp_path)) == ["done", "done"]


def test_a_diverged_run_has_ended(make: Make, tmp_path: Path) -> None:
    config = plan_sweep(make(), tmp_path).tasks[0].config
    make_run(config, tmp_path, status="diverged", epochs=2, diverged=(1, 2))
    assert states(plan_sweep(make(), tmp_path)) == ["diverged", "pending"]


# --- damage under a finished sweep -------------------------------------------------------------


def delete(run: RunFolder) -> None:
    shutil.rmtree(run.path)


def cut_results(run: RunFolder) -> None:
    run.results.write_bytes(run.results.read_bytes()[:-200])


def shorten_results(run: RunFolder) -> None:
    config = plan_of(run).tasks[0].config
    write_results(config, run, epochs=2)


def plan_of(run: RunFolder) -> Plan:
    return PLANS[run.path.parent]


PLANS: dict[Path, Plan] = {}


DAMAGES: list[tuple[Callable[[RunFolder], Any], str]] = [
    (delete, "has been deleted. It is computed anew."),
    (cut_results, "must be what was written, but is damaged"),
    (shorten_results, "must hold 3 epochs, but holds 2"),
    (lambda run: run.results.write_bytes(b""), "cannot be read as HDF5"),
    (lambda run: run.results.unlink(), "results.h5"),
    (lambda run: run.config.unlink(), "must be a run folder, but holds no config.yaml"),
    (lambda run: run.config.write_text("train: {epochs: x}"), "`train.epochs`"),
    (lambda run: run.config.write_bytes(b"\xff\x00"), "config.yaml"),
    (lambda run: run.provenance.write_text("{"), "has lost its provenance.json. It is computed"),
    (lambda run: run.provenance.unlink(), "has lost its provenance.json. It is computed anew."),
]


@pytest.mark.parametrize(("damage", "said"), DAMAGES)
def test_damage_is_said_and_computed_anew(
    damage: Callable[[RunFolder], Any], said: str, finished: Plan, tmp_path: Path
) -> None:
    PLANS[finished.folder.path] = finished
    run = folder_of(finished)
    damage(run)
    plan = plan_sweep(finished.sweep, tmp_path)
    assert todo(plan) == ["learning_rate=0.1, seeds 0-1"]
    heard = Heard()
    engine = MemoryEngine(lambda task: complete(task, second=50))
    run_sweep(finished.sweep, tmp_path, engine, heard)
    assert len(engine.tasks) == 1
    (line,) = [message for message in heard.messages if said in message]
    assert line.endswith("It is computed anew.") and run.path.name in line
    # Once it is, nothing more is said about it.
    heard = Heard()
    run_sweep(finished.sweep, tmp_path, engine, heard)
    assert heard.messages == []
    assert len(engine.tasks) == 1


def complete(task: Any, second: int = 0) -> Report:
    folder = make_run(task.config, task.folder.root, second=second)
    return Report("complete", run=str(folder))


def test_results_are_read_whole_only_once(
    finished: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_sweep(finished.sweep, tmp_path)
    monkeypatch.setattr("nnuniverse.sweeps.found_runs.read_ended_run", None)
    assert states(plan_sweep(finished.sweep, tmp_path)) == ["done", "done"]


@pytest.mark.parametrize("content", ["", "{", "[1]", "[[1, 2, 3]]", "null", '{"x": 3}'])
def test_a_damaged_cache_costs_only_time(content: str, finished: Plan, tmp_path: Path) -> None:
    (finished.folder.path / ".seen.json").write_text(content)
    assert states(plan_sweep(finished.sweep, tmp_path)) == ["done", "done"]


@pytest.mark.parametrize("changed", [{"seeds": None}, {"seeds": ["a"]}, {"segments": [1, None]}])
def test_provenance_of_another_shape(
    changed: dict[str, Any], finished: Plan, tmp_path: Path
) -> None:
    path = folder_of(finished).provenance
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    assert plan_sweep(finished.sweep, tmp_path).todo


def test_a_run_that_is_being_removed_is_not_there(
    finished: Plan, make: Make, tmp_path: Path
) -> None:
    path = folder_of(finished).path
    path.rename(path.with_name(f".removed.{path.name}"))
    again = plan_sweep(make(), tmp_path)
    assert states(again) == ["pending", "done"]


def test_what_else_lies_there(finished: Plan, tmp_path: Path) -> None:
    for name in ("notes.txt", "figures", ".hidden", "20260102T000000Z-00000000"):
        place = finished.folder.path / name
        place.write_text("x") if "." in name else place.mkdir()
    assert states(plan_sweep(finished.sweep, tmp_path)) == ["done", "done"]


def test_what_a_killed_sweep_has_left_is_removed(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / make().name
    folder.mkdir()
    left, new = folder / ".sweep.h5.1.tmp", folder / ".sweep.h5.2.tmp"
    left.touch()
    new.touch()
    os.utime(left, (0.0, 0.0))
    engine = MemoryEngine(lambda task: Report("complete"))
    run_sweep(make(), tmp_path, engine, Heard(), stop=lambda: True)
    assert not left.exists()
    assert new.exists(), "another sweep may be writing it"
