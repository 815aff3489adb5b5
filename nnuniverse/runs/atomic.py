"""Files that are either the old ones or the new ones, whole, whenever the process is killed."""

from __future__ import annotations

import os
from pathlib import Path

from nnuniverse.errors import RunError, must


def replace_file(
    path: Path, content: bytes, remedy: str = "freeing space, then `nnu train --resume` with it"
) -> None:
    """Put a file with ``content`` in the place of ``path``.

    The new file is on disk before it gets its name, and the name is on disk on return.  Raises
    RunError if the disk is full or the folder cannot be written; ``path`` is then untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RunError(
            must(
                f"the folder {str(path.parent)!r}",
                "be writable",
                f"writing {path.name} failed: {error.strerror}",
                remedy,
            )
        ) from error


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes that were killed while writing into ``folder``."""
    for temporary in folder.glob(".*.tmp"):
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
