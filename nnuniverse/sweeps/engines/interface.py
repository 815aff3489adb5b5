"""What carries out orders: the interface of processes on one machine and of Dask beyond it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from nnuniverse.config import RunConfig

Result = Literal["complete", "diverged", "interrupted", "busy", "failed"]


@dataclass(frozen=True)
class Order:
    """A task as it is sent to a worker: what to train, and where."""

    task: str
    config: RunConfig
    run_hash: str
    sweep: Path


@dataclass(frozen=True)
class Report:
    """How an order ended.

    ``result``: that of the run; busy: another process works on it; failed: for ``reason``, and
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

    task: str
    epoch: int


class Ended(NamedTuple):
    """A task has ended."""

    task: str
    report: Report


Event = Progress | Ended


class Engine(Protocol):
    """Carries out orders, several at a time."""

    def has_room(self, memory: int) -> bool:
        """Whether an order can be taken whose run needs about ``memory`` bytes."""

    @property
    def running(self) -> int:
        """Number of orders that have not ended."""

    def submit(self, order: Order, memory: int) -> None:
        """Take an order, whose run needs about ``memory`` bytes."""

    def wait(self, seconds: float) -> list[Event]:
        """Return what has happened, after ``seconds`` at the most."""

    def ask_to_stop(self) -> None:
        """Ask every order to checkpoint and end; repeated asking does no harm."""

    def close(self) -> None:
        """End whatever still runs, and wait until it has."""
