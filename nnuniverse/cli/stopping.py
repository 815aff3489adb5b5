"""Stopping when asked to."""

from __future__ import annotations

import atexit
import os
import signal
import threading
from types import FrameType

from nnuniverse.cli.streams import tell
from nnuniverse.errors import EXIT_SIGINT


class Interruption:
    """What SIGINT does to a command that cannot be resumed: a line on stderr, and exit code 130.

    ``begun``: whether there is something to leave in order, by a KeyboardInterrupt; an import that
    it hits might go on.  A second one ends the process at once, and so does one while it ends.
    """

    def __init__(self) -> None:
        self.begun = False
        on_main_thread = threading.current_thread() is threading.main_thread()
        if on_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupt)
            atexit.register(signal.signal, signal.SIGINT, signal.SIG_DFL)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        tell("nnu: interrupted")
        if not self.begun:
            os._exit(EXIT_SIGINT)
        raise KeyboardInterrupt


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
        tell(self._answer)
