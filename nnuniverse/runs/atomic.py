"""Files that are either the old ones or the new ones, whole, whenever the process is killed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nnuniverse.errors import RunError, must


def replace_file(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` make a new file under a temporary name, then put it in the place of ``path``.

    The new file is on disk before it gets its name, and the name is on disk on return.  Raises
    RunError if the disk is full or the folder cannot be written; ``path`` is then untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        _sync(temporary)
        os.replace(temporary, path)
        _sync(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RunError(
            must(
                f"the run folder {str(path.parent)!r}",
                "be writable",
                f"writing {path.name} failed: {_reason(error)}",
                "freeing space or another --out",
            )
        ) from error


def replace_text(path: Path, text: str) -> None:
    """Put a file with the content ``text`` in the place of ``path``, as `replace_file` does."""
    replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8") and None)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    # HDF5 tells its errors in many lines, of which the number is the useful part.
    return os.strerror(error.errno) if error.errno else str(error).splitlines()[0]
