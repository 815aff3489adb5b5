"""How often an interval at 95 % holds the truth: of means over replicas, and of lines."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.statistics.simulation import Case, Simulate
from nnuniverse.analysis.fits import fit_line
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.supports import Support

REPLICAS = (3, 5, 10)
POINTS = 164
SLOPE = -0.4
RESAMPLES = 199


def holds_normal(
    generator: np.random.Generator, *, replicas: int, deviation: float, support: Support
) -> bool:
    """Return whether the interval holds the mean 1 of normal values; ``support``: what is known."""
    return _holds(generator.normal(1.0, deviation, replicas), 1.0, support)


def holds_log_normal(
    generator: np.random.Generator, *, replicas: int, deviation: float, support: Support
) -> bool:
    """Return whether the interval holds the mean of values whose log is normal."""
    values = np.exp(generator.normal(0.0, deviation, replicas))
    return _holds(values, np.exp(deviation**2 / 2.0), support)


def holds_share(
    generator: np.random.Generator,
    *,
    replicas: int,
    mean: float,
    deviation: float,
    support: Support,
) -> bool:
    """Return whether the interval holds the mean of shares of a beta distribution."""
    sum_of_both = mean * (1.0 - mean) / deviation**2 - 1.0
    values = generator.beta(mean * sum_of_both, (1.0 - mean) * sum_of_both, replicas)
    return _holds(values, mean, support)


def holds_slope(
    generator: np.random.Generator, *, correlation: float, replicas: int = 1, spread: float = 0.0
) -> bool:
    """Return whether the interval of `fit_line` holds the slope, or the mean of all slopes.

    ``correlation``: of neighbours in noise of unit variance; ``spread``: deviation of the slopes of
    replicas.
    """
    x = np.linspace(0.0, 5.0, POINTS)
    slopes = generator.normal(SLOPE, spread, replicas)
    series = [(x, 1.0 + slope * x + _correlated(generator, correlation)) for slope in slopes]
    fitted = fit_line(series, RESAMPLES, int(generator.integers(2**31))).slope
    return bool(fitted.low <= SLOPE <= fitted.high)


def _holds(values: np.ndarray, mean: float, support: Support) -> bool:
    estimate = mean_over_replicas(values, support)
    return bool(estimate.low <= mean <= estimate.high)


def _correlated(generator: np.random.Generator, correlation: float) -> np.ndarray:
    """Return autoregressive noise of unit variance."""
    noise = generator.normal(size=POINTS)
    for k in range(1, POINTS):
        noise[k] = correlation * noise[k - 1] + np.sqrt(1.0 - correlation**2) * noise[k]
    return noise


DISTRIBUTIONS: dict[str, tuple[Simulate, Support]] = {
    "normal, mean 1, sd 0.3": (partial(holds_normal, deviation=0.3), "positive"),
    "log-normal, sd of the log 0.3": (partial(holds_log_normal, deviation=0.3), "positive"),
    "log-normal, sd of the log 0.6": (partial(holds_log_normal, deviation=0.6), "positive"),
    "log-normal, sd of the log 1": (partial(holds_log_normal, deviation=1.0), "positive"),
    "shares, mean 0.02, sd 0.014": (partial(holds_share, mean=0.02, deviation=0.014), "share"),
    "shares, mean 0.1, sd 0.04": (partial(holds_share, mean=0.1, deviation=0.04), "share"),
}
"""Simulations by what is drawn, and what is known of the values."""

CASES = [
    *(
        Case(
            f"mean of {replicas}: {what}; taken as {taken}",
            partial(simulate, replicas=replicas, support=taken),
            "95",
        )
        for what, (simulate, support) in DISTRIBUTIONS.items()
        for replicas in REPLICAS
        for taken in ("real", support)
    ),
    *(
        Case(
            f"slope of a line: neighbours correlated with {correlation}",
            partial(holds_slope, correlation=correlation),
            "95",
        )
        for correlation in (0.0, 0.7, 0.9)
    ),
    *(
        Case(
            f"slope of a line through 5 replicas: slopes with sd {spread}, correlated with 0.7",
            partial(holds_slope, correlation=0.7, replicas=5, spread=spread),
            "95",
        )
        for spread in (0.0, 0.3)
    ),
]
