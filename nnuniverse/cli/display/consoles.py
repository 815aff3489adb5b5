"""Where the command line prints."""

from __future__ import annotations

import os

from rich.console import Console

WIDE = 100_000
"""Columns of a console that is not to cut anything."""


def make_console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Return a console that takes text as it is: a plain one with NO_COLOR or a dumb terminal."""
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Console(
        stderr=stderr,
        width=width,
        markup=False,
        emoji=False,
        highlight=False,
        force_terminal=False if plain else None,
    )


def clock(seconds: float) -> str:
    """Return a time as hours, minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"
