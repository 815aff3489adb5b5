"""Sudden falls and plateaus of a loss curve."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

BINS_PER_E_FOLD = 20
"""Resolution in the logarithm of the epoch: a jump is what happens within 5 % of the time so far.
Chosen empirically: finer bins hold too few epochs to average out the noise of mini-batches."""

NEIGHBOURHOOD = 41
"""Bins that a step is compared with, two e-folds."""

THRESHOLD = 5.0
"""Score at which a jump fires.  Chosen empirically: of 1,000 power laws with 10 % of white noise
over 30,000 epochs, 8 reached it, and 4 of them fell by `MIN_FALL`."""

MIN_FALL = 0.05
"""Least fall of the log loss, five per cent, that is called a jump."""

PLATEAU_BAND = 0.05
"""A plateau keeps the smoothed log loss within this band, five per cent."""

PLATEAU_RATIO = 1.5
"""A plateau lasts at least this factor in epochs."""


class Jumps(NamedTuple):
    """Where the score fires: ``epoch``, ``score``, ``fall`` of the log loss, each (jumps,)."""

    epoch: np.ndarray
    score: np.ndarray
    fall: np.ndarray


class Plateaus(NamedTuple):
    """``first`` and ``last`` epoch and ``level``, the mean loss of each plateau, (plateaus,)."""

    first: np.ndarray
    last: np.ndarray
    level: np.ndarray


class SmoothCurve(NamedTuple):
    """A curve in bins: geometric mean ``epoch``, mean ``log_loss``, number of ``points``."""

    epoch: np.ndarray
    log_loss: np.ndarray
    points: np.ndarray


def smooth_log_curve(epochs: np.ndarray, losses: np.ndarray) -> SmoothCurve:
    """Return a curve in bins of equal width in log epoch, empty bins left out.

    A power law stays an exact power law.  Losses that are not positive and finite are left out.
    """
    usable = np.isfinite(losses) & (losses > 0.0) & (epochs > 0)
    epochs, logs = epochs[usable].astype(np.float64), np.log(losses[usable].astype(np.float64))
    if not len(epochs):
        return SmoothCurve(np.empty(0), np.empty(0), np.empty(0))
    bins = np.floor(BINS_PER_E_FOLD * np.log(epochs)).astype(np.intp)
    count = np.bincount(bins)
    filled = count > 0
    log_epoch, log_loss = (
        np.bincount(bins, part)[filled] / count[filled] for part in (np.log(epochs), logs)
    )
    return SmoothCurve(np.exp(log_epoch), log_loss, count[filled])


def jump_score(curve: SmoothCurve) -> np.ndarray:
    """Return the score of a sudden fall between each two neighbouring bins, (bins - 1,).

    Against the steps of the neighbourhood: their median slope in log epoch is the trend; what a
    step falls beyond it, over the noise that means of so many points have, is its excess; the
    score is the excess in units of the neighbourhood's median absolute deviation (scaled to a
    standard deviation).  Positive for a fall faster than around.  Zero at the start, where
    learning sets in and nothing is before it.
    """
    reach = NEIGHBOURHOOD // 2
    if len(curve.epoch) <= reach + 1:
        return np.zeros(max(0, len(curve.epoch) - 1))
    widths = np.diff(np.log(curve.epoch))
    slopes = -np.diff(curve.log_loss) / widths
    weights = widths / np.sqrt(1.0 / curve.points[:-1] + 1.0 / curve.points[1:])
    around, around_weights = (
        sliding_window_view(np.pad(part, reach, mode="reflect"), NEIGHBOURHOOD)
        for part in (slopes, weights)
    )
    trend = np.median(around, axis=1)
    spread = 1.4826 * np.median(np.abs(around - trend[:, None]) * around_weights, axis=1)
    rounding = 8.0 * np.finfo(np.float64).eps * max(1.0, float(np.abs(curve.log_loss).max()))
    score: np.ndarray = (slopes - trend) * weights
    score /= np.maximum(spread, rounding * weights / widths)
    score[:reach] = 0.0
    return score


def find_jumps(epochs: np.ndarray, losses: np.ndarray, threshold: float = THRESHOLD) -> Jumps:
    """Return where the score exceeds ``threshold`` and the loss falls by `MIN_FALL`.

    Neighbouring steps count as one jump.  The epoch is that of the largest score, between the
    two bins; the fall that over all the jump's steps.  ``epochs``, ``losses``: one curve,
    (points,).

    Source: 2004.09280 Sec. 10 speaks of sudden jumps without a definition (E2).
    """
    curve = smooth_log_curve(epochs, losses)
    score = jump_score(curve)
    found = []
    for steps in _stretches(score > threshold):
        best = steps[np.argmax(score[steps])]
        fall = curve.log_loss[steps[0]] - curve.log_loss[steps[-1] + 1]
        if fall >= MIN_FALL:
            found.append((np.sqrt(curve.epoch[best] * curve.epoch[best + 1]), score[best], fall))
    return Jumps(*np.array(found).reshape(-1, 3).T)


def find_plateaus(epochs: np.ndarray, losses: np.ndarray) -> Plateaus:
    """Return the stretches over which the smoothed loss stays within `PLATEAU_BAND`.

    The longest first in log epoch, then the longest of what remains, while they last
    `PLATEAU_RATIO`; returned in the order of time.
    """
    at, logs, _ = smooth_log_curve(epochs, losses)
    found: list[tuple[float, float, float]] = []
    free = np.ones(len(at), bool)
    while (stretch := _longest_within(at, logs, free)) is not None:
        first, last = stretch
        found.append((at[first], at[last], math.exp(logs[first : last + 1].mean())))
        free[first : last + 1] = False
    return Plateaus(*np.array(sorted(found)).reshape(-1, 3).T)


def _longest_within(at: np.ndarray, logs: np.ndarray, free: np.ndarray) -> tuple[int, int] | None:
    """Return the longest stretch of free bins within the band, None if none is long enough."""
    best, longest = None, PLATEAU_RATIO
    for first in np.flatnonzero(free):
        low = high = logs[first]
        last = first
        while last + 1 < len(at) and free[last + 1]:
            low, high = min(low, logs[last + 1]), max(high, logs[last + 1])
            if high - low > PLATEAU_BAND:
                break
            last += 1
        if at[last] / at[first] >= longest:
            best, longest = (int(first), int(last)), at[last] / at[first]
    return best


def _stretches(mask: np.ndarray) -> list[np.ndarray]:
    """Return the indices of each run of neighbouring True values."""
    where = np.flatnonzero(mask)
    return [part for part in np.split(where, np.flatnonzero(np.diff(where) > 1) + 1) if len(part)]
