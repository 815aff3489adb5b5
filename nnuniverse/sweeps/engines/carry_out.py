"""One task of a sweep, from the claim on it to its run: what a worker does, wherever it is."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

from nnuniverse.errors import (
    ConfigError,
    DataError,
    InUseError,
    NNUniverseError,
    NotWritableError,
    RunError,
)
from nnuniverse.experiments.train import Outcome, resume_run, start_run
from nnuniverse.runs import RunFolder, find_runs
from nnuniverse.runs.lock import is_being_written
from nnuniverse.sweeps.engines.interface import Order, Report
from nnuniverse.sweeps.folder import SweepFolder


def carry_out(order: Order, stop: Callable[[], bool], tell: Callable[[int], None]) -> Report:
    """Train the run of ``order``, or go on with it where it was left.

    ``stop``: asked after every segment; ``tell``: told the number of epochs done.  Nothing is
    raised: what goes wrong is in the report.
    """
    started = time.perf_counter()
    listener = _Listener(tell)
    try:
        with SweepFolder(order.sweep).claim(order.task) as mine:
            outcome = _train(order, listener, stop) if mine else None
            if outcome is None:
                return Report("busy")
    except (NNUniverseError, MemoryError) as error:
        retry = not isinstance(error, ConfigError | DataError)
        reason = str(error) or "does not fit into memory"
        return Report("failed", reason=reason, retry=retry, notes=listener.notes)
    except Exception as error:
        # A bug, or what XLA cannot do: the other points go on, and this is told with its trace.
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        trace = traceback.format_exc()
        return Report("failed", reason=reason, retry=True, trace=trace, notes=listener.notes)
    return Report(
        outcome.status,
        run=str(outcome.folder),
        seconds=time.perf_counter() - started,
        notes=listener.notes,
    )


def _train(order: Order, listener: _Listener, stop: Callable[[], bool]) -> Outcome | None:
    """Go on with the newest run of the order that can be, else start a new one.

    Returns None if it is resumed elsewhere, by hand.
    """
    for found in reversed(list(find_runs(order.sweep, order.run_hash))):
        if is_being_written(found.folder.path):
            return None
        try:
            return resume_run(found.folder.path, listener, stop)
        except (NotWritableError, InUseError):
            raise
        except (RunError, ConfigError) as error:  # its files are damaged
            listener.message(f"{error} It is computed anew.")
    return start_run(order.config, order.sweep.parent, listener, stop)


class _Listener:
    """Hears how a run goes."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self.notes: list[str] = []

    def begin(self, folder: RunFolder, program: Any, epochs: int, done: int) -> None:
        """The run starts, or goes on after ``done`` epochs."""
        self._tell(done)

    def message(self, text: str) -> None:
        """Something happened that a person should know."""
        self.notes.append(text)

    def segment(self, segment: Any) -> None:
        """A segment has been trained."""
        self._tell(segment.last)
