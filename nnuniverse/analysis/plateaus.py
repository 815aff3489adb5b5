"""Stretches on which a loss curve stands still."""

from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real
from scipy.special import ndtr

from nnuniverse.analysis.jumps import Jumps, find_jumps
from nnuniverse.analysis.scans import (
    SIGNIFICANCE,
    Sensitivity,
    critical_score,
    evidence,
    family_p_value,
    sensitivity,
)
from nnuniverse.analysis.smooth_curves import smooth_log_curve
from nnuniverse.analysis.stretches import Stretches

PLATEAU_RATIO = 1.5
"""A plateau lasts at least this factor in epochs."""

PLATEAU_BINS = 8
"""Fewest bins of a plateau, a factor of 1.5 where every bin is filled."""

PLATEAU_BAND = 0.05
"""The log loss may change by so much over a plateau, five per cent, beyond its uncertainty."""

ERRORS = 3.0
"""Standard errors that are uncertainty, of the largest change of many stretches in a plateau."""

FLATTER = 0.5
"""A plateau is flatter than this share of the slope around it."""

SLOW = 0.1
"""Least slope of log loss over log epoch that counts as a fall.  Chosen empirically: half of it
takes five per cent off while the epochs grow e-fold."""

AROUND = 1.0
"""Least e-folds before and after a plateau that are its surroundings; a longer one has as many."""

INDEPENDENT = 6.0
"""Independent scores per bin of a curve, of all the stretches that it has.  Chosen by simulation of
white noise, so that no more than 5 % of curves just too steep have a plateau."""

CHOICE = 1.2
"""By how much the best of the stretches that overlap a plateau scores above the plateau itself.
Chosen by simulation of half a decade in t^-0.3 and t^-0.6, in noise of 3 to 20 %."""

TYPICAL_RATIO = math.sqrt(10.0)
"""Plateau whose power decides whether it can be said that there is none: half a decade."""

RATIOS = np.geomspace(PLATEAU_RATIO, 100.0, 40)
"""Plateaus whose power is looked at, for the shortest that would be seen."""


class Plateaus(NamedTuple):
    """``first`` and ``last`` epoch, ``level``, the mean loss, and ``p_value``, (plateaus,)."""

    first: np.ndarray
    last: np.ndarray
    level: np.ndarray
    p_value: np.ndarray


class _Contrasts(NamedTuple):
    """How much flatter than their surroundings stretches are, from bin ``first`` to ``last``.

    ``slope``: of the log loss; ``slope_error``: its standard error; ``limit``: slope, negative,
    that a plateau is above of; ``error``: of slope less limit; ``length`` in e-folds; ``noise`` and
    ``free``, its degrees of freedom, of `Lines`.
    """

    first: np.ndarray
    last: np.ndarray
    slope: np.ndarray
    slope_error: np.ndarray
    limit: np.ndarray
    error: np.ndarray
    length: np.ndarray
    noise: np.ndarray
    free: np.ndarray


def find_plateaus(
    epochs: Real[np.ndarray, " points"],
    losses: Float[np.ndarray, " points"],
    jumps: Jumps | None = None,
) -> Plateaus:
    """Return the plateaus of one curve, ``epochs`` and ``losses`` of shape (points,), by time.

    See `search_plateaus`.

    ``jumps``: those of the curve, None if none can be told.
    """
    return search_plateaus(epochs, losses, jumps)[0]


def search_plateaus(
    epochs: Real[np.ndarray, " points"],
    losses: Float[np.ndarray, " points"],
    jumps: Jumps | None = None,
) -> tuple[Plateaus, Sensitivity]:
    """Return the plateaus of a curve, by time, and which it would have shown: a factor in epochs.

    A plateau is a stretch, `PLATEAU_RATIO` or more in epochs, whose slope of log loss over log
    epoch is flatter than the share `FLATTER` of the slope around it.  That is of the lines through
    as many e-folds before and after it, one at least, weighted by what they tell about a slope;
    where it is slower than `SLOW`, `SLOW` stands for it, so that a constant is a plateau.  The
    score is how much flatter the slope is, over the standard error.  The p-value is the chance that
    the largest score of all stretches of a curve just too steep is as large; a plateau has 0.05 at
    most.  Neither over it nor over any stretch in it, `PLATEAU_RATIO` or longer, does the loss
    change by more than `PLATEAU_BAND` and `ERRORS` standard errors.  It has no jump within; its
    edges are where a constant between two lines fits the curve best.

    The clearest comes first, then the clearest of what does not overlap.  The variance of noise
    that correlates is enlarged; from a correlation of 0.9 on, 10 % of curves have a plateau by
    chance.  Sizes and powers, by simulation, are in docs/analysis.md.

    ``jumps``: those of `find_jumps` for this curve, by default found anew.

    ``losses``: > 0, (points,).

    Source: 2004.09280 Sec. 10 speaks of plateaus without a definition (E2).
    """
    curve = smooth_log_curve(epochs, losses)
    jumps = find_jumps(epochs, losses) if jumps is None else jumps
    part = np.searchsorted(jumps.epoch, curve.epoch)
    stretches = Stretches(curve)
    tests = INDEPENDENT * len(curve.epoch)
    all_ = _contrasts(stretches, *_long_stretches(stretches.x))
    score = (all_.slope - all_.limit) / all_.error
    p_value = family_p_value(score, all_.free, tests)
    likelihood = evidence(score, all_.free)
    left = (p_value <= SIGNIFICANCE) & _is_flat(all_)
    left &= part[all_.first] == part[all_.last]
    found = []
    while left.any():
        clearest = np.flatnonzero(left)[np.argmax(likelihood[left])]
        rivals = np.flatnonzero(left & _overlap(all_, clearest))
        whole = part == part[all_.first[clearest]]
        best = rivals[_best_edges(stretches, all_, rivals, whole)]
        first, last = all_.first[best], all_.last[best]
        level = math.exp(curve.log_loss[first : last + 1].mean())
        found.append((curve.epoch[first], curve.epoch[last], level, p_value[clearest]))
        left &= ~_overlap(all_, clearest) & ~_overlap(all_, best)
    seen = sensitivity(partial(_power, stretches, tests), TYPICAL_RATIO, RATIOS)
    return Plateaus(*np.array(sorted(found)).reshape(-1, 4).T), seen


def _overlap(all_: _Contrasts, one: int) -> np.ndarray:
    return (all_.first <= all_.last[one]) & (all_.last >= all_.first[one])


def _best_edges(
    stretches: Stretches, all_: _Contrasts, rivals: np.ndarray, part: np.ndarray
) -> int:
    """Return which of the ``rivals`` is the plateau that the curve around all of them fits best.

    Each stands for a constant that a line leads to without a step, and another from, fitted to the
    bins in ``part`` by least squares.  A line costs as its two parameters do, slope and edge
    (Schwarz 1978).
    """
    first, last = all_.first[rivals], all_.last[rivals]
    x = stretches.x
    begin, end = x[first.min()] - AROUND, x[last.max()] + AROUND
    near = np.flatnonzero(part & (x >= begin) & (x <= end))
    weight, above = stretches.points[near], stretches.y[near] - stretches.y[near].mean()
    ahead = np.minimum(x[near] - x[:, None], 0.0)  # by the first bin of a plateau, or its last
    after = np.maximum(x[near] - x[:, None], 0.0)
    onto = np.empty((len(rivals), 1, 3))
    normal = np.zeros((len(rivals), 3, 3))
    onto[:, 0, 0], normal[:, 0, 0] = weight @ above, weight.sum()
    for k, (line, edge) in enumerate(((ahead, first), (after, last)), 1):
        onto[:, 0, k] = (line @ (weight * above))[edge]
        normal[:, 0, k] = normal[:, k, 0] = (line @ weight)[edge]
        normal[:, k, k] = (line**2 @ weight)[edge]
    explained = onto @ np.linalg.pinv(normal, hermitian=True) @ onto.transpose(0, 2, 1)
    lines = (first > near[0]).astype(int) + (last < near[-1])
    cost = 2.0 * math.log(len(near)) * np.median(all_.noise[rivals])
    return int(np.argmax(explained[:, 0, 0] - cost * lines))


def _long_stretches(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and last bin of every stretch that could be a plateau."""
    first, last = np.triu_indices(len(x), PLATEAU_BINS - 1)
    long = x[last] - x[first] >= math.log(PLATEAU_RATIO)
    return first[long], last[long]


def _contrasts(stretches: Stretches, first: np.ndarray, last: np.ndarray) -> _Contrasts:
    x = stretches.x
    lines = stretches.lines(first, last)
    slope_variance = lines.noise / lines.width
    length = x[last] - x[first]
    reach = np.maximum(length, AROUND)
    sides = (
        (np.searchsorted(x, x[first] - reach), first - 1),
        (last + 1, np.searchsorted(x, x[last] + reach) - 1),
    )
    told, around, variance = np.zeros((3, len(first)))
    for begin, end in sides:
        there = end - begin >= PLATEAU_BINS - 1
        beside = stretches.lines(begin[there], end[there])
        told[there] += beside.width
        around[there] += beside.width * beside.slope
        variance[there] += beside.width * beside.noise
    anything = np.where(told > 0.0, told, 1.0)
    around, variance = around / anything, variance / anything**2
    falls = around < -SLOW
    return _Contrasts(
        first,
        last,
        lines.slope,
        np.sqrt(slope_variance),
        FLATTER * np.where(falls, around, -SLOW),
        np.sqrt(slope_variance + np.where(falls, FLATTER**2 * variance, 0.0)),
        length,
        lines.noise,
        lines.free,
    )


def _is_flat(all_: _Contrasts) -> np.ndarray:
    """Return whether a stretch and all long ones in it may well keep within `PLATEAU_BAND`."""
    bins = all_.last.max(initial=-1) + 1
    moves = np.zeros((bins, bins), bool)
    change = (np.abs(all_.slope) - ERRORS * all_.slope_error) * all_.length
    moves[all_.first, all_.last] = change > PLATEAU_BAND
    inside = np.logical_or.accumulate(moves[::-1])[::-1]  # begins there or later
    inside = np.logical_or.accumulate(inside, axis=1)  # and ends there or earlier
    return ~inside[all_.first, all_.last]


def _power(stretches: Stretches, tests: float, ratio: float) -> float:
    """Return the chance, for a place drawn at random, that a plateau of ``ratio`` would be seen."""
    x = stretches.x
    first = np.arange(len(x))
    last = np.searchsorted(x, x + math.log(ratio))
    inside = (last < len(x)) & (last - first >= PLATEAU_BINS - 1)
    if not inside.any():
        return 0.0
    contrasts = _contrasts(stretches, first[inside], last[inside])
    critical = critical_score(contrasts.free, tests) - CHOICE
    return float(ndtr(-contrasts.limit / contrasts.error - critical).mean())
