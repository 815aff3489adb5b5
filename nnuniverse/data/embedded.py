"""The part of MNIST that comes with the package, so that nothing needs to be fetched."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from nnuniverse.data.dataset import Dataset, from_arrays
from nnuniverse.data.npz import ARRAYS, read_arrays
from nnuniverse.errors import DataError

SUBSET_FILE = "mnist_subset.npz"
TRAIN_SAMPLES = 6000
TEST_SAMPLES = 1000
CLASSES = 10
FINGERPRINT = "c8f1e6d87ab365d7e9a72be7d18c3fb2c0c1bdd313ca1e4b73d3dcc82bc90bc1"
"""`Dataset.fingerprint` of the subset as it was taken from the original files."""


def load_embedded() -> Dataset:
    """Load the first 6,000 training and the first 1,000 test images of MNIST, in file order.

    Inputs are (samples, 784) uint8 in 0 .. 255, 0 the background; see ``MNIST.md`` beside this
    file for authors and licence.  The file is read once, so that nobody may write into its arrays.

    Raises `DataError` if the installed file is missing or is not the one that was packaged.
    """
    place = resources.files("nnuniverse.data").joinpath(SUBSET_FILE)
    return _read(place)  # type: ignore[arg-type]  # a path, or one in a zip file: both have a hash


@cache
def _read(place: Traversable) -> Dataset:
    remedy = "installing nnuniverse again"
    try:
        with place.open("rb") as stream:
            arrays = read_arrays(stream, str(place), ARRAYS)
    except OSError as error:
        raise DataError(
            str(place), "be part of the installation", f"cannot be read: {error}", remedy
        ) from error
    for array in arrays.values():
        array.flags.writeable = False
    x_train, y_train, x_test, y_test = (arrays[name] for name in ARRAYS)
    dataset = from_arrays(
        "mnist", (x_train, y_train), (x_test, y_test), source=str(place), classes=CLASSES
    )
    if dataset.fingerprint != FINGERPRINT:
        actual = f"has {dataset.fingerprint[:12]}"
        raise DataError(str(place), f"have the fingerprint {FINGERPRINT[:12]}", actual, remedy)
    return dataset
