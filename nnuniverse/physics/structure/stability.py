"""Up to which strength of a perturbation a structure is stable."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Num
from scipy.special import stdtrit

STABLE = 0.95
"""Survival of what is stable."""

SIGNIFICANCE = 0.05
"""How often independent edges may be taken for more, over all strengths together."""


def stable_strength(
    strengths: Num[np.ndarray, " strength"],
    survival: Float[np.ndarray, "replica strength"],
    least: float = STABLE,
) -> Float[np.ndarray, " replica"]:
    """Return the strength at which survival falls below ``least`` for the first time, (replica,).

    Between two strengths survival is taken to be linear, and at no perturbation to be one.
    ``strengths``: ascending, (strength,); ``survival``: (replica, strength), NaN where it is not
    known, which is left out.  inf: it does not fall so far; NaN: nothing is known.

    Source: 2008.01540 Sec. 11.

    >>> stable_strength(np.array([0.1, 0.2]), np.array([[1.0, 0.2]])).round(4).tolist()
    [0.1062]
    """
    found = np.full(len(survival), np.nan)
    for replica, shares in enumerate(survival):
        there = np.isfinite(shares)
        if not there.any():
            continue
        x = np.concatenate([[0.0], strengths[there]])
        y = np.concatenate([[1.0], shares[there]])
        below = np.flatnonzero(y < least)
        if not below.size:
            found[replica] = np.inf
            continue
        after = int(below[0])
        slope = (y[after - 1] - least) / (y[after - 1] - y[after])
        found[replica] = x[after - 1] + slope * (x[after] - x[after - 1])
    return found


def exceeds(excess: Float[np.ndarray, "net strength"]) -> Bool[np.ndarray, " strength"]:
    """Return at which strengths survival exceeds that of independent edges, bool (strength,).

    By Student's one-sided t test over the first axis, at `SIGNIFICANCE` for all strengths together
    (Bonferroni).  ``excess``: survival less that of independent edges, one value of every
    independent net, (net, strength), NaN where it is not known.  Two nets are needed.
    """
    count = np.isfinite(excess).sum(axis=0)
    tested = count > 1
    found = np.zeros(excess.shape[1], bool)
    if not tested.any():
        return found
    known = excess[:, tested]
    mean, sd = np.nanmean(known, axis=0), np.nanstd(known, axis=0, ddof=1)
    least = stdtrit(count[tested] - 1, 1.0 - SIGNIFICANCE / tested.sum())
    found[tested] = (mean > 0.0) & (mean > least * sd / np.sqrt(count[tested]))
    return found
