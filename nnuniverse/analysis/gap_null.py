"""What a spectrum without a gap looks like: smooth, but for what the layers set apart."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from nnuniverse.analysis.spacings import SpacingCurve, considered, spacing_curve

LOST = 3
"""A layer's group may lose one in three members, whose neurons saturate: then its edge is there.

Chosen by simulation of untrained nets of gain 1.5, tanh, 784-60-10: 21 % had a gap when only the
exact numbers were excused, 5 % with one less, none with a third less.
"""

REFERENCE_SHARE = 10
"""The power is that for one in ten small eigenvalues, or fewer where a tenth is excused."""

POWER_DRAWS = 200
"""Samples per point of the power's curve: it is right to 0.04 where it is one half."""

POWER_AT = np.concatenate([[0.0], np.geomspace(1.0, 100.0, 9)])
"""The points, in expected spacings; between them the power is interpolated."""


MOST_KEPT = 256
"""Nulls, of some kilobytes each."""


class GapTest(NamedTuple):
    """Of gaps.

    ``resamples`` of as many spacings as there are ``dynamical`` eigenvalues, drawn from ``seed``;
    ``groups``: sizes set by the layers.
    """

    resamples: int
    dynamical: int
    seed: int
    groups: tuple[int, ...]
    significance: float


class GapNull(NamedTuple):
    """What spectra of n small eigenvalues are compared with.

    ``open_``, ``excused``: the numbers below of spacings that may be gaps, and of those that are
    none; ``largest``: the statistics of the open ones, ascending, and ``critical`` the largest that
    is not improbable; ``critical_excused``: that of the others; ``reference``: the number below of
    the gap that ``power`` is for, at `POWER_AT`.
    """

    curve: SpacingCurve
    open_: np.ndarray
    excused: np.ndarray
    largest: np.ndarray
    critical: float
    critical_excused: float
    reference: int
    power: np.ndarray


@lru_cache(MOST_KEPT)
def null_of(n: int, excused: frozenset[int], test: GapTest) -> GapNull | None:
    """Return the null for spectra of ``n`` small eigenvalues; None if there is nothing to test.

    It is kept: spectra of a run, its tables and its figures are compared with few of them.

    ``excused``: numbers below, besides those that the layers excuse.
    """
    below = np.arange(1, considered(n))
    groups = np.array(test.groups, dtype=np.intp)
    curve = spacing_curve(n, np.isin(below, groups))
    from_layers = (below[:, None] >= groups * (1.0 - 1.0 / LOST)) & (below[:, None] <= groups + 1)
    known = from_layers.any(axis=1) | np.isin(below, list(excused))
    outer = below <= considered(n) // 2
    open_ = below[outer & ~known]
    if curve is None or not len(open_):
        return None
    draws = _draws(test.resamples, test.dynamical, test.seed)[:, : len(below)]
    excess = curve.excess_of(draws)
    largest = np.sort(largest_excess(excess, open_))
    largest_excused = np.sort(largest_excess(excess, below[outer & known]))
    critical = critical_value(largest, test.significance)
    reference = int(open_[open_ <= max(1, n // REFERENCE_SHARE)].max(initial=0))
    return GapNull(
        curve,
        open_,
        below[outer & known],
        largest,
        critical,
        critical_value(largest_excused, test.significance),
        reference,
        _power(curve, draws, open_, reference, critical),
    )


@lru_cache(4)
def _draws(resamples: int, dynamical: int, seed: int) -> np.ndarray:
    """Return exponential spacings, (resamples, considered) of as many as are ``dynamical``."""
    random = np.random.default_rng(seed)
    return random.standard_exponential((resamples, dynamical))[:, : considered(dynamical)].copy()


def _power(
    curve: SpacingCurve, draws: np.ndarray, open_: np.ndarray, reference: int, critical: float
) -> np.ndarray:
    """Return the power at `POWER_AT` for a spacing that is wider with ``reference`` below it."""
    if not reference:
        return np.zeros(len(POWER_AT))
    power = []
    for level in POWER_AT:
        widened = draws[:POWER_DRAWS].copy()
        widened[:, reference - 1] += level
        reached = largest_excess(curve.excess_of(widened), open_) > critical
        power.append(reached.mean())
    return np.maximum.accumulate(power)


def largest_excess(
    excess: Float[np.ndarray, "samples spacings"], below: Int[np.ndarray, " tested"]
) -> Float[np.ndarray, " samples"]:
    """Return the largest excess of the spacings with these numbers below, -inf without any."""
    return excess[:, below - 1].max(axis=1, initial=-np.inf)


def critical_value(ascending: Float[np.ndarray, " resamples"], significance: float) -> float:
    """Return what a statistic must exceed for ``(k + 1)/(resamples + 1) <= significance``.

    ``ascending``: values of the statistic without an effect, ascending, (resamples,).
    """
    exceeding = int(np.floor(significance * (len(ascending) + 1.0) + 1e-9))
    return float(ascending[-exceeding]) if exceeding else np.inf
