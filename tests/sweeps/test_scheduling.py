"""Which task is next, what is tried again, and when a sweep stops: with an engine in memory."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_runs import Heard, MemoryEngine, make_run, make_sweep

from nnuniverse.config import SweepConfig
from nnuniverse.errors import RunError
from nnuniverse.sweeps import (
    Ending,
    Plan,
    Report,
    Task,
    plan_sweep,
    run_sweep,
    scheduling,
    write_results,
)

RATES = [0.1, 0.2, 0.3, 0.4]
Answer = Callable[[Task], Report]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "BUSY_SECONDS", 0.0)


@pytest.fixture
def sweep(data_file: Path) -> SweepConfig:
    return make_sweep(data_file, axes={"train.learning_rate": RATES}, seeds=1)


def complete(task: Task) -> Report:
    return Report("complete", run=str(make_run(task.config, task.folder.root)))


def rate(task: Task) -> float:
    return task.config.train.learning_rate


def run(
    sweep: SweepConfig, root: Path, answer: Answer, **options: Any
) -> tuple[Plan, Ending, MemoryEngine, Heard]:
    engine, heard = MemoryEngine(answer), Heard()
    plan, ending = run_sweep(sweep, root, engine, heard, **options)
    assert engine.closed or not engine.tasks
    return plan, ending, engine, heard


def test_everything_in_order(sweep: SweepConfig, tmp_path: Path) -> None:
    plan, ending, engine, heard = run(sweep, tmp_path, complete)
    assert [rate(task) for task in engine.tasks] == RATES
    assert engine.most == 2, "as many at once as there is room for"
    assert ending == Ending()
    assert plan.todo == []
    assert plan.folder.results.exists() and plan.folder.table.exists()
    assert [start for _, start in heard.starts] == [1, 1, 1, 1]


def test_a_failing_point_is_tried_again_and_the_rest_go_on(
    sweep: SweepConfig, tmp_path: Path
) -> None:
    def answer(task: Task) -> Report:
        if rate(task) == 0.2:
            return Report("failed", reason="no luck", retry=True, trace="a trace", notes=["a note"])
        return complete(task)

    plan, ending, engine, heard = run(sweep, tmp_path, answer, retries=3)
    assert ending.failed == {"learning_rate=0.2, seed 0": "no luck"}
    assert Counter(map(rate, engine.tasks)) == {0.1: 1, 0.2: 4, 0.3: 1, 0.4: 1}
    assert [rate(task) for task in engine.tasks][-1] == 0.2, "again after the others"
    failed = [(result, again) for task, result, again in heard.ends if "0.2" in task]
    assert failed == [("failed", True)] * 3 + [("failed", False)]
    assert heard.messages == ["learning_rate=0.2, seed 0: a note"] * 4
    (task,) = plan.todo
    assert plan.state(task) == "failed"
    assert plan.folder.failure(task.id) == {
        "point": "learning_rate=0.2, seed 0",
        "reason": "no luck",
        "attempts": 4,
        "trace": "a trace",
    }
    # The same again tries it again, and only that; when it succeeds, its failure is forgotten.
    plan, ending, engine, _ = run(sweep, tmp_path, complete)
    assert [rate(task) for task in engine.tasks] == [0.2]
    assert ending.failed == {}
    assert plan.folder.failure(task.id) is None


def test_what_is_not_worth_trying_again(sweep: SweepConfig, tmp_path: Path) -> None:
    answer = lambda task: Report("failed", reason="wrong config")  # noqa: E731
    _, ending, engine, _ = run(sweep, tmp_path, answer, retries=3)
    assert len(engine.tasks) == 4
    assert set(ending.failed.values()) == {"wrong config"}


def test_a_diverged_point_is_no_failure(sweep: SweepConfig, tmp_path: Path) -> None:
    def answer(task: Task) -> Report:
        make_run(task.config, tmp_path, status="diverged", epochs=2, diverged=(1,))
        return Report("diverged")

    plan, ending, engine, _ = run(sweep, tmp_path, answer)
    assert ending.failed == {} and len(engine.tasks) == 4
    assert {plan.state(task) for task in plan.tasks} == {"diverged"}


def test_a_busy_task_is_waited_for_and_costs_no_attempt(sweep: SweepConfig, tmp_path: Path) -> None:
    asked: Counter[float] = Counter()

    def answer(task: Task) -> Report:
        asked[rate(task)] += 1
        if asked[rate(task)] < 5:
            return Report("busy")
        return complete(task)

    plan, ending, _, heard = run(sweep, tmp_path, answer, retries=0)
    assert plan.todo == [] and ending.failed == {}
    assert {attempt for _, attempt in heard.starts} == {1}


def test_stopping_starts_nothing_more(sweep: SweepConfig, tmp_path: Path) -> None:
    engine_calls: list[float] = []

    def answer(task: Task) -> Report:
        engine_calls.append(rate(task))
        return complete(task)

    def stopped() -> bool:
        return len(engine_calls) >= 2

    plan, ending, engine, heard = run(sweep, tmp_path, answer, stop=stopped)
    assert ending == Ending(stopped=True)
    assert len(plan.todo) == 2
    assert [rate(task) for task in engine.tasks] == RATES[:2]
    assert heard.ends[-1][1] == "complete"


class StoppedMeanwhile(MemoryEngine):
    """Its tasks end only after they were asked to stop."""

    def wait(self, seconds: float) -> list[Any]:
        return super().wait(seconds) if self.stops else []


@pytest.mark.parametrize(
    "report",
    [
        Report("interrupted"),
        Report("busy"),
        Report("failed", reason="its process was killed by SIGTERM", retry=True),
    ],
)
def test_what_ends_because_the_sweep_stops_is_no_failure(
    report: Report, sweep: SweepConfig, tmp_path: Path
) -> None:
    engine, heard = StoppedMeanwhile(lambda task: report), Heard()
    waited: list[int] = []
    plan, ending = run_sweep(
        sweep, tmp_path, engine, heard, stop=lambda: waited.append(1) or len(waited) > 2
    )
    assert ending == Ending(stopped=True)
    assert len(engine.tasks) == 2
    assert {plan.state(task) for task in plan.tasks} == {"pending"}
    assert not any(again for *_, again in heard.ends)


def test_a_real_failure_while_stopping_is_named(sweep: SweepConfig, tmp_path: Path) -> None:
    engine = StoppedMeanwhile(lambda task: Report("failed", reason="wrong config"))
    waited: list[int] = []
    _, ending = run_sweep(
        sweep, tmp_path, engine, Heard(), stop=lambda: waited.append(1) or len(waited) > 2
    )
    assert ending.stopped
    assert set(ending.failed.values()) == {"wrong config"}


def test_a_run_that_somebody_else_has_stopped(sweep: SweepConfig, tmp_path: Path) -> None:
    first = iter([True])

    def answer(task: Task) -> Report:
        return Report("interrupted") if next(first, False) else complete(task)

    plan, ending, engine, _ = run(sweep, tmp_path, answer)
    assert plan.todo == [] and ending == Ending()
    assert [rate(task) for task in engine.tasks] == [*RATES, 0.1]
    _, ending, engine, _ = run(
        sweep.model_copy(update={"seeds": (1,)}), tmp_path, lambda o: Report("interrupted")
    )
    assert len(ending.failed) == 4, "nothing is left undone without a word"
    assert "asked to stop" in next(iter(ending.failed.values()))


def test_a_task_waits_until_its_memory_is_there(
    sweep: SweepConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Small(MemoryEngine):
        def has_room(self, memory: int) -> bool:
            used = sum(task.memory for task in self._taken)
            return not self._taken or used + memory <= 10

    engine = Small(complete, workers=9)
    need = {0.1: 6, 0.2: 6, 0.3: 4, 0.4: 11}
    monkeypatch.setattr(
        "nnuniverse.sweeps.plan.estimate_memory",
        lambda config, data: need[config.train.learning_rate],
    )
    run_sweep(sweep, tmp_path, engine, Heard())
    assert [rate(task) for task in engine.tasks] == RATES
    assert engine.most == 2, "0.2 and 0.3 together, no others"


@given(
    fates=st.lists(
        st.lists(st.sampled_from(["busy", "retry", "interrupted"]), max_size=3),
        min_size=4,
        max_size=4,
    ),
    workers=st.integers(1, 5),
    retries=st.integers(0, 3),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_task_ends_once_whatever_happens(
    fates: list[list[str]],
    workers: int,
    retries: int,
    data_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("fates")
    left = dict(zip(RATES, map(list, fates), strict=True))

    def answer(task: Task) -> Report:
        fate = left[rate(task)]
        if not fate:
            return complete(task)
        what = fate.pop(0)
        if what == "retry":
            return Report("failed", reason="no luck", retry=True)
        return Report(what)  # type: ignore[arg-type]

    sweep = make_sweep(data_file, axes={"train.learning_rate": RATES}, seeds=1)
    engine = MemoryEngine(answer, workers=workers)
    plan, ending = run_sweep(sweep, root, engine, Heard(), retries=retries)
    bad = [len(fate) - fate.count("busy") > retries for fate in fates]
    assert len(ending.failed) == sum(bad)
    assert [plan.state(task) == "failed" for task in plan.tasks] == bad
    assert not ending.stopped
    assert engine.most <= workers


# --- parts, and other processes ----------------------------------------------------------------


def test_a_task_done_elsewhere_since_the_plan_is_not_done_again(
    sweep: SweepConfig, tmp_path: Path
) -> None:
    """A worker finds the run itself; here, that of the second point appears with the first."""

    def answer(task: Task) -> Report:
        if rate(task) == 0.1:
            make_run(plan_sweep(sweep, tmp_path).tasks[1].config, tmp_path, second=9)
        if list(task.folder.path.glob(f"*-{task.run_hash[:8]}")):
            return Report("complete", notes=["already complete"])
        return complete(task)

    plan, _, _, heard = run(sweep, tmp_path, answer)
    assert plan.todo == []
    assert heard.messages == ["learning_rate=0.2, seed 0: already complete"]
    assert len(list(plan.folder.path.glob("2026*"))) == 4


# --- files -------------------------------------------------------------------------------------


def test_the_sweep_is_kept_as_it_was_started_last(sweep: SweepConfig, tmp_path: Path) -> None:
    plan, *_ = run(sweep, tmp_path, complete)
    assert "learning_rate" in plan.folder.config.read_text()
    names = {path.name for path in plan.folder.path.iterdir() if not path.name[:1].isdigit()}
    assert names == {"sweep.yaml", "sweep.h5", "sweep.csv", ".seen.json"}


def test_a_failure_that_cannot_be_written_down_is_said(sweep: SweepConfig, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / ".failures").write_text("in the way")
    answer = lambda task: Report("failed", reason="no luck")  # noqa: E731
    _, ending, _, heard = run(sweep, tmp_path, answer)
    assert len(ending.failed) == 4
    assert len(heard.messages) == 4


def test_a_damaged_record_of_a_failure_is_none(sweep: SweepConfig, tmp_path: Path) -> None:
    answer = lambda task: Report("failed", reason="no luck")  # noqa: E731
    plan, *_ = run(sweep, tmp_path, answer)
    records = sorted((plan.folder.path / ".failures").iterdir())
    assert [json.loads(record.read_text())["attempts"] for record in records] == [1] * 4
    for record, content in zip(records, ["", "[]", "\xff", "null"], strict=True):
        record.write_text(content)
    assert {plan.state(task) for task in plan.tasks} == {"pending"}


def test_results_that_cannot_be_refreshed_are_said_and_the_runs_go_on(
    sweep: SweepConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnuniverse.sweeps.execution.REFRESH_SECONDS", 0.0)
    monkeypatch.setattr("nnuniverse.sweeps.execution.REFRESH_SHARE", 1e9)

    failed, failures = threading.Event(), []

    def write(plan: Plan) -> bool:
        try:
            return write_results(plan)
        except RunError as error:
            failures.append(str(error))
            failed.set()
            raise

    def answer(task: Task) -> Report:
        if rate(task) == RATES[-1]:
            assert failed.wait(60.0)
            (tmp_path / "made" / "sweep.h5").rmdir()
        return complete(task)

    monkeypatch.setattr("nnuniverse.sweeps.execution.write_results", write)
    (tmp_path / "made" / "sweep.h5").mkdir(parents=True)  # cannot be replaced by a file
    plan, ending, engine, heard = run(sweep, tmp_path, answer)
    assert ending == Ending() and len(engine.tasks) == 4
    assert heard.messages == failures and "must be writable" in heard.messages[0]
    assert plan.folder.results.is_file()
