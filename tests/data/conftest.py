"""Helpers for the tests of the datasets."""

from __future__ import annotations

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

IDX_CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def _idx_bytes(array: np.ndarray) -> bytes:
    code = IDX_CODES[array.dtype.str[1:]]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture(scope="session")
def idx_bytes() -> Callable[[np.ndarray], bytes]:
    """The bytes of an array as an IDX file, written independently of the reader."""
    return _idx_bytes


@pytest.fixture(scope="session")
def write_idx_set() -> Callable[..., Path]:
    """Write four gzipped IDX files under their usual names and return their folder."""

    def write(folder: Path, *arrays: np.ndarray) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        names = (
            "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte",
        )
        for name, array in zip(names, arrays, strict=True):
            (folder / f"{name}.gz").write_bytes(gzip.compress(_idx_bytes(array), mtime=0))
        return folder

    return write


@pytest.fixture(scope="session")
def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A small stand-in for MNIST: (40, 28, 28) and (20, 28, 28) images with ten classes."""
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (60, 28, 28), dtype=np.uint8)
    labels = (np.arange(60) % 10).astype(np.uint8)
    return images[:40], labels[:40], images[40:], labels[40:]


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder with the four original MNIST files."""
    folder = os.environ.get("NNU_MNIST_DIR")
    if folder is None:
        pytest.skip("set NNU_MNIST_DIR to a folder with the four original MNIST files")
    return Path(folder)
