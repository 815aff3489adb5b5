"""Where the command line prints."""

from __future__ import annotations

import os

from rich.console import Console

PIPED_WIDTH = 80
"""Columns where no terminal says how many it has, and COLUMNS does not either."""


def make_console(*, stderr: bool = False) -> Console:
    """Return a console that takes text as it is: without colour if NO_COLOR says so.

    A dumb terminal is no terminal.  What is none has as many columns as COLUMNS says, or 80.
    """
    columns = _columns()
    console = Console(
        stderr=stderr,
        width=columns,
        markup=False,
        emoji=False,
        highlight=False,
        force_terminal=False if os.environ.get("TERM") == "dumb" else None,
    )
    if not console.is_terminal and columns is None:
        console.width = PIPED_WIDTH
    return console


def _columns() -> int | None:
    text = os.environ.get("COLUMNS", "")
    return int(text) or None if text.isascii() and text.isdigit() else None


def clock(seconds: float) -> str:
    """Return a time as hours, minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
