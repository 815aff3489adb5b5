"""Changing an HDF5 file of the package by hand, as nobody should."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import h5py
from hypothesis import strategies as st

from nnuniverse.runs.seal import SEAL_BYTES, seal_file

GENERATORS = st.randoms(use_true_random=True)
"""Of damage: hypothesis by itself prefers places near 0, which is the signature, and then HDF5
looks at nothing else."""


@contextmanager
def changed(path: Path) -> Iterator[h5py.File]:
    """Let the file be changed, then seal it, as if it had been written so."""
    with h5py.File(path, "r+") as file:
        yield file
    seal_file(path)


def damaged(content: bytes, random: Random, most: int = 8) -> bytes:
    """Return ``content`` with 1 to ``most`` bytes changed anywhere."""
    changed = bytearray(content)
    for place in random.sample(range(len(content)), random.randint(1, most)):
        changed[place] ^= random.randint(1, 255)
    return bytes(changed)


def unseal(path: Path) -> None:
    """Make it a file without a seal, such as version 0.1.0 wrote."""
    path.write_bytes(path.read_bytes()[SEAL_BYTES:])
