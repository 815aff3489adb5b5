"""Hearing how training goes, and asking it to stop, from Python."""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from tqdm.auto import tqdm

if TYPE_CHECKING:
    from nnuniverse.runs import RunFolder
    from nnuniverse.training import Program, Segment

OnSegment = Callable[["Segment"], object]
"""Called with every `Segment` that has been trained and is safe on disk."""


def listening(
    progress: bool | None, on_segment: OnSegment | None
) -> AbstractContextManager[Listener]:
    """Return somebody to tell: a progress bar, if wanted, and the caller's function.

    ``progress``: None for a bar on terminals and in notebooks.
    """
    return closing(Listener(is_watched() if progress is None else progress, on_segment))


def is_watched() -> bool:
    """Return whether somebody looks at what is shown: a terminal, or a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


class Listener:
    """Shows epochs and the running loss in a bar; what else a person should know is a warning."""

    def __init__(self, shown: bool, on_segment: OnSegment | None) -> None:
        self._shown = shown
        self._on_segment = on_segment
        self._bar: tqdm | None = None

    def begin(self, folder: RunFolder, program: Program, epochs: int, done: int) -> None:
        """Show the bar, as far as the run has come."""
        self._bar = tqdm(
            total=epochs,
            initial=done,
            desc=folder.path.parent.name,
            unit="epoch",
            disable=not self._shown,
        )

    def message(self, text: str) -> None:
        """Warn."""
        warnings.warn(text, stacklevel=2)

    def segment(self, segment: Segment) -> None:
        """Move the bar, and call the caller's function."""
        if self._bar is not None:
            self._bar.update(segment.last - self._bar.n)
            if segment.running_loss.size:
                self._bar.set_postfix(running_loss=f"{segment.running_loss[:, -1].mean():.4g}")
        if self._on_segment is not None:
            self._on_segment(segment)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()


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
