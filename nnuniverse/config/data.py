"""`data`: where the samples come from and how they reach the boundary neurons."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from nnuniverse.config.model import ConfigModel, NamesExtension, NamesPath
from nnuniverse.extensions import DATA

MADE_OF_INPUTS = ("inputs", "rotated")
"""Targets that are as many as the inputs, and need no labels."""


class _Data(ConfigModel):
    kind: str
    """The source of the samples."""
    train_samples: PositiveInt | None = None
    """How many training samples to use, in the order of the source; null: all of them."""
    test_samples: PositiveInt | None = None
    """How many test samples to use, in the order of the source; null: all of them."""
    input_scale: Literal["unit", "symmetric", "raw", "standardised", "per_feature"] = "unit"
    """[0, 1]; [-1, 1]; as they are; mean 0, variance 1 of all values together; or per feature."""
    targets: Literal["zero_one", "plus_minus", "inputs", "rotated", "real"] = "zero_one"
    """One-hot: 0 and 1, or -1 and +1; the inputs, also rotated: an auto-encoder; real ones."""
    pool: PositiveInt = 1
    """Images are averaged over squares of so many pixels along either side."""


class EmbeddedData(_Data):
    """The first 6,000 training and 1,000 test images of MNIST, inside the package."""

    kind: Literal["embedded"] = "embedded"
    """The source of the samples."""


class TfdsData(_Data):
    """An image-classification set of tensorflow-datasets, read without TensorFlow."""

    kind: Literal["tfds"]
    """The source of the samples."""
    name: Annotated[str, Field(min_length=1)]
    """Name as in tensorflow-datasets, e.g. mnist or fashion_mnist."""
    data_dir: Annotated[str | None, NamesPath()] = None
    """Folder of prepared data sets; null: the one that tensorflow-datasets uses."""
    manual_dir: Annotated[str | None, NamesPath()] = None
    """Folder that holds the original files, used instead of the network."""
    train_split: str = "train"
    """Split to train on, in the notation of tensorflow-datasets."""
    test_split: str = "test"
    """Split to test on, in the notation of tensorflow-datasets."""
    download: bool = True
    """Whether the network may be used to prepare a set that is not there."""


class IdxData(_Data):
    """Files in the format of the original MNIST, gzipped or not."""

    kind: Literal["idx"]
    """The source of the samples."""
    directory: Annotated[str, NamesPath()]
    """Folder with the four files under their usual names."""


class NpzData(_Data):
    """A NumPy archive with the arrays x_train, y_train, x_test and y_test.

    y_train and y_test are class numbers, or, for `targets: real`, floats (samples, outputs).
    """

    kind: Literal["npz"]
    """The source of the samples."""
    path: Annotated[str, NamesPath()]
    """The archive."""


class NormalData(_Data):
    """Independent normal numbers of mean zero, for targets that are made of the inputs."""

    kind: Literal["normal"]
    """The source of the samples."""
    inputs: Annotated[int, Field(ge=1, le=100_000)]
    """Numbers per sample."""
    deviation: PositiveFloat = 1.0
    """Their standard deviation."""
    clip: PositiveFloat | None = None
    """Numbers beyond +-clip are set to it; null: none are."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of the samples, the same for all replicas."""
    train_samples: PositiveInt = 1000
    """How many training samples to draw."""
    test_samples: PositiveInt = 1000
    """How many test samples to draw."""
    input_scale: Literal["unit", "symmetric", "raw", "standardised", "per_feature"] = "raw"
    """[0, 1]; [-1, 1]; as they are; mean 0, variance 1 of all values together; or per feature."""
    targets: Literal["inputs", "rotated"] = "inputs"
    """The inputs: an auto-encoder; or a fixed random rotation of them."""


class InstalledData(_Data):
    """Samples that a function of an installed package returns."""

    kind: Literal["installed"]
    """The source of the samples."""
    name: Annotated[str, NamesExtension(DATA)]
    """The name under which the package declares it."""


DataConfig = Annotated[
    EmbeddedData | TfdsData | IdxData | NpzData | NormalData | InstalledData,
    Field(discriminator="kind"),
]
