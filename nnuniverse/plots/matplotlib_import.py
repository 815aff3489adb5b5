"""Importing matplotlib, whatever its user has told it: figures have the house style."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NO_SETTINGS = {"MATPLOTLIBRC": os.devnull, "MPLBACKEND": ""}
"""Environment variables that tell matplotlib nothing."""


def import_matplotlib() -> None:
    """Import matplotlib: without its user's settings where it cannot be imported with them.

    They name a backend that it does not know, or are no text.
    """
    try:
        import matplotlib
    except (ValueError, OSError):
        for name in [name for name in sys.modules if name.startswith("matplotlib.")]:
            del sys.modules[name]  # what has been imported of it misses the rest
        with _without_settings():
            import matplotlib  # noqa: F401


@contextmanager
def _without_settings() -> Iterator[None]:
    """Let matplotlib find no settings in variables, nor in the working directory, read first."""
    here = os.open(".", os.O_RDONLY)
    before = dict(os.environ)
    try:
        os.chdir(Path(__file__).parent)
        os.environ |= NO_SETTINGS
        yield
    finally:
        for name in NO_SETTINGS:
            os.environ.pop(name)
        os.environ |= before
        os.fchdir(here)
        os.close(here)
