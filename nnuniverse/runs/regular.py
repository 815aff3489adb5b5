"""Opening a file of which only the name is known."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows, where files are not locked this way
    fcntl = None  # type: ignore[assignment]


def open_regular(path: Path) -> io.FileIO:
    """Open the file at ``path`` for reading, without a buffer.

    Raises OSError also if it is a pipe, a device or the like: reading those may never end.
    """
    file = io.FileIO(path, "r", opener=_open_at_once)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


def _open_at_once(path: str, flags: int) -> int:
    """Open a pipe too without waiting for somebody at its other end."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def is_locked(file: io.FileIO) -> bool:
    """Return whether somebody holds ``file`` locked for writing, as HDF5 does.

    A file system without locks has none that are held.
    """
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            fcntl.flock(file, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
