"""Stopping when asked to."""

from __future__ import annotations

import signal
from types import FrameType

import typer


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
        typer.echo(self._answer, err=True)
