"""How far the training of a net is that belongs to a run, told now and then on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nnuniverse.cli.options import remark, say
from nnuniverse.cli.stopping import StopRequest

if TYPE_CHECKING:
    from nnuniverse.runs import RunFolder
    from nnuniverse.training import Program, Segment

Found = TypeVar("Found")

LINE_SECONDS = 10.0
"""Time between lines about epochs."""


class RetrainingEpochs:
    """Says on a terminal, now and then, how far a retraining is."""

    def __init__(self) -> None:
        self._epochs, self._name = 0, ""
        self._printed = time.monotonic()

    def begin(self, folder: RunFolder, program: Program, epochs: int, done: int) -> None:
        """A retraining begins, or goes on after ``done`` epochs."""
        self._epochs, self._name = epochs, folder.path.parent.name

    def message(self, text: str) -> None:
        """Something happened that a person should know."""
        remark(f"{self._name}: {text}")

    def segment(self, segment: Segment) -> None:
        """A segment has been trained."""
        now = time.monotonic()
        if sys.stderr.isatty() and now - self._printed > LINE_SECONDS:
            self._printed = now
            say(f"{self._name}: epoch {segment.last} of {self._epochs}", err=True)


def show_retraining(what: str, done: int, of: int) -> None:
    """Tell on a terminal which of several retrainings is next."""
    if sys.stderr.isatty():
        say(f"{what}: {done + 1} of {of}", err=True)


def train_nets_of_run(
    compute: Callable[..., Found], folder: Path, settings: object, threads: int
) -> Found:
    """Return what ``compute`` finds of a run, telling how it goes, until Ctrl-C asks to stop."""
    stop = StopRequest("stopping after this segment; again to stop at once")
    return compute(folder, settings, remark, show_retraining, RetrainingEpochs(), stop, threads)
