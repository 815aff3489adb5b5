"""A panel at the end of what a terminal shows, drawn anew in its place."""

from __future__ import annotations

from rich.console import Console
from rich.control import Control
from rich.live import Live
from rich.panel import Panel
from rich.segment import ControlType


class LivePanel:
    """A panel that may be drawn anew, also when the terminal has another width by then.

    The cursor stays visible: a run may be killed at any moment, and nobody would show it again.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False)
        self._width = self._height = 0

    def open(self) -> None:
        """Begin."""
        self._live.start()
        self._console.show_cursor()

    def draw(self, panel: Panel) -> None:
        """Draw ``panel`` in place of the one before."""
        width = self._console.width
        if 0 < width < self._width:
            self._erase_wrapped(width)
        self._width, self._height = width, len(self._console.render_lines(panel, pad=False))
        self._live.update(panel, refresh=True)

    def close(self, *, leave: bool) -> None:
        """End; ``leave`` the panel as it was last drawn, or nothing."""
        self._live.transient = not leave
        self._live.stop()

    def _erase_wrapped(self, width: int) -> None:
        """Erase the lines that a terminal has made by wrapping those drawn to a narrower width."""
        more = self._height * (-(-self._width // width) - 1)
        up = ((ControlType.ERASE_IN_LINE, 2), (ControlType.CURSOR_UP, 1)) * more
        self._console.control(Control(ControlType.CARRIAGE_RETURN, *up))
