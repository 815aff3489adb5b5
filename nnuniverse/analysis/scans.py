"""Tests at many places of one curve, of which the best is reported."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real
from scipy.special import stdtr, stdtrit

SIGNIFICANCE = 0.05
"""Chance that a curve that has nothing is said to have something."""

LIKELY = 0.8
"""Chance with which the smallest example that "would be seen" is seen."""


class Sensitivity(NamedTuple):
    """What a search of a curve, with its noise and its length, would have seen.

    ``power``: the chance to see a typical example, 0 if the curve is too short for any; ``least``:
    size of the smallest that is seen with chance `LIKELY`, NaN if none is.
    """

    power: float
    least: float

    @property
    def tells(self) -> bool:
        """Whether nothing seen means anything: the typical example is seen in half the cases."""
        return self.power >= 0.5


def sensitivity(
    power: Callable[[float], float], typical: float, sizes: Iterable[float]
) -> Sensitivity:
    """Return the sensitivity of a search that sees an example of a size with chance ``power``.

    ``typical``: the size that decides whether nothing seen means anything; ``sizes``: those looked
    at for the least, ascending.
    """
    least = next((size for size in sizes if power(size) >= LIKELY), math.nan)
    return Sensitivity(power(typical), float(least))


def family_p_value(
    score: Float[np.ndarray, "*scores"], free: Real[np.ndarray, "*scores"], tests: float
) -> Float[np.ndarray, "*scores"]:
    """Return the chance that the largest of so many independent scores is as large.

    ``score``: estimates over their standard errors, under noise alone of Student's t with ``free``
    degrees of freedom; ``tests``: how many independent ones (Bonferroni).
    """
    return np.minimum(1.0, tests * stdtr(free, -score))


def critical_score(free: Real[np.ndarray, "*scores"], tests: float) -> Float[np.ndarray, "*scores"]:
    """Return the score of family p-value `SIGNIFICANCE`.

    ``free``: degrees of freedom, of each score; ``tests``: how many scores there are.
    """
    return -stdtrit(free, SIGNIFICANCE / tests)


def evidence(
    score: Float[np.ndarray, "*scores"], free: Real[np.ndarray, "*scores"]
) -> Float[np.ndarray, "*scores"]:
    """Return the log likelihood ratio of a score: orders as p-values do, but never underflows.

    ``free``: degrees of freedom, of each score.
    """
    return 0.5 * np.sign(score) * free * np.log1p(score**2 / free)
