"""Image classification sets of tensorflow-datasets, without TensorFlow."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

import numpy as np

from nnuniverse.data.dataset import Dataset, from_arrays
from nnuniverse.data.tfds.behaviour import quiet
from nnuniverse.data.tfds.interfaces import Builder, RecordSource
from nnuniverse.data.tfds.prepare import (
    FILE_FORMAT,
    WAYS_OUT,
    Request,
    failed,
    prepared_builder,
)
from nnuniverse.errors import ConfigError, DataError

PACKAGES = ("tensorflow-datasets", "array_record", "importlib_resources", "pillow")
"""What to install; the first declares array_record on Linux alone, the last two nowhere."""

_NAME = re.compile(r"(?P<set>\w+)(/(?P<config>[\w.\-]+))?(:(?P<version>\d+\.\d+\.\d+))?")
_BLOCK = 1000  # examples read at a time


def load_tfds(
    name: str,
    *,
    data_dir: Path | str | None = None,
    train_split: str = "train",
    test_split: str = "test",
    download: bool = True,
    manual_dir: Path | str | None = None,
) -> Dataset:
    """Load an image classification set of tensorflow-datasets.

    ``name``: as in tensorflow-datasets, with configuration and version if wanted: ``mnist``,
    ``emnist/letters``, ``cifar10:3.0.2``.  ``data_dir``: where sets are prepared and looked
    for, by default that of tensorflow-datasets (``TFDS_DATA_DIR``, else
    ``~/tensorflow_datasets``).  ``train_split``, ``test_split``: in its split language, e.g.
    ``train[:6000]``.  ``download``: whether the network may be used.  ``manual_dir``: a folder
    with the original files, whose checksums are verified, in place of downloading them.

    A set that is not yet prepared in ``data_dir`` is prepared there: mnist, fashion_mnist,
    kmnist and emnist here, any other by its stock builder where TensorFlow is installed.
    Nothing is written outside ``data_dir``.  Preparing mnist takes some 15 s, reading all of it
    as long; a part such as ``train[:6000]`` takes its share.

    Inputs are (samples, height * width * channels) in the dtype of the set, uint8 as a rule;
    a single channel is dropped from ``shape``, so that mnist has shape (28, 28).

    Order: tensorflow-datasets shuffles when it writes, always in the same way.  The first 6,000
    samples of mnist are therefore not the first 6,000 rows of the original IDX file, as they
    are with ``data.kind=embedded`` and ``data.kind=idx``.  Of emnist there are, as with the
    stock builder, the first samples of each original file, as many as it declares.

    Raises `ConfigError` for an unknown name, configuration, split or folder; `DataError` if the
    packages are missing, the network is out of reach, a file has the wrong checksum, the set is
    not prepared and cannot be, or it does not hold images of one size with one class each.
    """
    request = _request(name, data_dir, manual_dir, download)
    tfds = _import_tfds()
    with quiet():
        builder = prepared_builder(tfds, request)
        image, label = _image_and_label(tfds, builder, request)
        train_source = _source(builder, train_split, "data.train_split", request)
        test_source = _source(builder, test_split, "data.test_split", request)
        train = _read(train_source, image, label, request)
        test = _read(test_source, image, label, request)
    return from_arrays(
        name,
        train,
        test,
        source=f"{request.text} in {builder.data_dir}",
        classes=int(builder.info.features[label].num_classes),
    )


def _request(
    name: str, data_dir: Path | str | None, manual_dir: Path | str | None, download: bool
) -> Request:
    match = _NAME.fullmatch(name)
    if match is None:
        raise ConfigError(
            "`data.name`",
            "be the name of a set of tensorflow-datasets",
            f"is {name}",
            "data.name=mnist or data.name=emnist/letters",
        )
    manual = None if manual_dir is None else Path(manual_dir).expanduser()
    if manual is not None and not manual.is_dir():
        raise ConfigError(
            "`data.manual_dir`",
            "name a folder",
            f"is {manual}",
            "the folder of the original files, or leaving it out",
        )
    return Request(
        name=match["set"],
        config=match["config"],
        version=match["version"],
        data_dir=None if data_dir is None else Path(data_dir).expanduser(),
        manual_dir=manual,
        download=download,
    )


def _import_tfds() -> ModuleType:
    try:
        for name in ("array_record.python.array_record_data_source", "importlib_resources", "PIL"):
            importlib.import_module(name)
        return importlib.import_module("tensorflow_datasets")
    except ImportError as error:
        raise DataError(
            "`data.kind` tfds",
            f"find the packages {', '.join(PACKAGES)}",
            f"does not: {error}",
            f"`pip install {' '.join(PACKAGES)}`, or {WAYS_OUT}",
        ) from error


def _image_and_label(tfds: ModuleType, builder: Builder, request: Request) -> tuple[str, str]:
    """Return the names of the image and of the class among the features of the set."""
    features = dict(builder.info.features.items())
    pair = builder.info.supervised_keys
    keys = pair if isinstance(pair, tuple) and len(pair) == 2 else tuple(features)
    images = [key for key in keys if isinstance(features.get(key), tfds.features.Image)]
    labels = [key for key in keys if isinstance(features.get(key), tfds.features.ClassLabel)]
    if len(images) != 1 or len(labels) != 1:
        raise DataError(
            f"{request.text} of tensorflow-datasets",
            "have one image and one class for each sample",
            f"has the features {', '.join(sorted(features))}",
            "an image classification set such as data.name=mnist",
        )
    return images[0], labels[0]


def _source(builder: Builder, split: str, key: str, request: Request) -> RecordSource:
    known = sorted(builder.info.splits)
    try:
        return builder.as_data_source(split=split, file_format=FILE_FORMAT)
    except (ValueError, AssertionError, KeyError) as error:
        raise ConfigError(
            f"`{key}`",
            f"be a split of {request.text} or a part of one that is not empty",
            f"is {split}",
            f"one of {', '.join(known)}",
        ) from error
    except Exception as error:  # files of the set are missing
        raise failed(request, "be readable where it is prepared", error) from error


def _read(
    source: RecordSource, image: str, label: str, request: Request
) -> tuple[np.ndarray, np.ndarray]:
    """Return the images, a single channel dropped, and the labels of a data source."""
    samples = len(source)
    images = np.empty(0)
    labels = np.empty(samples, dtype=np.int64)
    for start in range(0, samples, _BLOCK):
        numbers = range(start, min(start + _BLOCK, samples))
        try:
            examples = source.__getitems__(list(numbers))
        except Exception as error:  # whatever a damaged file makes of it
            raise failed(request, "be readable where it is prepared", error) from error
        for number, example in zip(numbers, examples, strict=True):
            pixels = np.asarray(example[image])
            if number == 0:
                images = np.empty((samples, *pixels.shape), dtype=pixels.dtype)
            if pixels.shape != images.shape[1:]:
                raise DataError(
                    f"{request.text} of tensorflow-datasets",
                    "have images of one size",
                    f"has some of {images.shape[1:]} and some of {pixels.shape}",
                    "a set such as data.name=mnist or data.name=cifar10",
                )
            images[number] = pixels
            labels[number] = example[label]
    return (images[..., 0] if images.ndim == 4 and images.shape[-1] == 1 else images), labels
