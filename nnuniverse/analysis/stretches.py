"""Straight lines through every stretch of a smoothed loss curve."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy.lib.stride_tricks import sliding_window_view

from nnuniverse.analysis.smooth_curves import SmoothCurve

LEAST_NOISE = 1e-6
"""Noise of the log loss is taken to be no smaller: the losses of a run have the rounding of
float32, 6e-8, and sums over many of them a little more."""

CORRELATION_BINS = 10
"""Length of the stretches whose scatter is compared with that of neighbours, half an e-fold: over a
longer one a curve that bends slowly would count as noise that correlates."""

MOST_CORRELATED = 0.9
"""Largest correlation of neighbours allowed for; smooth curves without noise would have one."""


class Lines(NamedTuple):
    """Least-squares lines of the log loss over the log epoch, one per stretch, (stretches,).

    ``last``: their last bins; ``free``: bins less two; ``weight``: epochs in the bins; ``centre``
    and ``mean``: weighted means of log epoch and log loss; ``width``: weighted sum of squares of
    log epoch around the centre; ``slope``; ``squares``: weighted sum of the squared residuals;
    ``inflation``: what correlation multiplies the variance of averages by.
    """

    last: np.ndarray
    free: np.ndarray
    weight: np.ndarray
    centre: np.ndarray
    mean: np.ndarray
    width: np.ndarray
    slope: np.ndarray
    squares: np.ndarray
    inflation: float

    @property
    def noise(self) -> Float[np.ndarray, " stretches"]:
        """Variance of the noise of one epoch as averages feel it, from the residuals."""
        return self.inflation * np.maximum(self.squares / self.free, LEAST_NOISE**2)

    def at(self, log_epoch: Float[np.ndarray, " stretches"]) -> Float[np.ndarray, " stretches"]:
        """The log loss of the lines at ``log_epoch``."""
        return self.mean + self.slope * (log_epoch - self.centre)

    def leverage(
        self, log_epoch: Float[np.ndarray, " stretches"]
    ) -> Float[np.ndarray, " stretches"]:
        """Variance of `at` for noise of variance one.

        ``log_epoch``: where, (...).
        """
        return 1.0 / self.weight + (log_epoch - self.centre) ** 2 / self.width


class Stretches:
    """The stretches of neighbouring bins of a curve, each from a first to a last bin, inclusive.

    A bin weighs as many epochs as it averages.  The sums of all stretches are made at once, each
    relative to the stretch's first bin, so that no digits are lost far from it.  ``typical``:
    length, in bins, of the stretches whose scatter tells how much noise correlates.
    """

    def __init__(self, curve: SmoothCurve, typical: int = CORRELATION_BINS) -> None:
        self.x, self.y, self.points = np.log(curve.epoch), curve.log_loss, curve.points
        dx, dy = (np.triu(part - part[:, None]) for part in (self.x, self.y))
        weights = np.triu(np.broadcast_to(curve.points.astype(np.float64), dx.shape))
        terms = (weights, weights * dx, weights * dx**2, weights * dy, weights * dx * dy)
        self._sums = np.cumsum([*terms, weights * dy**2], axis=2)
        self._inflation = 1.0
        if len(self.x) >= typical:
            self._inflation = self._measure_inflation(typical)

    def lines(
        self, first: Int[np.ndarray, " stretches"], last: Int[np.ndarray, " stretches"]
    ) -> Lines:
        """Return the lines through stretches of three bins or more.

        ``first``: number of the first bin of each; ``last``: number of the last bin of each.
        """
        weight, x, xx, y, xy, yy = self._sums[:, first, last]
        width = xx - x * x / weight
        slope = (xy - x * y / weight) / width
        squares = np.maximum(yy - y * y / weight - slope**2 * width, 0.0)
        centre, mean = self.x[first] + x / weight, self.y[first] + y / weight
        free = last - first - 1
        return Lines(last, free, weight, centre, mean, width, slope, squares, self._inflation)

    def _measure_inflation(self, typical: int) -> float:
        """Return by how much correlation of neighbouring bins multiplies the variance of averages.

        The scatter of a stretch over that of the steps between neighbours is 1/(1 - r) for a
        correlation r, and (1 + r)/(1 - r) the factor of an autoregression of first order.  Half of
        all stretches have a larger scatter, so that a few jumps do not matter.
        """
        first = np.arange(len(self.x) - typical + 1)
        last = first + typical - 1
        lines = self.lines(first, last)
        before, after = self.points[:-1], self.points[1:]
        share = before * after / (before + after)
        steps = sliding_window_view([np.diff(self.x), np.diff(self.y), share], typical - 1, axis=1)
        beyond = steps[1] - lines.slope[:, None] * steps[0]
        nearby = np.maximum((steps[2] * beyond**2).mean(axis=1), LEAST_NOISE**2)
        scatter = np.maximum(lines.squares / lines.free, LEAST_NOISE**2)
        correlation = min(1.0 - 1.0 / float(np.median(scatter / nearby)), MOST_CORRELATED)
        return max(1.0, (1.0 + correlation) / (1.0 - correlation))

    def bent_squares(
        self,
        whole: Lines,
        at: Int[np.ndarray, "*bends stretches"],
        hole: Int[np.ndarray, " stretches"],
    ) -> Float[np.ndarray, "*bends stretches"]:
        """Return the squares left by lines with a bend at bin ``at``, but for the bin ``hole``.

        The lines are fitted to the bins of ``whole`` without that one.  ``at``: several bins of
        each line, (..., stretches); ``hole``: one of each, (stretches,).
        """
        _, x, xx, _, xy, _ = self._sums[:, at, whole.last]
        ahead = self.x[at] - whole.centre
        extra = _Regressor(
            x, xx, xx + ahead * x, xy + (self.y[at] - whole.mean) * x, self.x[hole] - self.x[at]
        )
        return self._squares_with(whole, extra._replace(there=np.maximum(extra.there, 0.0)), hole)

    def shifted_squares(
        self,
        whole: Lines,
        first: Int[np.ndarray, "*shifts stretches"],
        last: Int[np.ndarray, "*shifts stretches"],
        hole: Int[np.ndarray, " stretches"],
    ) -> Float[np.ndarray, "*shifts stretches"]:
        """Return the same of lines where the bins ``first`` to ``last`` alone are shifted.

        ``whole``: the lines through all bins; ``first``, ``last``: (..., stretches); ``hole``: the
        bin that is left out of each line, (stretches,).
        """
        weight, x, _, y, _, _ = self._sums[:, first, last]
        ahead, above = self.x[first] - whole.centre, self.y[first] - whole.mean
        there = ((first <= hole) & (hole <= last)).astype(np.float64)
        extra = _Regressor(weight, weight, x + ahead * weight, y + above * weight, there)
        return self._squares_with(whole, extra, hole)

    def _squares_with(self, whole: Lines, extra: _Regressor, hole: np.ndarray) -> np.ndarray:
        x, y, points = self.x[hole], self.y[hole], self.points[hole]
        beyond = extra.squares - extra.total**2 / whole.weight - extra.along**2 / whole.width
        new = beyond > 1e-9 * extra.squares  # else it is a line itself
        beyond = np.where(new, beyond, 1.0)
        onto = np.where(new, extra.onto - whole.slope * extra.along, 0.0)
        there = extra.there - extra.total / whole.weight
        there = np.where(new, there - extra.along / whole.width * (x - whole.centre), 0.0)
        # What the hole adds: its residual, as if predicted by all the others.
        residual = y - whole.at(x) - onto / beyond * there
        own = 1.0 - points * (whole.leverage(x) + there**2 / beyond)
        added = np.where(own > 1e-9, points * residual**2 / np.where(own > 1e-9, own, 1.0), 0.0)
        return np.maximum(whole.squares - onto**2 / beyond - added, 0.0)


class _Regressor(NamedTuple):
    """One more than a constant and log epoch, over the bins of lines.

    ``total`` and ``squares``: its weighted sums; ``along``, ``onto``: with log epoch and log loss,
    less their means; ``there``: its value at the hole.
    """

    total: np.ndarray
    squares: np.ndarray
    along: np.ndarray
    onto: np.ndarray
    there: np.ndarray
