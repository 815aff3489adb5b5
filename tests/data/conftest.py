"""Helpers for the tests of the datasets."""

from __future__ import annotations

import gzip
import importlib
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


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, digits: tuple[np.ndarray, ...]) -> Path:
    """A folder with two prepared sets: ``tiny`` grey images, ``coloured`` ones."""
    from tfds_sets import as_examples, prepare, tfds

    folder = tmp_path_factory.mktemp("prepared")
    label = tfds.features.ClassLabel(num_classes=10)
    grey = {"image": tfds.features.Image(shape=(28, 28, 1)), "label": label}
    splits = {"train": as_examples(*digits[:2]), "test": as_examples(*digits[2:])}
    prepare(folder, "tiny", grey, splits, supervised_keys=("image", "label"))
    colours = np.arange(5 * 3 * 4 * 3, dtype=np.uint8).reshape(5, 3, 4, 3)
    coloured = {"label": label, "image": tfds.features.Image(shape=(None, None, 3))}
    prepare(folder, "coloured", coloured, {"only": as_examples(colours, np.arange(5))})
    return folder


@pytest.fixture
def accept_checksums(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Path], None]:
    """Let the files of a folder pass for those that a builder fetches from below a URL."""
    checksums = importlib.import_module("tensorflow_datasets.core.download.checksums")
    checksums.get_all_url_infos()  # remembers the genuine ones, for the rest of the process

    def accept(url: str, folder: Path) -> None:
        infos = {url + file.name: checksums.compute_url_info(file) for file in folder.iterdir()}
        monkeypatch.setattr(checksums, "load_url_infos", lambda path: infos)

    return accept
