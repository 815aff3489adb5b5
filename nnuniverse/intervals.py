"""Means with intervals, and how they are written."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Num, Real, Shaped
from scipy.special import expit, logit, stdtrit

from nnuniverse.supports import Support

CONFIDENCE = 0.95
"""Coverage of every interval."""

ASYMMETRY = 0.1
"""Half-widths are written with two digits, of which a tenth is hardly more than one unit."""


class Estimate(NamedTuple):
    """A value and its interval of `CONFIDENCE`; the ends are NaN where there is none."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


class BootstrapEstimate(Estimate):
    """An estimate whose interval is that of a bootstrap, no mean's."""


def students_t(
    freedom: int | float | Real[np.ndarray | np.integer, "*values"],
) -> Float[np.ndarray, "*values"]:
    """Return how many standard errors reach to the ends of an interval; inf: those of a normal.

    ``freedom``: degrees of freedom, > 0.

    >>> from nnuniverse.intervals import students_t
    >>> round(float(students_t(9)), 3)
    2.262
    """
    return np.asarray(stdtrit(freedom, 0.5 + CONFIDENCE / 2.0))


def mean_over_replicas(
    values: Shaped[np.ndarray, " replica *shape"], support: Support = "real"
) -> Estimate:
    """Return the mean over the first axis with Student's t interval, within the ``support``.

    With h the half-width ``t s / sqrt(n)`` of the n values of standard deviation s, the ends are
    ``m - h`` and ``m + h`` about the mean m of real quantities; ``m exp(-h/m)`` and ``m exp(h/m)``
    of positive ones; ``logit m - h/(m (1 - m))`` and ``+`` of shares, taken back: the same to first
    order, that of log m and of logit m (the delta method).  The mean is the arithmetic one all the
    same.  Values that are not of the support are taken as real.  How often it holds the true mean:
    docs/analysis.md.

    Missing replicas (NaN) are left out; with fewer than two there is no interval.

    >>> import numpy as np
    >>> from nnuniverse.intervals import mean_over_replicas, with_interval
    >>> with_interval(mean_over_replicas(np.array([1.0, 2.0, 3.0])))
    '2 ± 2.5'
    """
    present = np.isfinite(values)
    count = present.sum(axis=0)
    some, enough = np.maximum(count, 1), count > 1
    mean = np.where(present, values, 0.0).sum(axis=0) / some
    # Of values that are all the same the mean is that one, to the last digit.
    mean = np.maximum(mean, np.min(values, axis=0, initial=np.inf, where=present))
    mean = np.minimum(mean, np.max(values, axis=0, initial=-np.inf, where=present))
    mean = np.where(count > 0, mean, np.nan)
    squares = np.where(present, (values - mean) ** 2, 0.0).sum(axis=0)
    freedom = np.maximum(count - 1, 1)
    half = students_t(freedom) * np.sqrt(squares / freedom / some)
    low, high = _ends(values, mean, half, support)
    return Estimate(mean, np.where(enough, low, np.nan), np.where(enough, high, np.nan))


def _ends(
    values: np.ndarray, mean: np.ndarray, half: np.ndarray, support: Support
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the interval of ``mean`` that is 2 ``half`` wide to first order."""
    real = mean - half, mean + half
    if support == "real":
        return real
    most = 1.0 if support == "share" else np.inf
    outside = np.any((values < 0.0) | (np.isfinite(values) & (values > most)), axis=0)
    same = (half == 0.0) | (mean <= 0.0) | (mean >= most)  # at an end all values are the same
    kept = outside | same
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if support == "positive":
            factor = np.exp(half / mean)
            inside = mean / factor, mean * factor
        else:
            step = half / (mean * (1.0 - mean))
            inside = expit(logit(mean) - step), expit(logit(mean) + step)
    return np.where(kept, real[0], inside[0]), np.where(kept, real[1], inside[1])


def bootstrap_interval(
    value: float | Float[np.ndarray, ""],
    resampled: Float[np.ndarray, " resamples"],
    drawn_from: float,
) -> BootstrapEstimate:
    """Return ``value`` with the percentile interval of a bootstrap from ``drawn_from`` things.

    The percentiles' distances from the value are widened by Student's t with drawn_from - 1
    degrees of freedom over the normal quantile.

    ``resampled``: values of the resampled things, (resamples,).
    """
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.nanpercentile(resampled, [tail, 100.0 - tail], axis=0)
    widening = students_t(max(drawn_from - 1.0, 1.0)) / students_t(np.inf)
    return BootstrapEstimate(
        np.asarray(value), value + widening * (low - value), value + widening * (high - value)
    )


def number(value: int | float | Num[np.ndarray | np.number, ""] | None) -> str:
    """Return four digits of a number, a dash for a missing one.

    ``value``: None or NaN: missing.

    >>> from nnuniverse.intervals import number
    >>> number(0.123456)
    '0.1235'
    """
    return "-" if value is None or not np.isfinite(value) else f"{value:.4g}"


def with_interval(estimate: Estimate) -> str:
    """Return ``value ± half-width``, or ``value +up -down`` where these differ.

    A difference below `ASYMMETRY` of the larger is not shown, but the larger.

    ``estimate``: a value with the ends of its interval.

    >>> with_interval(Estimate(1.52, 1.41, 1.63))
    '1.52 ± 0.11'
    """
    shown = number(estimate.value)
    if not np.isfinite(estimate.low):
        return shown
    up, down = estimate.high - estimate.value, estimate.value - estimate.low
    if min(up, down) >= (1.0 - ASYMMETRY) * max(up, down):
        return f"{shown} ± {max(up, down):.2g}"
    return f"{shown} +{up:.2g} -{down:.2g}"


def between(estimate: Estimate) -> str:
    """Return ``value [low, high]``: of an interval that is no mean's.

    ``estimate``: a value with the ends of its interval.

    >>> import numpy as np
    >>> from nnuniverse.intervals import Estimate, between
    >>> between(Estimate(np.array(1.0), np.array(0.8), np.array(1.3)))
    '1 [0.8, 1.3]'
    """
    if not np.isfinite(estimate.low):
        return number(estimate.value)
    return f"{number(estimate.value)} [{number(estimate.low)}, {number(estimate.high)}]"


def written(estimate: Estimate) -> str:
    """Return ``estimate`` by `between` if it is that of a bootstrap, else by `with_interval`.

    >>> written(Estimate(1.52, 1.41, 1.63))
    '1.52 ± 0.11'
    """
    bootstrap = isinstance(estimate, BootstrapEstimate)
    return between(estimate) if bootstrap else with_interval(estimate)
