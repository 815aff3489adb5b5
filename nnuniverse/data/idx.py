"""IDX files, the format of MNIST and its relatives, gzipped or not.

An IDX file is two zero bytes, one byte for the type, one byte for the number of dimensions d,
d lengths as big-endian uint32, and then the values, big-endian, last index fastest.
"""

from __future__ import annotations

import gzip
import io
import math
import zlib
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from nnuniverse.archives import require_room
from nnuniverse.data.dataset import Dataset, from_arrays
from nnuniverse.data.files import open_data_file
from nnuniverse.errors import ConfigError, DataError
from nnuniverse.regular_files import is_file

IDX_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The type byte and the numpy dtype it stands for."""

GZIP_MAGIC = b"\x1f\x8b"
_BLOCK = 1 << 20


class IdxFiles(NamedTuple):
    """The four files of an MNIST-like dataset, in the order `load_idx` takes them."""

    train_images: Path
    train_labels: Path
    test_images: Path
    test_labels: Path


def load_idx(
    train_images: Path | str,
    train_labels: Path | str,
    test_images: Path | str,
    test_labels: Path | str,
) -> Dataset:
    """Load a dataset from four IDX files; its name is that of the folder of the first.

    Inputs keep the dtype of the file; the number of classes is the largest label plus one.

    Raises `ConfigError` naming ``data.train_images`` (or whichever it is) for a file that cannot
    be opened, `DataError` for one that is corrupt or does not fit the others.

    ``train_labels``: labels of training; ``test_images``: images of the test; ``test_labels``:
    labels of the test.
    """
    files = IdxFiles(*map(Path, (train_images, train_labels, test_images, test_labels)))
    read = {key: read_idx(path, key=f"data.{key}") for key, path in files._asdict().items()}
    for images, labels in (("train_images", "train_labels"), ("test_images", "test_labels")):
        _check_fit(read[images], read[labels], getattr(files, images), getattr(files, labels))
    folder = files.train_images.absolute().parent
    return from_arrays(
        folder.name or "idx",
        (read["train_images"], read["train_labels"]),
        (read["test_images"], read["test_labels"]),
        source=str(folder),
        labels_from=(files.train_labels.name, files.test_labels.name),
    )


def load_idx_directory(directory: Path | str, *, key: str = "data.directory") -> Dataset:
    """Load a dataset from the folder that holds its four IDX files under their usual names.

    Raises as `find_idx` and `load_idx` do.

    ``directory``: with the four files; ``key``: of the config, that names it.
    """
    return load_idx(*find_idx(directory, key=key))


def find_idx(directory: Path | str, *, key: str = "data.directory") -> IdxFiles:
    """Find the four files of an MNIST-like dataset in a folder.

    The names are ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte`` and the same with
    ``t10k``, with a dot or a hyphen before ``idx``, with or without ``.gz``; of several for the
    same part, the unzipped one and the hyphen are taken first.

    Raises `ConfigError`, naming ``key``, if any of them is missing.

    ``directory``: with the four files.
    """
    directory = Path(directory)
    return IdxFiles(
        _find_one(directory, "train-images", "idx3-ubyte", key),
        _find_one(directory, "train-labels", "idx1-ubyte", key),
        _find_one(directory, "t10k-images", "idx3-ubyte", key),
        _find_one(directory, "t10k-labels", "idx1-ubyte", key),
    )


def _find_one(directory: Path, part: str, suffix: str, key: str) -> Path:
    candidates = [
        directory / f"{part}{separator}{suffix}{zipped}"
        for zipped in ("", ".gz")
        for separator in ("-", ".")
    ]
    for candidate in candidates:
        if is_file(candidate):
            return candidate
    raise ConfigError(
        f"`{key}`",
        "name a folder with the four IDX files of a dataset",
        f"{directory} holds no {candidates[0].name} with or without .gz",
        "the folder of the MNIST files, or data.kind=embedded",
    )


def read_idx(path: Path | str, *, key: str = "data.path") -> np.ndarray:
    """Read one IDX file, gzipped or not, into an array of native byte order.

    The content decides whether it is gzipped, not the name, and no memory is taken on the word
    of the header: it grows with the bytes that are really there, in a gzipped file after
    `require_room`.

    Raises `ConfigError`, naming ``key``, if the file cannot be opened; `DataError`, naming the
    file, if it is not one whole, intact IDX file and nothing more.

    ``path``: where the file is.
    """
    path = Path(path)
    with open_data_file(path, key) as stream:
        return parse_idx(stream, str(path))


def parse_idx(stream: IO[bytes], source: str) -> np.ndarray:
    """Read an IDX array from a seekable binary stream; ``source`` names it in messages.

    Raises `DataError` as `read_idx` does.
    """
    try:
        zipped = stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        held = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        if zipped:
            with gzip.GzipFile(fileobj=stream) as content:
                return _parse_plain(content, source, held)
        return _parse_plain(stream, source, held)
    except (OSError, EOFError, zlib.error) as error:
        raise _corrupt(source, "be readable to its end", f"is not: {error}") from error


def _parse_plain(stream: IO[bytes] | gzip.GzipFile, source: str, held: int) -> np.ndarray:
    header = _read_up_to(stream, 4)
    if len(header) < 4:
        raise _corrupt(source, "hold an IDX header", f"has only {len(header)} bytes")
    if header[:2] != b"\0\0" or header[2] not in IDX_DTYPES:
        raise _corrupt(
            source,
            "start with the two zero bytes and the type byte of an IDX file",
            f"starts with {header[:3].hex(' ')}",
        )
    dimensions = header[3]
    lengths = _read_up_to(stream, 4 * dimensions)
    if len(lengths) < 4 * dimensions:
        raise _corrupt(
            source, f"hold the {dimensions} lengths its header announces", "ends before them"
        )
    shape = tuple(int(length) for length in np.frombuffer(lengths, dtype=">u4"))
    dtype = np.dtype(IDX_DTYPES[header[2]])
    expected = dtype.itemsize * math.prod(shape)
    if isinstance(stream, gzip.GzipFile):
        require_room(source, expected, held)
    body = _read_up_to(stream, expected + 1)
    if len(body) != expected:
        actual = f"only {len(body)}" if len(body) < expected else "more"
        raise _corrupt(source, f"hold the {expected} bytes its header announces", f"holds {actual}")
    try:
        array = np.frombuffer(body, dtype=dtype).reshape(shape)
    except ValueError as error:  # more dimensions, or longer ones, than an array can have
        raise _corrupt(source, "have dimensions that an array can have", f"has {shape}") from error
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_up_to(stream: IO[bytes] | gzip.GzipFile, size: int) -> bytearray:
    """Return ``size`` bytes or as many as there are, in blocks, so that a claim costs nothing."""
    body = bytearray()
    while len(body) < size:
        block = stream.read(min(_BLOCK, size - len(body)))
        if not block:
            break
        body += block
    return body


def _check_fit(images: np.ndarray, labels: np.ndarray, image_file: Path, label_file: Path) -> None:
    if images.ndim < 2:
        raise _corrupt(
            str(image_file),
            "have at least 2 dimensions, samples first",
            f"has shape {images.shape}",
            "the file with the images, not the labels",
        )
    if labels.ndim != 1:
        raise _corrupt(
            str(label_file),
            "have one dimension",
            f"has shape {labels.shape}",
            "the file with the labels, not the images",
        )
    if len(images) != len(labels):
        raise _corrupt(
            str(label_file),
            f"hold one label for each of the {len(images)} images of {image_file}",
            f"holds {len(labels)}",
            "the files of the same dataset and split",
        )


def _corrupt(
    source: str, requirement: str, actual: str, remedy: str = "fetching the file again"
) -> DataError:
    return DataError(source, requirement, actual, remedy)
