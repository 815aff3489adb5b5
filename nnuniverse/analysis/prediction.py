"""A number printed from one run, against runs of ours: whether it could be one more."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtr

MOST_RUNS = 10_000
"""Runs up to which `runs_to_differ` looks."""


def prediction_p_value(values: np.ndarray, printed: float, half_digit: float = 0.0) -> float:
    """Return the p-value of the hypothesis that ``printed`` is one more run like those of ours.

    ``t = max(|printed - mean| - half_digit, 0) / (sd sqrt(1 + 1/n))``, two-sided, with n - 1
    degrees of freedom.  An interval of the mean would be too short by sqrt(n + 1): it says where
    the mean is, not where a run is.

    ``values``: of n >= 2 independent runs, on a scale on which they are close to normal, (n,);
    ``printed``: on the same scale; ``half_digit``: half a unit of its last digit there.  Measured
    size at 5 %: 5.0 % for normal values, n = 5 (docs/analysis.md).  Returns NaN for fewer than
    two finite values.  If all values are equal: 1 if ``printed`` is that value, else 0.
    """
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return float("nan")
    error = float(values.std(ddof=1) * np.sqrt(1.0 + 1.0 / len(values)))
    return _two_sided(_distance(values, printed, half_digit), error, len(values) - 1)


def runs_to_differ(
    values: np.ndarray, printed: float, level: float, half_digit: float = 0.0
) -> int | None:
    """Return how many runs of the mean and spread of ``values`` would give p <= ``level``.

    An extrapolation, which says how far from a decision it is.  The arguments are those of
    `prediction_p_value`.  Returns None where not even `MOST_RUNS` would.
    """
    values = values[np.isfinite(values)]
    spread = float(values.std(ddof=1))
    distance = _distance(values, printed, half_digit)
    for runs in range(2, MOST_RUNS):
        if _two_sided(distance, spread * np.sqrt(1.0 + 1.0 / runs), runs - 1) <= level:
            return runs
    return None


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return p-values corrected for there being several, in the order given.

    ``max_{j <= i} min(1, (m - j + 1) p_(j))`` for the i-th smallest of m (Holm 1979): with those
    at most a level called significant, the chance of one or more false calls is at most that level,
    however they depend on each other.  The family is to be fixed before the data are seen.

    ``p_values``: (m,), without NaN.
    """
    order = np.argsort(p_values)
    steps = np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(steps * p_values[order]), 1.0)
    return corrected


def _distance(values: np.ndarray, printed: float, half_digit: float) -> float:
    return max(abs(printed - float(values.mean())) - half_digit, 0.0)


def _two_sided(distance: float, error: float, freedom: int) -> float:
    if error == 0.0:
        return float(distance == 0.0)
    return float(2.0 * stdtr(freedom, -distance / error))
