"""Sudden and lasting falls of a loss curve."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real
from scipy.special import ndtr

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

MIN_FALL = 0.05
"""Least fall of the log loss, five per cent, that is called a jump."""

LEVELS = (20, 10)
"""A level is a line through so many bins on one side; 20 are an e-fold where every bin is filled.
Long ones see more in noise that is independent, short ones on a curve that wanders slowly."""

LEVEL_WIDTH = 1.5
"""Most e-folds of a level, where bins are rare: over more of them a loss curve is no line."""

LAST_BINS = 10
"""Fewest bins of a level that lasts, a factor 1.65 of epochs; near an end no more are there."""

PASSING_BINS = 7
"""What is over after so many bins has not lasted."""

SUDDEN_SHARE = 0.5
"""Share of the fall that must be there with levels half as long.  A fall that takes an e-fold
keeps an eighth, a step all."""

INDEPENDENT = 0.05
"""Independent scores per place looked at: neighbours share most of their bins, and noise seldom
looks like a step but not like a bend.  Chosen by simulation of white noise, so that no more than
5 % of curves have a jump at 5 %, 1 % at 1 %."""

STEP_SHARE = 8.0 / 9.0
"""Share of a step's squares that the best bend leaves, for levels of equal length."""

HINDRANCE = 0.25
"""By how much the score of a step in noise falls short of that: a bend explains noise, too.  Chosen
by simulation of steps of 10 % in white noise of 2 to 5 %."""

FALLS = np.geomspace(MIN_FALL, 5.0, 60)
"""Those whose power is looked at, for the least that would be seen."""

TYPICAL_FALL = -math.log(0.9)
"""Fall whose power decides whether it can be said that there is no jump: ten per cent."""


class Jumps(NamedTuple):
    """``epoch``, ``score``, ``fall`` of the log loss and ``p_value`` of each jump, (jumps,)."""

    epoch: np.ndarray
    score: np.ndarray
    fall: np.ndarray
    p_value: np.ndarray


class _Steps(NamedTuple):
    """Steps at the bin ``at``, between levels from ``first`` to it and from it to ``last``.

    ``level``, of the old one there; ``fall``, to the new one; ``least`` fall next to ``at``, zero
    if the levels meet there; ``error``, standard one of the fall; ``free``, the degrees of freedom
    of ``noise``, the variance of the noise of one epoch; ``squares``, the residual ones of both.
    """

    first: np.ndarray
    at: np.ndarray
    last: np.ndarray
    level: np.ndarray
    fall: np.ndarray
    least: np.ndarray
    error: np.ndarray
    free: np.ndarray
    noise: np.ndarray
    squares: np.ndarray

    def where(self, chosen: np.ndarray) -> _Steps:
        return _Steps(*(part[chosen] for part in self))


def find_jumps(epochs: Real[np.ndarray, " points"], losses: Float[np.ndarray, " points"]) -> Jumps:
    """Return the jumps of one curve, ``epochs`` and ``losses`` of shape (points,), by time.

    See `search_jumps`.
    """
    return search_jumps(epochs, losses)[0]


def search_jumps(
    epochs: Real[np.ndarray, " points"], losses: Float[np.ndarray, " points"]
) -> tuple[Jumps, Sensitivity]:
    """Return the jumps of a curve, by time, and which it would have shown: a fall's size.

    A jump is a step of the log loss down from one level to another, both of which last; a level is
    a line in log epoch, of each length of `LEVELS`.  One bin between them is left out, in which it
    falls.  Its fall is the difference of the two lines there, and `MIN_FALL` or more on either
    side of that bin, so that the lines do not meet in it, which would be a bend.  Its score is the
    root of the squares by which two levels explain their bins better than one line with a bend at
    any of them does, over the standard deviation of the noise.  That is taken to be the larger of
    the two levels', so that noise that sets in is no step.  Its p-value is the chance that the
    largest score of a curve with noise alone is as large; a jump has 0.05 at most.

    It must also fall by `SUDDEN_SHARE` as much seen from closer by, and explain the bins better
    than a line does of which up to `PASSING_BINS` neighbours are shifted, wherever they are: what
    goes back did not last.  After a jump is found, the curve is searched before and after it, so
    that no level extends across a jump.

    Noise is taken to be independent from bin to bin.  Where it correlates its variance is enlarged,
    but not by enough: of curves whose neighbouring points correlate with 0.5 to 0.9, 14 to 31 %
    have a jump by chance, not 5.  Sizes and powers, by simulation, are in docs/analysis.md.

    ``epochs``: of the losses, ascending, (points,); ``losses``: > 0, (points,).

    Source: 2004.09280 Sec. 10 speaks of sudden jumps without a definition (E2).
    """
    curve = smooth_log_curve(epochs, losses)
    scales = [(bins, Stretches(curve, bins)) for bins in LEVELS]
    places = [_steps(stretches, bins, 0, len(curve.epoch)) for bins, stretches in scales]
    tests = max(1.0, INDEPENDENT * sum(len(steps.at) for steps in places))
    found = []
    parts = [(0, len(curve.epoch))]
    while parts:
        begin, end = parts.pop()
        best = [
            _best(stretches, _steps(stretches, bins, begin, end), tests)
            for bins, stretches in scales
        ]
        clearest = max((one for one in best if one is not None), default=None)
        if clearest is not None:
            found.append(clearest.jump)
            parts += [(begin, clearest.at), (clearest.at + 1, end)]
    seen = [_sensitivity(steps, tests) for steps in places]
    return Jumps(*np.array(sorted(found)).reshape(-1, 4).T), max(seen)


class _FoundJump(NamedTuple):
    """The ``evidence`` for a jump, the bin ``at`` which it is, and what `Jumps` has of it."""

    evidence: float
    at: int
    jump: tuple[float, float, float, float]


def _steps(stretches: Stretches, bins: int, begin: int, end: int) -> _Steps:
    """Return the step at any bin of a part of the curve where both levels last in this part."""
    x = stretches.x
    at = np.arange(begin + 1, max(end - 1, begin + 1))
    first = np.maximum(at - bins, np.searchsorted(x, x[at] - LEVEL_WIDTH))
    last = np.minimum(at + bins, np.searchsorted(x, x[at] + LEVEL_WIDTH) - 1)
    first, last = np.maximum(first, begin), np.minimum(last, end - 1)
    lasting = np.minimum(at - first, last - at) >= LAST_BINS
    first, at, last = first[lasting], at[lasting], last[lasting]
    old, new = stretches.lines(first, at - 1), stretches.lines(at + 1, last)
    noise = np.maximum(old.noise, new.noise)
    edges = (old.at(x[edge]) - new.at(x[edge]) for edge in (at - 1, at + 1))
    return _Steps(
        first,
        at,
        last,
        old.at(x[at]),
        old.at(x[at]) - new.at(x[at]),
        np.minimum(*edges),
        np.sqrt(noise * (old.leverage(x[at]) + new.leverage(x[at]))),
        np.minimum(old.free, new.free),
        noise,
        old.squares + new.squares,
    )


def _best(stretches: Stretches, steps: _Steps, tests: float) -> _FoundJump | None:
    """Return the clearest jump of these steps, None if there is none."""
    # A score is never above the fall over its error, that of a bend at this very place.
    clear = family_p_value(steps.fall / steps.error, steps.free, tests) <= SIGNIFICANCE
    steps = steps.where(clear & (steps.least >= MIN_FALL))
    steps = steps.where(_fall_nearby(stretches, steps) >= SUDDEN_SHARE * steps.fall)
    if not len(steps.at):
        return None
    by_bend, by_shift = _rivals(stretches, steps)
    score = np.sqrt(np.maximum(by_bend - steps.squares, 0.0) / steps.noise)
    p_value = family_p_value(score, steps.free, tests)
    jumps = (p_value <= SIGNIFICANCE) & (steps.squares < by_shift)
    if not jumps.any():
        return None
    likelihood = np.where(jumps, evidence(score, steps.free), -np.inf)
    best = int(np.argmax(likelihood))
    at = int(steps.at[best])
    epoch = _moment(stretches, at, steps.level[best], steps.fall[best])
    jump = (epoch, float(score[best]), float(steps.fall[best]), float(p_value[best]))
    return _FoundJump(float(likelihood[best]), at, jump)


def _moment(stretches: Stretches, at: int, level: float, fall: float) -> float:
    """Return the epoch of a fall within a bin, from which share of the bin it has lowered."""
    x = stretches.x
    lowered = min(max((level - stretches.y[at]) / fall, 0.0), 1.0)
    return math.exp(x[at] + (0.5 - lowered) * 0.5 * (x[at + 1] - x[at - 1]))


def _fall_nearby(stretches: Stretches, steps: _Steps) -> np.ndarray:
    """Return the fall between levels half as long."""
    x = stretches.x[steps.at]
    old = stretches.lines((steps.first + steps.at) // 2, steps.at - 1)
    new = stretches.lines(steps.at + 1, (steps.at + 1 + steps.last) // 2)
    return old.at(x) - new.at(x)


def _rivals(stretches: Stretches, steps: _Steps) -> tuple[np.ndarray, np.ndarray]:
    """Return the least squares, over the bins of both levels, of lines with a bend or a shift."""
    whole = stretches.lines(steps.first, steps.last)
    starts = np.minimum(steps.first + np.arange(2 * max(LEVELS) + 1)[:, None], steps.last)
    by_bend = stretches.bent_squares(whole, starts, steps.at)
    by_shift = [
        stretches.shifted_squares(whole, starts, np.minimum(starts + more, steps.last), steps.at)
        for more in range(PASSING_BINS)
    ]
    return by_bend.min(axis=0), np.min(by_shift, axis=(0, 1))


def _sensitivity(places: _Steps, tests: float) -> Sensitivity:
    """Return what would be seen at a place drawn at random."""
    if not len(places.fall):
        return sensitivity(lambda fall: 0.0, TYPICAL_FALL, ())
    critical = critical_score(places.free, tests) + HINDRANCE

    def power(fall: float) -> float:
        score = math.sqrt(STEP_SHARE) * fall / places.error
        large = (fall - MIN_FALL) / places.error
        return float(ndtr(np.minimum(score - critical, large)).mean())

    return sensitivity(power, TYPICAL_FALL, FALLS)
