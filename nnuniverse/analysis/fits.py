"""Straight lines through series in time, with intervals that know about their correlation."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.lib.stride_tricks import sliding_window_view

from nnuniverse.intervals import BootstrapEstimate, bootstrap_interval

MIN_POINTS = 8
"""With fewer points a line has no interval worth the name."""

MIN_SEGMENT = 5
"""Least number of points on either side of a break."""

ROUNDING = 1e-12
"""Relative size below which a difference is rounding."""

MOST_CORRELATED = 0.99
"""Largest coefficient of the null's autoregression, where it still has a spread."""

TREND = 3
"""Degree of the trend of x in time: what falls and levels off has one, and few are soon found."""


class LineFit(NamedTuple):
    """``y = intercept + slope x`` by least squares over ``points`` points; ``r2``: R squared."""

    slope: BootstrapEstimate
    intercept: BootstrapEstimate
    r2: float
    points: int


class BreakFit(NamedTuple):
    """Two lines, before and after a break in time, against one.

    ``position``: index of the first point after the break, -1 if there is none; ``slope_before``,
    ``slope_after``: against the trend of x; ``gain``: share of the one line's squared residuals
    that the second line takes away; ``p_value``: chance of such a gain if one line were true; NaN
    with too few points.
    """

    position: int
    slope_before: float
    slope_after: float
    gain: float
    p_value: float


Series = tuple[Float[np.ndarray, " _"], Float[np.ndarray, " _"]]
"""x and y of one replica in the order of time, each of shape (points,)."""

UNKNOWN = BootstrapEstimate(*[np.asarray(np.nan)] * 3)
NO_FIT = LineFit(UNKNOWN, UNKNOWN, np.nan, 0)
NO_BREAK = BreakFit(-1, np.nan, np.nan, np.nan, np.nan)


def fit_line(series: list[Series], resamples: int = 999, seed: int = 0) -> LineFit:
    """Fit one line through one or several replicas, every point with the same weight.

    The intervals come from a bootstrap that draws whole replicas with replacement, and adds to
    each one's own line its residuals in blocks of 2 sqrt(points) neighbours, drawn with
    replacement (moving blocks, Kuensch 1989), since successive points of a training curve are
    not independent.  Its percentiles are widened by Student's t over the normal quantile, with
    one degree of freedom less than there are replicas or, of a single one, blocks: few things
    were drawn from.  Points that are not finite are left out.  Of noise whose neighbours correlate
    with 0, 0.7 and 0.9, 164 points, the interval holds the true slope in 94, 91 and 84 % of cases.

    ``series``: one per replica.  Returns NaN for fewer than `MIN_POINTS` points, or where all x
    are equal.

    ``resamples``: how often the replicas are drawn anew; ``seed``: of these draws.
    """
    series = [clean for clean in map(_finite, series) if _has_line(clean)]
    if not series:
        return NO_FIT
    x, y = (np.concatenate(part) for part in zip(*series, strict=True))
    slope, intercept = _line(x, y)
    if np.ptp(y) <= ROUNDING * np.abs(y).max():
        flat, level = (BootstrapEstimate(*[exact] * 3) for exact in (np.asarray(0.0), y.mean()))
        return LineFit(flat, level, math.nan, len(x))
    residual = y - intercept - slope * x
    spread = ((y - y.mean()) ** 2).sum()
    slopes, intercepts = _resampled_lines(series, resamples, np.random.default_rng(seed))
    drawn_from = len(series) if len(series) > 1 else len(x) / _block_length(len(x))
    return LineFit(
        bootstrap_interval(slope, slopes, drawn_from),
        bootstrap_interval(intercept, intercepts, drawn_from),
        float(1.0 - (residual**2).sum() / spread),
        len(x),
    )


def fit_break(series: Series, resamples: int = 499, seed: int = 0) -> BreakFit:
    """Fit two lines that meet nowhere in particular, at the break in time that suits them best.

    x may be noisy itself, which flattens every line, and two short ones more than a long one.
    Lines are therefore sought in its trend, a polynomial of degree `TREND` in time, and what one
    line leaves, ``y - intercept - slope x``, holds the noise of both (two-stage least squares,
    with time as the instrument).  The p-value comes from fitting the same, ``resamples`` times, to
    noise like that, see `_noise_like`: noise that is correlated, or grows, lets a second line gain
    much.  How often a true line is said to break: docs/analysis.md.

    ``series``: time and values of the replicas; ``seed``: of the bootstrap.
    """
    present = np.flatnonzero(np.isfinite(series[0]) & np.isfinite(series[1]))
    x, y = (part[present] for part in series)
    if len(x) < max(MIN_POINTS, 2 * MIN_SEGMENT) or np.ptp(x) == 0.0:
        return NO_BREAK
    time = np.arange(len(x))
    trend = np.polynomial.Polynomial.fit(time, x, TREND)(time)
    slope, intercept = _line(trend, y)
    residual = y - intercept - slope * x
    if np.abs(residual).max() <= ROUNDING * np.abs(y).max():
        return NO_BREAK
    gains, positions = _best_break(trend, residual[None, :])
    null, _ = _best_break(trend, _noise_like(residual, resamples, seed))
    k = int(positions[0])
    return BreakFit(
        int(present[k]),
        float(_line(trend[:k], y[:k])[0]),
        float(_line(trend[k:], y[k:])[0]),
        float(gains[0]),
        float(((null >= gains[0]).sum() + 1.0) / (resamples + 1.0)),
    )


def _noise_like(residual: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Return noise as correlated and as large, point by point, as ``residual``.

    Its innovations, those of an autoregression of first order, each with a random sign: the
    recursive wild bootstrap (Goncalves and Kilian 2004).  Shape (resamples, points).
    """
    coefficient = _autocorrelation(residual)
    innovations = np.append(residual[0], residual[1:] - coefficient * residual[:-1])
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (len(residual), resamples))
    noise = innovations[:, None] * signs
    for k in range(1, len(noise)):
        noise[k] += coefficient * noise[k - 1]
    return noise.T


def _autocorrelation(residual: np.ndarray) -> float:
    """Return the correlation of neighbours, with what a fitted line takes from it added.

    That is (2 + 4 r) / points (Kendall 1954).  The residuals are taken relative to their size
    among the half of all points that is nearest: else the few largest would decide alone.
    """
    points, reach = len(residual), len(residual) // 4
    around = np.pad(residual**2, reach, mode="reflect")
    size = np.sqrt(sliding_window_view(around, 2 * reach + 1).mean(axis=-1))
    relative = residual / np.maximum(size, ROUNDING * size.max())
    past, present = relative[:-1], relative[1:]
    raw = float((past * present).sum() / (past**2).sum())
    return float(np.clip(raw + (2.0 + 4.0 * raw) / points, -MOST_CORRELATED, MOST_CORRELATED))


def _finite(series: Series) -> Series:
    x, y = series
    present = np.isfinite(x) & np.isfinite(y)
    return x[present], y[present]


def _line(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return slope and intercept over the last axis; NaN where all x are equal."""
    mean_x, mean_y = x.mean(axis=-1, keepdims=True), y.mean(axis=-1, keepdims=True)
    square = ((x - mean_x) ** 2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = ((x - mean_x) * (y - mean_y)).sum(axis=-1) / square
    return slope, mean_y[..., 0] - slope * mean_x[..., 0]


def _has_line(series: Series) -> bool:
    return len(series[0]) >= MIN_POINTS and np.ptp(series[0]) > 0.0


def _resampled_lines(
    series: list[Series], resamples: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return slopes and intercepts of the bootstrap's lines, each (resamples,).

    A line needs only the sums over its points of 1, x, x^2, y and x y, which add up over replicas.
    """
    sums = np.empty((5, len(series), resamples))
    for number, (x, y) in enumerate(series):
        slope, intercept = _line(x, y)
        residual = y - intercept - slope * x
        drawn = residual[_blocks(len(x), resamples, generator)]
        noisy = intercept + slope * x + drawn
        sums[:3, number] = np.array([len(x), x.sum(), (x * x).sum()])[:, None]
        sums[3:, number] = noisy.sum(axis=1), noisy @ x
    chosen = generator.integers(len(series), size=(resamples, len(series)))
    n, x, xx, y, xy = sums[:, chosen, np.arange(resamples)[:, None]].sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (xy - x * y / n) / (xx - x * x / n)
    return slopes, (y - slopes * x) / n


def _block_length(points: int) -> int:
    return min(points, 2 * round(math.sqrt(points)))


def _blocks(points: int, resamples: int, generator: np.random.Generator) -> np.ndarray:
    """Return indices of moving blocks of neighbours, shape (resamples, points)."""
    length = _block_length(points)
    count = -(-points // length)
    first = generator.integers(points - length + 1, size=(resamples, count))
    return (first[:, :, None] + np.arange(length)).reshape(resamples, -1)[:, :points]


def _best_break(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest gain over all breaks and where it is, per row of ``y``.

    Sums of squares of both sides come from running sums; x and y are centred first, so that
    they lose no precision.
    """
    x = x - x.mean()
    y = y - y.mean(axis=1, keepdims=True)
    n = len(x)
    breaks = np.arange(MIN_SEGMENT, n - MIN_SEGMENT + 1)
    sums = [np.cumsum(part, axis=-1) for part in (x, x * x, y, x * y, y * y)]
    left = [part[..., breaks - 1] for part in sums]
    right = [part[..., -1:] - before for part, before in zip(sums, left, strict=True)]
    one = _residual(n, *(part[..., -1:] for part in sums))
    two = _residual(breaks, *left) + _residual(n - breaks, *right)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(one > 0.0, 1.0 - two / one, 0.0)
    best = gain.argmax(axis=1)
    return np.take_along_axis(gain, best[:, None], axis=1)[:, 0], breaks[best]


def _residual(
    n: np.ndarray | int,
    x: np.ndarray,
    xx: np.ndarray,
    y: np.ndarray,
    xy: np.ndarray,
    yy: np.ndarray,
) -> np.ndarray:
    """Return the squared residuals of a line from the sums over its points."""
    spread = xx - x * x / n
    shared = xy - x * y / n
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = np.where(spread > 0.0, shared**2 / spread, 0.0)
    return np.maximum(yy - y * y / n - explained, 0.0)
