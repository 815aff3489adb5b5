"""One process at a time writes into a run folder."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO

from nnuniverse.errors import ConfigError, NotWritableError, RunError, printable
from nnuniverse.regular_files import open_own, open_regular
from nnuniverse.runs.archived import require_changeable
from nnuniverse.runs.atomic import RESUME, remove_leftovers
from nnuniverse.runs.folder import LOCK_NAME, RunFolder

try:
    import fcntl
except ImportError:  # not on Windows, where runs are not guarded
    fcntl = None  # type: ignore[assignment]

IN_USE = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
"""How the system says that another process has a lock; anything else says that it has none."""


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold the right to write into ``folder``; the system takes it back from a killed process.

    Raises ConfigError if another process holds it, RunError if a file of the folder is a link,
    NotWritableError if the folder is not writable, or that of an archive.
    """
    require_changeable(folder / LOCK_NAME)
    link = RunFolder(folder).own_link()
    if link is not None:
        raise RunError(
            f"{str(link)!r}", "be the run's own file", "is a link", "the file in its place"
        )
    with _lock_of(folder) as lock:
        if not takes(lambda: fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)):
            raise ConfigError(
                f"RUN {str(folder)!r}",
                "not be in use",
                "another process is writing into it",
                "again when that has ended",
            )
        remove_leftovers(folder)
        yield


def _lock_of(folder: Path) -> BinaryIO:
    try:
        return open_own(folder / LOCK_NAME)
    except OSError as error:
        reason = f"its {LOCK_NAME} is not: {error.strerror}"
        raise NotWritableError(
            f"the folder {str(folder)!r}", "be writable", reason, RESUME
        ) from error


def is_being_written(folder: Path) -> bool:
    """Return whether a process holds the right to write into ``folder``."""
    try:
        lock = open_regular(folder / LOCK_NAME)
    except OSError:  # not there, or nothing that `writing` would open either
        return False
    with lock:
        return not takes(lambda: fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB))


def is_locked(file: BinaryIO) -> bool:
    """Return whether somebody holds ``file`` locked for writing, as HDF5 does."""
    if not takes(lambda: fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)):
        return True
    takes(lambda: fcntl.flock(file, fcntl.LOCK_UN))
    return False


def takes(lock: Callable[[], None]) -> bool:
    """Return whether ``lock`` can be called: whether no other process has what it locks.

    Where the file system has no locks, or the system no `fcntl`, it is taken for granted.
    """
    if fcntl is not None:
        try:
            lock()
        except OSError as error:
            if error.errno in IN_USE:
                return False
            _say_that_nobody_guards(error.strerror or str(error))
    return True


@cache  # since saying it once is enough
def _say_that_nobody_guards(reason: str) -> None:
    logging.getLogger(__name__).warning(
        "nnu: this file system has no locks (%s): nothing keeps two processes from writing into "
        "one folder, or tells which runs are running",
        printable(reason),
    )
