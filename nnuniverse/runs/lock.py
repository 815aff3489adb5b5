"""One process at a time writes into a run folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nnuniverse.errors import ConfigError, must
from nnuniverse.runs.atomic import remove_leftovers

try:
    import fcntl
except ImportError:  # not on Windows, where runs are not guarded
    fcntl = None  # type: ignore[assignment]

LOCK_NAME = ".lock"


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the right to write into ``folder``; the system takes it back from a killed process.

    Raises ConfigError if another process holds it.
    """
    with (folder / LOCK_NAME).open("a") as lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ConfigError(
                    must(
                        f"RUN {str(folder)!r}",
                        "not be in use",
                        "another process is writing into it",
                        "again when that has ended",
                    )
                ) from None
        remove_leftovers(folder)
        yield


def is_being_written(folder: Path) -> bool:
    """Return whether a process holds the right to write into ``folder``."""
    if fcntl is None or not (folder / LOCK_NAME).exists():
        return False
    with (folder / LOCK_NAME).open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
