"""The seal of an HDF5 file: a digest of its content in its own user block, which HDF5 skips.

Digest and content thus have one name, and one rename replaces both.
"""

from __future__ import annotations

import hashlib
import os
from io import BufferedIOBase
from pathlib import Path

SEAL_BYTES = 512
"""The smallest user block that HDF5 knows."""

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"

MAGIC = b"nnuniverse seal "
"""What every sealed file begins with."""

_FORMAT = 1


def sealed(content: bytes) -> bytes:
    """Return ``content``, an HDF5 file made for a user block of `SEAL_BYTES`, with its seal."""
    return b"".join([_seal(hashlib.sha256(content).hexdigest(), len(content)), content])


def seal_file(path: Path) -> None:
    """Seal the HDF5 file at ``path``, which has a user block of `SEAL_BYTES`, as it is now.

    Raises ValueError if it has none, OSError if it cannot be written.
    """
    with path.open("r+b") as file:
        if not has_seal(file):
            raise ValueError(f"{path} has no room for a seal")
        seal = _seal_of_content(file)
        file.seek(0)
        file.write(seal)


def has_seal(file: BufferedIOBase) -> bool:
    """Return whether ``file`` was written with a seal, which may be damaged by now."""
    file.seek(0)
    head = file.read(SEAL_BYTES + len(HDF5_SIGNATURE))
    return head.startswith(MAGIC) or head[SEAL_BYTES:] == HDF5_SIGNATURE


def is_intact(file: BufferedIOBase) -> bool:
    """Return whether the content of ``file`` is what it was sealed with."""
    file.seek(0)
    return file.read(SEAL_BYTES) == _seal_of_content(file)


def _seal_of_content(file: BufferedIOBase) -> bytes:
    file.seek(SEAL_BYTES)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    return _seal(digest, file.seek(0, os.SEEK_END) - SEAL_BYTES)


def _seal(digest: str, length: int) -> bytes:
    line = MAGIC + f"{_FORMAT} sha256 {digest} of {length} bytes\n".encode()
    return line.ljust(SEAL_BYTES, b"\0")
