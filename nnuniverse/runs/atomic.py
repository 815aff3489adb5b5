"""Files that are either the old ones or the new ones, whole, whenever the process is killed."""

from __future__ import annotations

import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nnuniverse.errors import NotWritableError, RunError
from nnuniverse.runs.archived import require_changeable

TEMPORARY = re.compile(r"\..+\.\d+(-[0-9a-f]{8})?\.tmp", re.ASCII | re.DOTALL)
"""The names of temporary files: of which file, and whose; 0.1.0 put nothing after the process."""

RESUME = "freeing space, then `nnu train --resume` with it"


def replace_file(path: Path, content: bytes, remedy: str = RESUME) -> None:
    """Put a file with ``content`` in the place of ``path``; raises as `replacing` does.

    ``remedy``: what the error advises.
    """
    with replacing(path, remedy) as temporary:
        temporary.write_bytes(content)


@contextmanager
def replacing(path: Path, remedy: str = RESUME) -> Iterator[Path]:
    """Let a file be written under another name, then put it in the place of ``path``.

    The new file is on disk before it gets its name, and the name is on disk at the end.  Raises
    NotWritableError if the disk is full, the folder not writable or that of an archive, RunError if
    ``path`` is a link, which says that the file is meant to lie elsewhere; ``path`` is then
    untouched.

    ``remedy``: what the error advises.
    """
    require_changeable(path)
    if path.is_symlink():
        raise RunError(f"{str(path)!r}", "be a file", "is a link", "the file in its place")
    # Another process may have this one's number: on another machine, or in a container of its own.
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        temporary.touch(exist_ok=False)  # and no link that leads elsewhere
        yield temporary
        sync(temporary)
        temporary.replace(path)
        sync(path.parent)
    except OSError as error:
        raise NotWritableError(
            f"the folder {str(path.parent)!r}",
            "be writable",
            f"writing {path.name} failed: {error.strerror or error}",
            remedy,
        ) from error
    finally:
        with suppress(OSError):  # it is gone, or was never made: the reason is another error's
            temporary.unlink()


def remove_leftovers(folder: Path, unchanged_for: float = 0.0) -> None:
    """Remove the temporary files of processes that were killed while writing into ``folder``.

    ``unchanged_for``: only those that nobody has written to for so many seconds, where others may
    be writing just now.
    """
    for temporary in folder.glob(".*.tmp"):
        with suppress(FileNotFoundError):  # its writer has just put it in place
            if is_leftover(temporary) and _age(temporary) >= unchanged_for:
                temporary.unlink()


def is_leftover(path: Path) -> bool:
    """Return whether at ``path`` is a temporary file, be its writer killed or not."""
    return bool(TEMPORARY.fullmatch(path.name)) and stat.S_ISREG(path.lstat().st_mode)


def _age(path: Path) -> float:
    return time.time() - path.lstat().st_mtime


def sync(path: Path) -> None:
    """Wait until what is in the file or folder ``path`` is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
