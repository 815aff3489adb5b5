"""Whether a mean lies within a margin, and with how many seeds it would be known to."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtrit

from nnuniverse.analysis.prediction import fewest_runs

LEVEL = 0.05
"""Of each of the two one-sided tests, and of every family."""


def is_equivalent(values: np.ndarray, low: float, high: float) -> bool:
    """Return whether the mean is known to lie in [low, high]: two one-sided t tests at `LEVEL`.

    That is so if ``mean -+ t_(1 - level, n-1) s / sqrt(n)`` both do (Schuirmann 1987): the chance
    to say so of a mean outside is at most the level.  With an infinite end one test is left.

    ``values``: of n >= 2 independent runs, (n,), finite.
    """
    mean, half = float(values.mean()), _half_width(float(values.std(ddof=1)), len(values))
    return low <= mean - half and mean + half <= high


def seeds_to_be_equivalent(mean: float, spread: float, low: float, high: float) -> int | None:
    """Return how many runs of this mean and spread would make `is_equivalent` true.

    None where the mean is outside, or not even `MOST_RUNS` would.

    ``low``: lower end of the margin; ``high``: its upper end.
    """

    def equivalent(runs: int) -> bool:
        half = _half_width(spread, runs)
        return low <= mean - half and mean + half <= high

    return fewest_runs(equivalent, 3)


def _half_width(spread: float, runs: int) -> float:
    return float(stdtrit(runs - 1.0, 1.0 - LEVEL)) * spread / math.sqrt(runs)
