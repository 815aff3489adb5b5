"""Spearman's rank correlation, within groups too, and its p-value by permutation."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtr

from nnuniverse.analysis.prediction import fewest_runs

PERMUTATIONS = 9_999
SEED = 0
"""Of the permutations, so that the same runs give the same p-value."""


def rank_correlation(
    y: np.ndarray, x: np.ndarray, groups: np.ndarray | None = None
) -> tuple[float, float]:
    """Return the rank correlation of ``y`` and ``x``, and its two-sided p-value.

    ``r = sum a b / sqrt(sum a^2 sum b^2)`` with a and b the ranks, ties shared, less their mean
    (Spearman 1904); with ``groups``, ranks and means are those within each.
    ``p = (k + 1)/(B + 1)`` where k of B permutations of x, within groups, have an |r| as large:
    the chance if y and x had nothing to do with each other, of whatever distribution.

    ``y``, ``x``, ``groups``: (n,), finite.  NaN for both where one of them does not vary.
    """
    parts = _parts(len(y), groups)
    a, b = ranks_within(y, groups), ranks_within(x, groups)
    size = float(np.sqrt((a @ a) * (b @ b)))
    if size == 0.0:
        return float("nan"), float("nan")
    random = np.random.default_rng(SEED)
    drawn = np.zeros(PERMUTATIONS)
    for part in parts:
        shuffled = random.permuted(np.tile(b[part], (PERMUTATIONS, 1)), axis=1)
        drawn += shuffled @ a[part]
    r = float(a @ b) / size
    as_large = np.abs(drawn) >= abs(r) * size * (1.0 - 1e-12)
    return r, float((as_large.sum() + 1.0) / (PERMUTATIONS + 1.0))


def ranks_within(values: np.ndarray, groups: np.ndarray | None = None) -> np.ndarray:
    """Return the ranks of values, ties shared, less their mean, within each group, (n,).

    ``groups``: to which group each value belongs, (n,); None: one group.
    """
    ranks = np.empty(len(values))
    for part in _parts(len(values), groups):
        ranks[part] = _centred_ranks(values[part])
    return ranks


def _parts(number: int, groups: np.ndarray | None) -> list[np.ndarray]:
    """Return the members of each group, of one if there are no groups."""
    return [np.arange(number)] if groups is None else _members(groups)


def nets_to_tell(correlation: float, level: float) -> int | None:
    """Return with how many nets a correlation of this size would have p <= ``level``.

    By ``t = r sqrt((n - 2) / (1 - r^2))`` with n - 2 degrees of freedom, which is close enough to
    say how far from a decision it is; None where not even `MOST_RUNS` would.
    """
    unexplained = max(1.0 - correlation**2, 1e-12)

    def tells(nets: int) -> bool:
        t = abs(correlation) * math.sqrt((nets - 2) / unexplained)
        return float(2.0 * stdtr(nets - 2.0, -t)) <= level

    return fewest_runs(tells, 4)


def _members(groups: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(groups == group) for group in np.unique(groups)]


def _centred_ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks, those of equal values their mean, less the mean of all."""
    _, position, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2.0)[position]
    return ranks - ranks.mean()
