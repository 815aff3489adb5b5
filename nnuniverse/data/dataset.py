"""A labelled dataset as arrays: what every loader of this folder returns."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nnuniverse.errors import ConfigError, DataError

MOST_CLASSES = 65536
"""Limit of convenience on classes inferred from labels: labels beyond it are no class numbers."""


@dataclass(frozen=True, eq=False)
class Split:
    """The samples of one half of a dataset, train or test, in a fixed order.

    ``inputs``: (samples, features), in the dtype of the source (uint8 for images).
    ``labels``: (samples,), the class number of each sample, int32 once in a `Dataset`; or
    (samples, outputs), real targets, in the dtype of the source.
    """

    inputs: np.ndarray
    labels: np.ndarray

    @property
    def samples(self) -> int:
        """The number of samples."""
        return int(self.inputs.shape[0])


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training and test samples with their labels, checked once and read-only after.

    ``name``: what the user calls it; ``classes``: the number of classes, of which the labels
    are 0 .. classes - 1, None where they are real targets; ``shape``: the shape of one sample
    before it was laid out in a row, e.g. (28, 28); ``source``: where it came from, for messages
    and provenance only.

    Raises `DataError` unless both splits hold at least one sample, the inputs are finite
    integers or floats, of one dtype and with prod(shape) features in both splits, and there is
    one integer label in 0 .. classes - 1 for each sample, or a row of finite targets, equally
    long in both splits.
    """

    name: str
    train: Split
    test: Split
    classes: int | None
    shape: tuple[int, ...]
    source: str = ""

    def __post_init__(self) -> None:
        where = self.source or f"dataset `{self.name}`"
        train = _checked(self.train, f"train split of {where}", self.classes, self.shape)
        test = _checked(self.test, f"test split of {where}", self.classes, self.shape)
        _check_same_dtype(train.inputs.dtype, test.inputs.dtype, where)
        _check_same_width(train.labels.shape[1:], test.labels.shape[1:], where)
        object.__setattr__(self, "train", train)
        object.__setattr__(self, "test", test)

    @property
    def features(self) -> int:
        """The number of features of one sample, prod(shape)."""
        return math.prod(self.shape)

    @property
    def outputs(self) -> int:
        """The number of outputs: one per class, or of the real targets."""
        return int(self.train.labels.shape[1]) if self.classes is None else self.classes

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256, in hex, over everything that defines the numbers.

        It covers the number of classes, the shape of a sample, and dtype, shape and bytes of
        inputs and labels of both splits, in little-endian order on every machine.  ``name`` and
        ``source`` do not enter: the same samples have one fingerprint wherever they came from.
        """
        digest = hashlib.sha256(f"nnuniverse dataset 1 {self.classes} {self.shape}".encode())
        for split in (self.train, self.test):
            for array in (split.inputs, split.labels):
                portable = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
                digest.update(f" {portable.dtype.str} {portable.shape} ".encode())
                digest.update(portable.data)
        return digest.hexdigest()

    def take(self, train_samples: int | None, test_samples: int | None) -> Dataset:
        """Return the first ``train_samples`` and ``test_samples`` samples; None keeps all.

        The number of classes stays, whichever labels remain.  Raises `ConfigError`, naming
        ``data.train_samples`` or ``data.test_samples``, for less than one or more than there are.
        """
        if train_samples is None and test_samples is None:
            return self
        train = self._first(self.train, train_samples, "data.train_samples")
        test = self._first(self.test, test_samples, "data.test_samples")
        return replace(self, train=train, test=test)

    def _first(self, split: Split, wanted: int | None, key: str) -> Split:
        if wanted is None:
            return split
        if not 1 <= wanted <= split.samples:
            raise ConfigError(
                f"`{key}`",
                f"be between 1 and the {split.samples} samples of `{self.name}`",
                f"is {wanted}",
                f"{key}={split.samples}",
            )
        return Split(split.inputs[:wanted], split.labels[:wanted])


def from_arrays(
    name: str,
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    *,
    source: str,
    classes: int | None = None,
    labels_from: Sequence[str] = ("train labels", "test labels"),
) -> Dataset:
    """Build a dataset from pairs (samples, ...) of inputs and (samples,) of labels.

    A sample of more than one dimension is laid out in a row, last index fastest.  Without
    ``classes`` there are as many as the largest label says: max(labels) + 1 over both splits; and
    none if the labels of both are floats, real targets, (samples, outputs) or (samples,).
    ``labels_from`` names the two label arrays in messages.

    Raises `DataError`, naming ``source``, for what `Dataset` does not accept.

    ``name``: its name; ``train``: inputs, (samples, ...), and labels, (samples,); ``test``: inputs,
    (samples, ...), and labels, (samples,).
    """
    for label, (inputs, _) in zip(("train", "test"), (train, test), strict=True):
        if inputs.ndim < 2:
            raise DataError(
                f"{label} inputs of {source}",
                "have at least 2 dimensions, samples first",
                f"have shape {inputs.shape}",
                "the images where the labels were given, or a reshape to (samples, features)",
            )
    shape = tuple(int(length) for length in train[0].shape[1:])
    if test[0].shape[1:] != shape:
        raise DataError(
            f"test samples of {source}",
            f"have the shape {shape} of its train samples",
            f"have shape {test[0].shape[1:]}",
            "train and test files of the same dataset",
        )
    if classes is None and train[1].dtype.kind == test[1].dtype.kind == "f":
        train, test = (train[0], _columns(train[1])), (test[0], _columns(test[1]))
    elif classes is None:
        pairs = zip((train[1], test[1]), labels_from, strict=True)
        classes = max(_classes_of(labels, f"{label} of {source}") for labels, label in pairs)
    return Dataset(
        name=name,
        train=Split(_in_rows(train[0]), train[1]),
        test=Split(_in_rows(test[0]), test[1]),
        classes=classes,
        shape=shape,
        source=source,
    )


def _in_rows(inputs: np.ndarray) -> np.ndarray:
    return inputs.reshape(inputs.shape[0], math.prod(inputs.shape[1:]))


def _columns(targets: np.ndarray) -> np.ndarray:
    """Return one real target per sample as targets of one column."""
    return targets[:, None] if targets.ndim == 1 else targets


def _classes_of(labels: np.ndarray, what: str) -> int:
    """Return max(labels) + 1, of labels that can be class numbers."""
    _check_labels(labels, what, classes=MOST_CLASSES)
    return int(labels.max()) + 1 if labels.size else 1


def _checked(split: Split, what: str, classes: int | None, shape: tuple[int, ...]) -> Split:
    """Return the split with native, read-only inputs and labels, int32 if classes, or raise."""
    inputs, labels = split.inputs, split.labels
    features = math.prod(shape)
    if inputs.ndim != 2 or inputs.shape[0] < 1 or inputs.shape[1] != features or features < 1:
        raise DataError(
            f"inputs of the {what}",
            f"have shape (samples, {features}) with at least one sample and one feature",
            f"have shape {inputs.shape}",
            "another file or split",
        )
    if inputs.dtype.kind not in "uif" or inputs.dtype.itemsize > 8:
        raise DataError(
            f"inputs of the {what}",
            "be integers or floats of at most 64 bits",
            f"are {inputs.dtype}",
            "saving them as uint8 or float32",
        )
    if inputs.dtype.kind == "f" and not np.isfinite(inputs).all():
        raise DataError(
            f"inputs of the {what}",
            "be finite",
            f"hold {np.count_nonzero(~np.isfinite(inputs))} NaN or infinite values",
            "removing those samples",
        )
    if classes is None:
        _check_targets(labels, f"targets of the {what}")
    else:
        _check_labels(labels, f"labels of the {what}", classes)
    if labels.shape[0] != inputs.shape[0]:
        raise DataError(
            f"the {what}",
            "hold one label for each sample",
            f"holds {inputs.shape[0]} samples and {labels.shape[0]} labels",
            "files that belong together",
        )
    kept = labels.dtype.newbyteorder("=") if classes is None else np.dtype(np.int32)
    native = inputs.astype(inputs.dtype.newbyteorder("="), copy=False)
    return Split(_read_only(native), _read_only(labels.astype(kept, copy=False)))


def _check_targets(targets: np.ndarray, what: str) -> None:
    fits = targets.ndim == 2 and targets.shape[1] > 0
    if not fits or targets.dtype.kind != "f" or targets.dtype.itemsize > 8:
        raise DataError(
            what,
            "be floats of at most 64 bits, of shape (samples, outputs)",
            f"are {targets.dtype} of shape {targets.shape}",
            "a column of floats per output",
        )
    with np.errstate(over="ignore"):  # what overflows is told of below
        finite = np.isfinite(targets.astype(np.float32)).all()
    if not finite:
        raise DataError(
            what,
            "be finite in float32",
            "hold NaN or other values that are not",
            "removing those samples, or other units",
        )


def _check_labels(labels: np.ndarray, what: str, classes: int) -> None:
    if labels.ndim != 1 or labels.dtype.kind not in "ui":
        raise DataError(
            what,
            "be integers, one for each sample",
            f"are {labels.dtype} of shape {labels.shape}",
            "class numbers counted from 0, of shape (samples,), or floats in both splits",
        )
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if wrong.size:
        raise DataError(
            what,
            f"be in 0 .. {classes - 1}",
            f"include {labels[wrong[0]]} at sample {wrong[0]}",
            "class numbers counted from 0, or a split that has labels",
        )


def _check_same_dtype(train: np.dtype, test: np.dtype, where: str) -> None:
    if train != test:
        raise DataError(
            f"test inputs of {where}",
            f"be {train} as its train inputs are",
            f"are {test}",
            "saving both with one dtype",
        )


def _check_same_width(train: tuple[int, ...], test: tuple[int, ...], where: str) -> None:
    if train != test:
        raise DataError(
            f"test targets of {where}",
            f"have {train[0]} outputs as its train targets have",
            f"have {test[0]}",
            "train and test targets of the same quantities",
        )


def _read_only(array: np.ndarray) -> np.ndarray:
    """Return a view that cannot be written through; the caller's own array keeps its flags."""
    view = array.view()
    view.flags.writeable = False
    return view
