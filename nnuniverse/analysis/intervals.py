"""Means with intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri, stdtrit

CONFIDENCE = 0.95
"""Coverage of every interval."""


class Estimate(NamedTuple):
    """A value and its interval of `CONFIDENCE`; the ends are NaN where there is none."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def mean_over_replicas(values: np.ndarray) -> Estimate:
    """Return the mean over the first axis with Student's t interval.

    Missing replicas (NaN) are left out; with fewer than two there is no interval.
    """
    present = np.isfinite(values)
    count = present.sum(axis=0)
    some, enough = np.maximum(count, 1), count > 1
    mean = np.where(present, values, 0.0).sum(axis=0) / some
    squares = np.where(present, (values - mean) ** 2, 0.0).sum(axis=0)
    freedom = np.maximum(count - 1, 1)
    error = np.sqrt(squares / freedom / some)
    half = stdtrit(freedom, 0.5 + CONFIDENCE / 2.0) * error
    mean = np.where(count > 0, mean, np.nan)
    half = np.where(enough, half, np.nan)
    return Estimate(mean, mean - half, mean + half)


def bootstrap_interval(value: np.ndarray, resampled: np.ndarray, drawn_from: float) -> Estimate:
    """Return ``value`` with the percentile interval of a bootstrap from ``drawn_from`` things.

    The percentiles' distances from the value are widened by Student's t with drawn_from - 1
    degrees of freedom over the normal quantile.
    """
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.nanpercentile(resampled, [tail, 100.0 - tail], axis=0)
    upper = 0.5 + CONFIDENCE / 2.0
    widening = stdtrit(max(drawn_from - 1.0, 1.0), upper) / ndtri(upper)
    return Estimate(value, value + widening * (low - value), value + widening * (high - value))
