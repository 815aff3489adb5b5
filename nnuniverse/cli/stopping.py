"""Stopping when asked to."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

TYPE_CHECKING = False  # as it is in `typing`, which takes longer to load than all the rest here
if TYPE_CHECKING:
    from types import FrameType


def end_on_interrupt() -> None:
    """Let SIGINT end this process at once by a line on stderr and exit code 130, as shells have it.

    No exception does it: Python drops those that are raised in a callback, after printing them,
    and an import that one hits may go on.  Files are whole whenever a process ends.  Whoever has
    had SIGINT ignored, or caught, is left alone.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        with suppress(ValueError):  # on a thread that gets no signals
            signal.signal(signal.SIGINT, _end)


def _end(number: int, frame: FrameType | None) -> None:
    try:
        os.write(2, b"nnu: interrupted\n")
    finally:
        os._exit(128 + number)


class StopRequest:
    """Whether SIGINT or SIGTERM has asked to stop, which is answered by a line on stderr.

    A second one ends the process at once.
    """

    def __init__(self, answer: str) -> None:
        self._answer = answer
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def __call__(self) -> bool:
        """Return whether to stop."""
        return self._asked

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        for other in (signal.SIGINT, signal.SIGTERM):
            signal.signal(other, signal.SIG_DFL)
        from nnuniverse.cli.display.streams import tell

        tell(self._answer)
