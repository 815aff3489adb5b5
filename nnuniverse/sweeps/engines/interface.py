"""What carries out tasks: the interface of processes on one machine and of Dask beyond it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from nnuniverse.sweeps.task import Task

Result = Literal["complete", "diverged", "interrupted", "busy", "failed"]


@dataclass(frozen=True)
class Report:
    """How a task ended.

    ``result``: that of the run; busy: another process computes it; failed: for ``reason``, and
    whether it is worth to ``retry``.  ``notes``: what a person should know.
    """

    result: Result
    run: str = ""
    reason: str = ""
    retry: bool = False
    trace: str = ""
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


class Progress(NamedTuple):
    """A task has done so many epochs."""

    task_id: str
    epoch: int


class Ended(NamedTuple):
    """A task has ended."""

    task_id: str
    report: Report


Event = Progress | Ended


class Engine(Protocol):
    """Carries out tasks, several at a time."""

    def has_room(self, memory: int) -> bool:
        """Whether a task can be taken whose run needs about ``memory`` bytes."""

    @property
    def unfinished(self) -> int:
        """Number of tasks taken that have not ended."""

    def submit(self, task: Task) -> None:
        """Take a task."""

    def wait(self, seconds: float) -> list[Event]:
        """Return what has happened, after ``seconds`` at the most."""

    def ask_to_stop(self) -> None:
        """Ask every task to checkpoint and end; repeated asking does no harm."""

    def close(self) -> None:
        """End whatever still runs, and wait until it has."""
