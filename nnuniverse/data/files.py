"""Opening a data file that the user named in the config."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from nnuniverse.errors import ConfigError
from nnuniverse.regular_files import open_regular


def open_data_file(path: Path, key: str) -> BinaryIO:
    """Open a file for reading bytes; ``key`` is the config key that names it.

    Raises `ConfigError`, naming ``key``, if there is no such file, it may not be read, or it is a
    pipe or a device.

    ``path``: of the file.
    """
    try:
        return open_regular(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"`{key}`", "name a readable file", f"is {path} ({reason})", "the path of a file"
        ) from error


def file_digest(path: Path, key: str) -> bytes:
    """Return the SHA-256 of a file; raises as `open_data_file` does.

    ``path``: of the file; ``key``: of the config, that names it.
    """
    with open_data_file(path, key) as file:
        return hashlib.sha256(file.read()).digest()
