"""Changing an HDF5 file of the package by hand, as nobody should."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from nnuniverse.runs.seal import SEAL_BYTES, seal_file


@contextmanager
def changed(path: Path) -> Iterator[h5py.File]:
    """Let the file be changed, then seal it, as if it had been written so."""
    with h5py.File(path, "r+") as file:
        yield file
    seal_file(path)


def unseal(path: Path) -> None:
    """Make it a file without a seal, such as version 0.1.0 wrote."""
    path.write_bytes(path.read_bytes()[SEAL_BYTES:])
