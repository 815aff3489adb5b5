"""Carrying out a plan: which task next, what to do when one fails, when to stop."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from nnuniverse.errors import NNUniverseError
from nnuniverse.sweeps.engines.interface import Engine, Event, Progress, Report
from nnuniverse.sweeps.plan import Plan
from nnuniverse.sweeps.task import Task

WAIT_SECONDS = 0.5
"""Between looks at stop requests, time limits and what other processes do."""

BUSY_SECONDS = 1.0
"""Between looks at a task that another process computes."""


class Listener(Protocol):
    """Somebody to tell how a sweep is going."""

    def started(self, task: Task, attempt: int) -> None:
        """A task has been given to the engine.

        ``attempt``: from 1.
        """

    def progress(self, task: Task, epoch: int) -> None:
        """A task has done so many epochs.

        ``epoch``: how many.
        """

    def ended(self, task: Task, report: Report, again: bool) -> None:
        """A task has ended, and may be tried ``again``.

        ``report``: how it ended.
        """

    def message(self, text: str) -> None:
        """Something happened that a person should know.

        ``text``: in words.
        """


@dataclass
class Ending:
    """How it went: why tasks failed, by their names; whether it was stopped before its end."""

    failed: dict[str, str] = field(default_factory=dict)
    stopped: bool = False


def carry_out_plan(
    plan: Plan,
    engine: Engine,
    listener: Listener,
    *,
    retries: int,
    stop: Callable[[], bool],
    refresh: Callable[[], None],
) -> Ending:
    """Carry out what ``plan`` still has to do.

    ``retries``: how often a failed task is tried again; ``stop``: asked twice a second;
    ``refresh``: called as often, to bring results up to date.  A task that another process computes
    is waited for.

    ``engine``: what carries tasks out; ``listener``: hears how tasks go.
    """
    return _Supervisor(plan, engine, listener, retries).run(stop, refresh)


class _Supervisor:
    def __init__(
        self,
        plan: Plan,
        engine: Engine,
        listener: Listener,
        retries: int,
    ) -> None:
        self._folder = plan.folder
        self._engine = engine
        self._listener = listener
        self._retries = retries
        self._tasks = {task.id: task for task in plan.todo}
        self._waiting = deque(self._tasks.values())
        self._busy: list[tuple[float, Task]] = []
        self._attempts: Counter[str] = Counter()
        self._ending = Ending()

    def run(self, stop: Callable[[], bool], refresh: Callable[[], None]) -> Ending:
        try:
            while self._waiting or self._busy or self._engine.unfinished:
                if not self._ending.stopped and stop():
                    self._ending.stopped = True
                    self._waiting.clear()
                    self._busy.clear()
                if self._ending.stopped:
                    self._engine.ask_to_stop()
                self._submit()
                for event in self._engine.wait(WAIT_SECONDS):
                    self._hear(event)
                refresh()
        finally:
            self._engine.close()
        return self._ending

    def _submit(self) -> None:
        """Give out as many tasks as there is room for."""
        now = time.monotonic()
        self._waiting.extend(task for due, task in self._busy if due <= now)
        self._busy = [(due, task) for due, task in self._busy if due > now]
        for task in self._to_give_out():
            if self._folder.is_claimed(task.id):
                self._busy.append((now + BUSY_SECONDS, task))
                continue
            self._attempts[task.id] += 1
            self._engine.submit(task)
            self._listener.started(task, self._attempts[task.id])

    def _to_give_out(self) -> Iterator[Task]:
        while self._waiting and self._engine.has_room(self._waiting[0].memory):
            yield self._waiting.popleft()

    def _hear(self, event: Event) -> None:
        task = self._tasks[event.task_id]
        if isinstance(event, Progress):
            self._listener.progress(task, event.epoch)
            return
        report = event.report
        for note in report.notes:
            self._listener.message(f"{task}: {note}")
        if report.result == "busy":
            self._attempts[task.id] -= 1
            if not self._ending.stopped:
                self._busy.append((time.monotonic() + BUSY_SECONDS, task))
            return
        report = self._judged(report)
        failed = report.result == "failed"
        again = failed and report.retry and self._attempts[task.id] <= self._retries
        self._listener.ended(task, report, again)
        if again:
            self._waiting.append(task)
        elif failed:
            self._give_up(task, report)
        elif report.result in ("complete", "diverged"):
            self._folder.forget_failure(task.id)

    def _judged(self, report: Report) -> Report:
        """Return ``report`` in the light of whether the sweep itself has been asked to stop."""
        if self._ending.stopped and report.result == "failed" and report.retry:
            return replace(report, result="interrupted")  # there is no time to try again
        if not self._ending.stopped and report.result == "interrupted":
            reason = "its process was asked to stop, by somebody else than the sweep"
            return replace(report, result="failed", reason=reason, retry=True)
        return report

    def _give_up(self, task: Task, report: Report) -> None:
        self._ending.failed[str(task)] = report.reason
        try:
            self._folder.record_failure(
                task.id,
                point=str(task),
                reason=report.reason,
                attempts=self._attempts[task.id],
                trace=report.trace,
            )
        except (NNUniverseError, OSError) as error:  # a full disk, say
            self._listener.message(str(error))
