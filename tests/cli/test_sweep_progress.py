"""How far a sweep is, and how long the rest will take."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from nnuniverse.cli.display import sweep_progress as module
from nnuniverse.cli.display.sweep_progress import SweepProgress
from nnuniverse.sweeps import Report


def task(name: str, state: str = "pending", epochs: int = 100, replicas: int = 2) -> Any:
    config = SimpleNamespace(replicas=replicas, train=SimpleNamespace(epochs=epochs))
    ended = state in ("done", "diverged")
    return SimpleNamespace(
        id=name, state=state, config=config, ended=ended, replica_epochs=epochs * replicas
    )


def plan(*tasks: Any) -> Any:
    return SimpleNamespace(
        tasks=tasks,
        todo=[one for one in tasks if not one.ended],
        state=lambda one: one.state,
        sweep=SimpleNamespace(name="made"),
        folder=SimpleNamespace(path="runs/made"),
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(module.time, "monotonic", lambda: now.seconds)
    return now


def test_what_was_there_is_counted_as_what_it_is() -> None:
    progress = SweepProgress()
    progress.begin(plan(task("a", "done"), task("b", "diverged"), task("c")))
    assert progress.finished == 2
    assert progress.summary == "1 done, 0 running, 1 diverged, 1 waiting, ? left"


def test_the_time_left_goes_by_what_this_sweep_has_done(clock: Any) -> None:
    progress = SweepProgress()
    resumed, new = task("a"), task("b")
    progress.begin(plan(resumed, new))
    progress.started(resumed, 1)
    progress.progress(resumed, 80)  # of an earlier process
    clock.seconds = 10.0
    assert progress.remaining == "?", "nothing was done yet"
    progress.progress(resumed, 90)
    # 20 replica epochs in 10 s; 20 and 200 are left.
    assert progress.remaining == "0:01:50"
    progress.ended(resumed, Report("complete"), again=False)
    assert progress.remaining == "0:00:50"
    progress.progress(resumed, 95)  # too late to count
    assert progress.remaining == "0:00:50"


def test_the_time_of_compiling_does_not_count(clock: Any) -> None:
    progress = SweepProgress()
    new = task("a")
    progress.begin(plan(new))
    progress.started(new, 1)
    for clock.seconds in (5.0, 30.0):  # it has begun; it has compiled and measured epoch 0
        progress.progress(new, 0)
    clock.seconds = 40.0
    progress.progress(new, 10)
    assert progress.remaining == "0:01:30"


def test_what_failed_takes_no_more_time_unless_it_is_tried_again(clock: Any) -> None:
    progress = SweepProgress()
    good, bad = task("a"), task("b")
    progress.begin(plan(good, bad))
    for one in (good, bad):
        progress.started(one, 1)
        progress.progress(one, 0)
    clock.seconds = 10.0
    progress.progress(good, 50)
    progress.ended(bad, Report("failed", reason="it does"), again=True)
    assert progress.remaining == "0:00:30"
    progress.started(bad, 2)
    progress.ended(bad, Report("failed", reason="it does"), again=False)
    assert progress.remaining == "0:00:10"
    assert progress.summary == "0 done, 1 running, 1 failed, 0 waiting, 0:00:10 left"
