"""Hearing how training goes, and asking it to stop, from Python."""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from tqdm.auto import tqdm

if TYPE_CHECKING:
    from nnuniverse.runs import RunFolder
    from nnuniverse.training import Program, Segment

OnSegment = Callable[["Segment"], object]
"""Called with every `Segment` that has been trained and is safe on disk."""


class ProgressBar:
    """Shows how it goes in a bar; what else a person should know is a warning.

    ``shown``: whether there is a bar, None for one on terminals and in notebooks.
    """

    def __init__(self, shown: bool | None) -> None:
        watched = sys.stderr.isatty() or "ipykernel" in sys.modules
        self._shown = watched if shown is None else shown
        self._bar: tqdm | None = None

    def show(self, name: str, unit: str, total: int, done: int) -> None:
        """Show the bar, ``done`` of ``total`` units full.

        ``name``: its name; ``unit``: what is counted.
        """
        self._bar = tqdm(total=total, initial=done, desc=name, unit=unit, disable=not self._shown)

    def message(self, text: str) -> None:
        """Warn.

        ``text``: what a person should know.
        """
        warnings.warn(text, stacklevel=2)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()


class EpochBar(ProgressBar):
    """Shows the epochs of a run and its running loss, and tells the caller's function."""

    def __init__(self, shown: bool | None, on_segment: OnSegment | None) -> None:
        super().__init__(shown)
        self._on_segment = on_segment

    def begin(self, folder: RunFolder, program: Program, epochs: int, done: int) -> None:
        """Show the bar, as far as the run has come.

        ``folder``: that of the run; ``program``: the compiled program of the run; ``epochs``: the
        last one; ``done``: epochs that are done.
        """
        self.show(folder.path.parent.name, "epoch", epochs, done)

    def segment(self, segment: Segment) -> None:
        """Move the bar, and call the caller's function.

        ``segment``: what was recorded of some epochs.
        """
        if self._bar is not None:
            self._bar.update(segment.last - self._bar.n)
            if segment.running_loss.size:
                self._bar.set_postfix(running_loss=f"{segment.running_loss[:, -1].mean():.4g}")
        if self._on_segment is not None:
            self._on_segment(segment)

    def advanced(self, done: int, steps: int) -> None:
        """Move the bar of an ensemble, whose steps are counted.

        ``done``: steps that are done.
        """
        if self._bar is None or self._bar.total != steps:
            self.close()
            self.show("ensemble", "step", steps, done)
        elif self._bar is not None:
            self._bar.update(done - self._bar.n)


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C ask to stop, which the value tells; a second one interrupts at once.

    On other threads than the first, which get no signals, nobody asks.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
