"""A number printed from one run, against runs of ours: whether it could be one more."""

from __future__ import annotations

import bisect
from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.special import stdtr

MOST_RUNS = 10_000
"""Runs up to which `runs_to_differ` looks."""


def prediction_p_value(
    values: Float[np.ndarray, " n"],
    printed: float,
    half_digit: float = 0.0,
    printed_runs: float = 1.0,
) -> float:
    """Return the p-value of the hypothesis that ``printed`` is one more run like those of ours.

    ``t = max(|printed - mean| - half_digit, 0) / (sd sqrt(1/m + 1/n))``, two-sided, with n - 1
    degrees of freedom.  An interval of the mean would be too short by sqrt(n + 1): it says where
    the mean is, not where a run is.

    ``values``: of n >= 2 independent runs, on a scale on which they are close to normal, (n,);
    ``printed``: on the same scale; ``half_digit``: half a unit of its last digit there;
    ``printed_runs``: m, of how many runs it is the mean, inf if of very many.  Measured
    size at 5 %: 5.0 % for normal values, n = 5 (docs/analysis.md).  Returns NaN for fewer than
    two finite values.  If all values are equal: 1 if ``printed`` is that value, else 0.

    >>> round(prediction_p_value(np.array([1.0, 2.0, 3.0]), printed=6.0), 3)
    0.074
    """
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return float("nan")
    error = float(values.std(ddof=1) * np.sqrt(1.0 / printed_runs + 1.0 / len(values)))
    return _two_sided(_distance(values, printed, half_digit), error, len(values) - 1)


def bound_p_value(values: Float[np.ndarray, " n"], bound: float) -> float:
    """Return the p-value of the hypothesis that one more run like those of ours reaches ``bound``.

    ``t = (bound - mean) / (sd sqrt(1 + 1/n))``, one-sided, with n - 1 degrees of freedom: the
    chance of a value of ``bound`` or more.  Of an upper bound, with all signs turned.

    ``values``, ``bound``: as of `prediction_p_value`, (n,); NaN for fewer than two finite values.
    If all values are equal: 1 if they reach the bound, else 0.
    """
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return float("nan")
    distance = bound - float(values.mean())
    error = float(values.std(ddof=1) * np.sqrt(1.0 + 1.0 / len(values)))
    if error == 0.0:
        return float(distance <= 0.0)
    return float(stdtr(len(values) - 1, -distance / error))


def runs_to_differ(
    values: Float[np.ndarray, " n"],
    printed: float,
    level: float,
    half_digit: float = 0.0,
    printed_runs: float = 1.0,
) -> int | None:
    """Return how many runs of the mean and spread of ``values`` would give p <= ``level``.

    An extrapolation, which says how far from a decision it is.  The arguments are those of
    `prediction_p_value`.  Returns None where not even `MOST_RUNS` would.

    ``printed``: the printed number; ``half_digit``: half a unit of its last digit;
    ``printed_runs``: of how many runs it is the mean.
    """
    values = values[np.isfinite(values)]
    spread, distance = float(values.std(ddof=1)), _distance(values, printed, half_digit)

    def differs(runs: int) -> bool:
        error = spread * float(np.sqrt(1.0 / printed_runs + 1.0 / runs))
        return _two_sided(distance, error, runs - 1) <= level

    return fewest_runs(differs, 2)


def fewest_runs(enough: Callable[[int], bool], least: int) -> int | None:
    """Return the fewest runs, ``least`` or more, that are ``enough``; None if `MOST_RUNS` are not.

    ``enough``: of a number of runs, true for all numbers above one for which it is true.
    """
    if not enough(MOST_RUNS):
        return None
    return bisect.bisect_left(range(MOST_RUNS), True, lo=least, key=enough)


def holm(p_values: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
    """Return p-values corrected for there being several, in the order given.

    ``max_{j <= i} min(1, (m - j + 1) p_(j))`` for the i-th smallest of m (Holm 1979): with those
    at most a level called significant, the chance of one or more false calls is at most that level,
    however they depend on each other.  The family is to be fixed before the data are seen.

    ``p_values``: (m,), without NaN.

    >>> holm(np.array([0.01, 0.04, 0.03])).round(4).tolist()
    [0.03, 0.06, 0.06]
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
