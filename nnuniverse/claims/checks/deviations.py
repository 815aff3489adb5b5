"""How far two sets of numbers are apart, and samples from zero."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.residuals import Residual

Numbers = np.ndarray | float


def deviation(one: Numbers, other: Numbers, scale: Numbers | None = None) -> Residual:
    """Return the largest ``|one - other|`` over the ``scale``, that of ``other`` if none is given.

    The scale of an array is its largest magnitude.
    """
    scale = other if scale is None else scale
    return Residual(float(np.max(np.abs(np.asarray(one) - other)) / np.max(np.abs(scale))))


def out_of_line(one: np.ndarray, other: np.ndarray) -> Residual:
    """Return the sine of the angle between two vectors: 0 if they are multiples of one another.

    ``other``: the other vector, of the same shape.
    """
    along = np.dot(one, other) / np.dot(other, other)
    return Residual(float(np.linalg.norm(one - along * other) / np.linalg.norm(one)))


def relative(left: np.ndarray, right: np.ndarray) -> Residual:
    """Return ``|left - right| / |right|``, norms over all entries."""
    return Residual(float(np.linalg.norm(left - right) / np.linalg.norm(right)))


def sampled(samples: np.ndarray) -> Residual:
    """Return the mean of independent samples of what is zero on average, with its error."""
    error = samples.std(ddof=1) / np.sqrt(len(samples))
    return Residual(float(abs(samples.mean())), standard_error=float(error))
