"""From the stored numbers to the numbers a net is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from nnuniverse.errors import ConfigError, DataError

Scale = Literal["unit", "symmetric", "raw", "standardised", "per_feature"]
Targets = Literal["zero_one", "plus_minus"]
Precision = Literal["float32", "float64"]

_ROWS = 1024  # samples converted at a time: bounds the memory taken in float64


def scale_inputs(
    inputs: np.ndarray,
    scale: Scale,
    reference: np.ndarray,
    precision: Precision = "float32",
) -> npt.NDArray[np.floating]:
    """Map stored inputs to a ``precision``, by a map that ``reference`` alone fixes.

    unit          u = x / x_max for integers of 8 or 16 bits, x_max the largest of the dtype
                  (255 for uint8); u = (x - a) / (b - a) for floats and wider integers, which
                  have no such range, with a, b the least and largest value of ``reference``
    symmetric     2 u - 1
    raw           x
    standardised  (x - m) / s with m, s mean and standard deviation (divisor n) over all values
                  of ``reference`` together (MNIST: m = 0.13066, s = 0.30811 in terms of u)
    per_feature   (x_j - m_j) / s_j with those of each feature j; s_j = 1 where it is constant

    ``inputs``: (samples, features); ``reference``: the training inputs, of the same dtype, so
    that train and test share one map.  Computed in float64, rounded once; no unit.

    Raises `ConfigError` for an unknown ``scale``; `DataError` if ``reference`` is empty, of
    another dtype, or constant where its spread is divided by, or if a result leaves the range
    of float32.
    """
    if scale not in get_args(Scale):
        raise _unknown("data.input_scale", scale, get_args(Scale))
    if reference.size == 0 or inputs.dtype != reference.dtype:
        raise DataError(
            "the reference inputs",
            f"be {inputs.dtype} values, at least one",
            f"are {reference.size} values of {reference.dtype}",
            "the training inputs of the same dataset",
        )
    shift, width = _map_of(scale, reference)
    scaled = np.empty(inputs.shape, dtype=precision)
    with np.errstate(over="ignore"):  # what overflows is found below
        for start, block in _blocks(inputs):
            values = (block - shift) / width
            if scale == "symmetric":
                values = 2.0 * values - 1.0
            scaled[start : start + len(block)] = values
    if inputs.dtype.kind == "f" and not np.isfinite(scaled).all():
        raise DataError(
            "the scaled inputs",
            f"fit into {precision}",
            f"do not after `data.input_scale` {scale}",
            "data.input_scale=standardised, or removing the outliers",
        )
    return scaled


def encode_targets(labels: np.ndarray, classes: int, targets: Targets) -> npt.NDArray[np.float32]:
    """Write class numbers as output vectors: y_k = 1 for k the class, else 0 or -1.

    ``labels``: (samples,) integers in 0 .. classes - 1; ``targets``: ``zero_one`` or
    ``plus_minus`` for what the other outputs are.  Returns (samples, classes).

    Raises `ConfigError` for unknown ``targets``; `DataError` for a label out of range.

    >>> encode_targets(np.array([1, 0]), 2, "plus_minus").tolist()
    [[-1.0, 1.0], [1.0, -1.0]]
    """
    if targets not in get_args(Targets):
        raise _unknown("data.targets", targets, get_args(Targets))
    wrong = labels[(labels < 0) | (labels >= classes)]
    if wrong.size:
        raise DataError(
            "labels", f"be in 0 .. {classes - 1}", f"include {wrong[0]}", "more classes"
        )
    off = 0.0 if targets == "zero_one" else -1.0
    encoded = np.full((len(labels), classes), off, dtype=np.float32)
    encoded[np.arange(len(labels)), labels] = 1.0
    return encoded


def rotate_inputs(inputs: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Return ``R x`` of each of the ``inputs`` x, (samples, features), in their precision.

    R is one random rotation or reflection, uniform among the orthogonal matrices, and the same
    for every data set of as many features.
    """
    size = inputs.shape[1]
    random = np.random.default_rng(size)
    q, r = np.linalg.qr(random.standard_normal((size, size)))
    rotation = q * np.sign(np.diag(r))  # which makes it uniform: math-ph/0609050
    return (inputs.astype(np.float64) @ rotation.T).astype(inputs.dtype)


Constant = float | npt.NDArray[np.float64]


def _map_of(scale: Scale, reference: np.ndarray) -> tuple[Constant, Constant]:
    """Return (shift, width) of the map x -> (x - shift) / width, of each feature or of all."""
    if scale == "raw":
        return 0.0, 1.0
    if scale == "per_feature":
        return _means_and_deviations(reference)
    if scale == "standardised":
        shift, width = _mean_and_deviation(reference)
    elif reference.dtype.kind in "ui" and reference.dtype.itemsize <= 2:
        shift, width = 0.0, float(np.iinfo(reference.dtype).max)
    else:
        shift = float(reference.min())
        with np.errstate(over="ignore"):
            width = float(np.float64(reference.max()) - shift)
    if not (np.isfinite(shift) and np.isfinite(width) and width > 0.0):
        is_constant = reference.min() == reference.max()
        actual = f"all are {reference.min()}" if is_constant else "their spread overflows"
        raise _no_spread(scale, actual)
    return shift, width


def _mean_and_deviation(reference: np.ndarray) -> tuple[float, float]:
    if reference.min() == reference.max():  # exact, where the sums below would round
        return float(reference.flat[0]), 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        mean = sum(float(block.sum()) for _, block in _blocks(reference)) / reference.size
        squares = sum(float(np.square(block - mean).sum()) for _, block in _blocks(reference))
        return mean, float(np.sqrt(squares / reference.size))


def _means_and_deviations(
    reference: np.ndarray,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the mean of each feature, and its deviation, 1 of those that are constant."""
    constant = reference.min(axis=0) == reference.max(axis=0)  # exact, where sums would round
    with np.errstate(over="ignore", invalid="ignore"):
        mean = sum(block.sum(axis=0) for _, block in _blocks(reference)) / len(reference)
        mean = np.where(constant, reference[0].astype(np.float64), mean)
        squares = sum(np.square(block - mean).sum(axis=0) for _, block in _blocks(reference))
        deviation = np.where(constant, 1.0, np.sqrt(squares / len(reference)))
    if not (np.isfinite(mean).all() and np.isfinite(deviation).all() and deviation.all()):
        raise _no_spread("per_feature", "the spread of a feature overflows")
    return mean, deviation


def _no_spread(scale: Scale, actual: str) -> DataError:
    return DataError(
        "the training inputs",
        f"vary within the range of float64 for `data.input_scale` {scale}",
        actual,
        "data.input_scale=raw or other data",
    )


def _blocks(inputs: np.ndarray) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
    for start in range(0, len(inputs), _ROWS):
        yield start, inputs[start : start + _ROWS].astype(np.float64)


def _unknown(key: str, value: object, known: tuple[str, ...]) -> ConfigError:
    return ConfigError(
        f"`{key}`", f"be one of {', '.join(known)}", f"is {value}", f"{key}={known[0]}"
    )
