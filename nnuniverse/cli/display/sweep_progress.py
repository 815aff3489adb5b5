"""How a sweep is going: one live view on a terminal, a line per task elsewhere, both on stderr."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import Self

from rich.console import Group
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from nnuniverse.cli.display.consoles import clock, make_console
from nnuniverse.cli.display.live_panel import LivePanel
from nnuniverse.cli.display.streams import fitted
from nnuniverse.counted import counted
from nnuniverse.errors import printable
from nnuniverse.sweeps import Plan, Report, Task

SETTLING_SECONDS = 2.0
"""Time before a speed is worth showing."""


class SweepProgress:
    """What both kinds of display know: how far each task is."""

    def __init__(self) -> None:
        self.console = make_console(stderr=True)
        self.plan: Plan | None = None
        self.running: dict[str, tuple[Task, int | None]] = {}
        """Tasks by id, and the epochs that they have done, None before they say so."""
        self.counts = {"done": 0, "diverged": 0, "failed": 0, "again": 0}
        self.total = 0
        self._left: dict[str, int] = {}
        self._replica_epochs_done = 0
        self._started = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def begin(self, plan: Plan) -> None:
        """The plan is made, and the first task about to begin."""
        self.plan = plan
        self.total = len(plan.tasks)
        there = [plan.state(task) for task in plan.tasks if task.ended]
        self.counts |= Counter(there)
        self._left = {task.id: task.replica_epochs for task in plan.todo}
        self._started = time.monotonic()
        self.message(
            f"sweep {plan.sweep.name}: {counted(self.total, 'run')}, {len(there)} there already, "
            f"in {plan.folder.path}"
        )

    def message(self, text: str) -> None:
        """Something happened that a person should know."""
        self.console.print(fitted(printable(text), sys.stderr), soft_wrap=True)

    def started(self, task: Task, attempt: int) -> None:
        """A task has been given to the engine."""
        self.running[task.id] = (task, None)
        self.show()

    def progress(self, task: Task, epoch: int) -> None:
        """A task has done so many epochs, of which those that it begins with were done before."""
        if task.id not in self.running:  # news from a process that was given up
            return
        left = task.config.replicas * (task.config.train.epochs - epoch)
        if self.running[task.id][1] is not None:
            self._replica_epochs_done += self._left[task.id] - left
        if not self._replica_epochs_done:  # so far the time is that of compiling
            self._started = time.monotonic()
        self._left[task.id] = left
        self.running[task.id] = (task, epoch)
        self.show()

    def ended(self, task: Task, report: Report, again: bool) -> None:
        """A task has ended, and may be tried ``again``."""
        self.running.pop(task.id, None)
        if again:
            self.counts["again"] += 1
        elif report.result == "failed":
            self.counts["failed"] += 1
            self._left.pop(task.id, None)
        elif report.result in ("complete", "diverged"):
            self.counts["done" if report.result == "complete" else "diverged"] += 1
            self._replica_epochs_done += self._left.pop(task.id, 0)
        if report.result == "failed":
            what = "failed, tried again" if again else "failed"
            self.message(f"{task}: {what}: {report.reason}")
        self.show()

    def show(self) -> None:
        """Display the present state."""

    @property
    def finished(self) -> int:
        """Number of tasks that are done with."""
        return self.counts["done"] + self.counts["diverged"] + self.counts["failed"]

    @property
    def remaining(self) -> str:
        """The time that the rest will take, by how far all have come since the start."""
        elapsed = time.monotonic() - self._started
        if not self._replica_epochs_done or elapsed < SETTLING_SECONDS:
            return "?"
        return clock(elapsed * sum(self._left.values()) / self._replica_epochs_done)

    @property
    def summary(self) -> str:
        """The counts in words."""
        waiting = self.total - self.finished - len(self.running)
        parts = [f"{self.counts['done']} done", f"{len(self.running)} running"]
        parts += [f"{self.counts[n]} {n}" for n in ("diverged", "failed") if self.counts[n]]
        return ", ".join([*parts, f"{waiting} waiting, {self.remaining} left"])


class PlainSweepProgress(SweepProgress):
    """A line per task that ends."""

    def ended(self, task: Task, report: Report, again: bool) -> None:
        """A task has ended, and may be tried ``again``."""
        super().ended(task, report, again)
        if report.result in ("complete", "diverged", "interrupted"):
            where = f"  {report.run}" if report.run else ""
            self.message(
                f"[{self.finished}/{self.total}] {task}: {report.result} "
                f"in {report.seconds:.1f} s, {self.remaining} left{where}"
            )


class LiveSweepProgress(SweepProgress):
    """A panel that is drawn anew as things happen; it stays if the sweep stops on its way."""

    def __init__(self) -> None:
        super().__init__()
        self._live = LivePanel(self.console)
        self._drawn = 0.0

    def __enter__(self) -> Self:
        self._live.open()
        return self

    def __exit__(self, *exception: object) -> None:
        stopped = self.finished < self.total
        if stopped:
            self._live.draw(self.panel())
        self._live.close(leave=stopped)

    def show(self) -> None:
        """Draw the panel, five times a second at the most."""
        now = time.monotonic()
        if now - self._drawn > 0.2:
            self._drawn = now
            self._live.draw(self.panel())

    def panel(self) -> Panel:
        """Return the panel."""
        lines = Table.grid(padding=(0, 2))
        lines.add_row(ProgressBar(total=max(self.total, 1), completed=self.finished, width=50))
        lines.add_row(self.summary)
        for task, epoch in self.running.values():
            of = task.config.train.epochs
            lines.add_row(Text(f"epoch {epoch or 0}/{of}   {printable(str(task))}"))
        title = self.plan.sweep.name if self.plan else ""
        return Panel(Group(lines), title=Text(f"sweep {printable(title)}"), title_align="left")


def sweep_progress() -> SweepProgress:
    """Return the display that fits stderr."""
    return LiveSweepProgress() if make_console(stderr=True).is_terminal else PlainSweepProgress()
