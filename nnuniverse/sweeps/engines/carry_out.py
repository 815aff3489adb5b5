"""One task of a sweep, from the claim on it to its run, in whatever process computes it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nnuniverse.errors import (
    ConfigError,
    DataError,
    InUseError,
    NNUniverseError,
    NotWritableError,
    RunError,
)
from nnuniverse.experiments.train import TrainingOutcome, resume_run, start_run
from nnuniverse.runs import RunFolder, find_runs
from nnuniverse.runs.lock import is_being_written
from nnuniverse.sweeps.engines.interface import Report
from nnuniverse.sweeps.task import Task

if TYPE_CHECKING:
    from nnuniverse.experiments.evolve import EvolutionOutcome


def carry_out(
    task: Task,
    stop: Callable[[], bool],
    tell: Callable[[int], None],
) -> Report:
    """Train the run of ``task``, or go on with it where it was left.

    ``stop``: asked after every segment; ``tell``: told the number of epochs done.  Nothing is
    raised: what goes wrong is in the report.
    """
    started = time.perf_counter()
    reporter = _RunReporter(tell)
    try:
        with task.folder.claim(task.id) as mine:
            outcome = _train(task, reporter, stop) if mine else None
            if outcome is None:
                return Report("busy")
    except (NNUniverseError, MemoryError) as error:
        retry = not isinstance(error, ConfigError | DataError)
        reason = str(error) or "does not fit into memory"
        return Report("failed", reason=reason, retry=retry, notes=reporter.notes)
    except Exception as error:
        # A bug, or what XLA cannot do: the other points go on, and this is told with its trace.
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        trace = traceback.format_exc()
        return Report("failed", reason=reason, retry=True, trace=trace, notes=reporter.notes)
    return Report(
        outcome.status,
        run=str(outcome.folder),
        seconds=time.perf_counter() - started,
        notes=reporter.notes,
    )


def _train(
    task: Task, reporter: _RunReporter, stop: Callable[[], bool]
) -> TrainingOutcome | EvolutionOutcome | None:
    """Go on with the newest run of the task that can be, else start a new one.

    Returns None if it is resumed elsewhere, by hand.
    """
    for found in reversed(list(find_runs(task.folder.path, task.run_hash))):
        if is_being_written(found.folder.path):
            return None
        try:
            return _resumed(task, found.folder.path, reporter, stop)
        except (NotWritableError, InUseError):
            raise
        except (RunError, ConfigError) as error:  # its files are damaged
            reporter.message(f"{error} It is computed anew.")
    if task.config.evolve is None:
        return start_run(task.config, task.folder.root, reporter, stop, tell_earlier=False)
    from nnuniverse.experiments.evolve import start_evolution

    return start_evolution(task.config, task.folder.root, reporter, stop)


def _resumed(
    task: Task, folder: Path, reporter: _RunReporter, stop: Callable[[], bool]
) -> TrainingOutcome | EvolutionOutcome:
    if task.config.evolve is None:
        return resume_run(folder, reporter, stop)
    from nnuniverse.experiments.evolve import resume_evolution

    return resume_evolution(folder, reporter, stop)


class _EndedSegment(Protocol):
    """A segment that has been trained."""

    @property
    def last(self) -> int:
        """The epoch that it ends with."""


class _RunReporter:
    """Hears how a run goes."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self.notes: list[str] = []

    def begin(self, folder: RunFolder, program: object, epochs: int, done: int) -> None:
        """The run starts, or goes on after ``done`` epochs."""
        self._tell(done)

    def message(self, text: str) -> None:
        """Something happened that a person should know."""
        self.notes.append(text)

    def segment(self, segment: _EndedSegment) -> None:
        """A segment has been trained."""
        self._tell(segment.last)
