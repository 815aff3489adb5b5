"""Arrays in an ``.npz`` file, under the names of the Keras ``mnist.npz``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from nnuniverse.archives import Archive
from nnuniverse.data.dataset import Dataset, from_arrays
from nnuniverse.data.files import open_data_file
from nnuniverse.errors import DataError

ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def load_npz(path: Path | str, *, key: str = "data.path") -> Dataset:
    """Load a dataset from an ``.npz`` file with x_train, y_train, x_test and y_test.

    Inputs are (samples, ...) integers or floats and keep their dtype; labels are integers of
    shape (samples,) or (samples, 1), counted from 0, and there are as many classes as the largest
    says; or floats of shape (samples, outputs) or (samples,), real targets.  Other arrays are
    ignored.  Nothing is ever unpickled.

    Raises `ConfigError`, naming ``key``, if the file cannot be opened; `DataError`, naming the
    file, if it is corrupt, lacks one of the arrays, or they are not a dataset.

    ``path``: where the file is.
    """
    path = Path(path)
    with open_data_file(path, key) as stream:
        arrays = read_arrays(stream, str(path), ARRAYS)
    x_train, y_train, x_test, y_test = (arrays[name] for name in ARRAYS)
    return from_arrays(
        path.stem,
        (x_train, _flat(y_train)),
        (x_test, _flat(y_test)),
        source=str(path),
        labels_from=("y_train", "y_test"),
    )


def load_pairs(path: Path, neurons: int) -> npt.NDArray[np.float64]:
    """Load the pair interactions g, shape (N, N), N the number of ``neurons``: the array ``pairs``.

    Raises `ConfigError` if the file cannot be opened; `DataError` if it is corrupt, or the array is
    not there, not finite or of another shape.

    ``path``: where the file or the folder is.
    """
    with open_data_file(path, "loss.pairs") as stream:
        pairs = read_arrays(stream, str(path), ("pairs",))["pairs"]
    if pairs.shape != (neurons, neurons) or pairs.dtype.kind not in "fiu":
        found = f"is {pairs.dtype}{list(pairs.shape)}"
        raise _unfit(str(path), f"hold numbers [{neurons}, {neurons}] as pairs", found)
    if not np.isfinite(pairs).all():
        raise _unfit(str(path), "hold finite pairs", "holds others", "mending and saving it")
    return pairs.astype(np.float64)


def read_arrays(stream: IO[bytes], source: str, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Read arrays by name from an open ``.npz`` file; ``source`` names it in messages.

    Raises `DataError` as `Archive` does.

    ``stream``: opened to read bytes.
    """
    return Archive(stream, source).read(names)


def _flat(labels: np.ndarray) -> np.ndarray:
    return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels


def _unfit(source: str, requirement: str, actual: str, remedy: str = "saving it anew") -> DataError:
    return DataError(source, requirement, actual, f"{remedy} with numpy.savez_compressed")
