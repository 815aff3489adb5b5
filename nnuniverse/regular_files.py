"""Opening files under names that anybody may have made something of: a pipe, a device, a link.

Only regular files are opened, and never waited for: a pipe has an end only if somebody writes into
it, and some devices have none.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader, FileIO
from pathlib import Path
from typing import BinaryIO, TypeVar

File = TypeVar("File", bound=BinaryIO | FileIO)

AT_ONCE = getattr(os, "O_NONBLOCK", 0)
NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""Flags of `os.open`, which Windows does not have."""


def open_regular(path: str | Path) -> BufferedReader:
    """Open the regular file at ``path``, or where a link there leads, for reading.

    Raises OSError, also for whatever else is there, and ValueError for what is no path.
    """
    _require_regular(os.stat(path), path)  # noqa: PTH116 (a device may act on being opened)
    file = open(path, "rb", opener=_at_once)  # noqa: SIM115
    return _regular(file, path)


def read_regular(path: str | Path, most: int | None = None) -> bytes:
    """Return the content of a regular file; raises as `open_regular` does.

    ``most``: bytes beyond which it raises instead of reading, None for no limit.

    ``path``: of the file.
    """
    with open_regular(path) as file:
        if most is None:
            return file.read()
        # Some files, as in /proc, hold more than the size that they claim.
        too_large = os.fstat(file.fileno()).st_size > most
        content = b"" if too_large else file.read(most + 1)
        if too_large or len(content) > most:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        return content


def open_own(path: Path) -> BinaryIO:
    """Open the regular file at ``path`` for adding to its end, and make it if nothing is there.

    A link is not followed: it would lead to a file that is not ours.  Raises OSError.
    """
    if path.is_symlink():  # which the system would put in odd words
        raise OSError(errno.ELOOP, "Is a link", str(path))
    file = open(path, "ab", opener=_at_once_and_no_link)  # noqa: SIM115
    return _regular(file, path)


def open_in_place(path: Path) -> FileIO:
    """Open the regular file at ``path`` for changing bytes of it, and make it if nothing is there.

    A link is not followed.  Nothing is kept in memory.  Raises OSError.
    """
    if path.is_symlink():
        raise OSError(errno.ELOOP, "Is a link", str(path))
    file = open(path, "r+b", buffering=0, opener=_made_at_once_and_no_link)  # noqa: SIM115
    return _regular(file, path)


def is_file(path: str | Path) -> bool:
    """Return whether ``path`` is a regular file, also if it cannot be looked at or is no path."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: str | Path) -> bool:
    """Return whether ``path`` is a folder, also if it cannot be looked at or is no path."""
    return os.path.isdir(path)  # noqa: PTH112


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | AT_ONCE)


def _at_once_and_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | AT_ONCE | NO_LINK, 0o666)


def _made_at_once_and_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT | AT_ONCE | NO_LINK, 0o666)


def _regular(file: File, path: str | Path) -> File:
    """Return ``file``; close it and raise OSError if it is no regular one."""
    try:
        _require_regular(os.fstat(file.fileno()), path)
    except OSError:
        file.close()
        raise
    return file


def _require_regular(found: os.stat_result, path: str | Path) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file", str(path))
