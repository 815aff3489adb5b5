"""A share of replicas: its exact interval, and with how many seeds it would be told."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv

from nnuniverse.analysis.prediction import MOST_RUNS
from nnuniverse.intervals import CONFIDENCE

MOST = 0.5
"""The share above which most replicas show something."""


def share_interval(
    successes: np.ndarray | int, trials: np.ndarray | int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the exact interval of a share (Clopper and Pearson 1934).

    ``I_low(k, n - k + 1) = alpha/2``, ``I_high(k + 1, n - k) = 1 - alpha/2`` with the regularised
    incomplete beta function; 0 for k = 0 and 1 for k = n.  It covers the true share in at least
    `CONFIDENCE` of all cases.

    ``successes``: how many did; ``trials``: of how many.
    """
    k, n = np.asarray(successes, float), np.asarray(trials, float)
    tail = (1.0 - CONFIDENCE) / 2.0
    with np.errstate(invalid="ignore"):
        low = np.where(k > 0, betaincinv(np.maximum(k, 1e-300), n - k + 1.0, tail), 0.0)
        high = np.where(k < n, betaincinv(k + 1.0, np.maximum(n - k, 1e-300), 1.0 - tail), 1.0)
    return low, high


def seeds_to_tell(share: float, level: float) -> tuple[int | None, int | None]:
    """Return with how many seeds of this share it would be below ``level``, and above one half."""
    trials = np.arange(3, MOST_RUNS)
    low, high = share_interval(np.rint(share * trials).astype(int), trials)
    return _first(trials, high < level), _first(trials, low > MOST)


def _first(numbers: np.ndarray, enough: np.ndarray) -> int | None:
    found = np.flatnonzero(enough)
    return int(numbers[found[0]]) if len(found) else None
