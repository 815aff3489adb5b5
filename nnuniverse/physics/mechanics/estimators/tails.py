"""Skewness and kurtosis of a sample, and the law of its large values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import erfcx, log_ndtr

from nnuniverse.errors import ConfigError
from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.estimators.jackknife import estimates

LEAST_TAIL = 50
"""Fewest large values that a law is fitted to, as in Clauset, Shalizi, Newman 2009, Sec. 3.3."""


class Shape(NamedTuple):
    """Third and fourth moments, each (coordinate,), 0 of a normal density.

    ``skewness``: ``<z^3>``; ``excess_kurtosis``: ``<z^4> - 3``, of z of mean 0 and variance 1.
    """

    skewness: Estimate
    excess_kurtosis: Estimate


class LargeValues(NamedTuple):
    """The law of the values beyond ``start``, in standard deviations.

    ``exponent``: alpha of the density |z|^-alpha there, of Hill; ``ahead``: by how much a power law
    is likelier than each of `RIVALS`, nats per large value, negative where the rival describes them
    better.
    """

    start: float
    exponent: Estimate
    ahead: dict[str, Estimate]

    @property
    def is_power_law(self) -> bool:
        """Whether no rival describes the large values as well, at 95 %."""
        return all(one.low > 0.0 for one in self.ahead.values())


def shape(positions: Float[np.ndarray, "replica record coordinate"]) -> Shape:
    """Return skewness and excess kurtosis, mean over records of those over replicas.

    Of central moments m_n of M replicas ``b m_3 / m_2^(3/2)``, ``b = sqrt(M (M - 1))/(M - 2)``;
    ``c ((M + 1)(m_4 / m_2^2 - 3) + 6)``, ``c = (M - 1)/((M - 2)(M - 3))``.  They have no bias for
    normal q.

    ``positions``: (replica, record, coordinate), with four replicas or more.
    """
    replicas = len(positions)
    z = (positions - positions.mean(axis=0)) / positions.std(axis=0)
    third_scale = np.sqrt(replicas * (replicas - 1)) / (replicas - 2)
    fourth_scale = (replicas - 1) / ((replicas - 2) * (replicas - 3))

    def moments(*powers: np.ndarray) -> tuple[np.ndarray, ...]:
        one, two, three, four = powers
        variance = two - one**2
        third = three - 3.0 * one * two + 2.0 * one**3
        fourth = four - 4.0 * one * three + 6.0 * one**2 * two - 3.0 * one**4
        skewness = third_scale * third / variance**1.5
        kurtosis = fourth_scale * ((replicas + 1) * (fourth / variance**2 - 3.0) + 6.0)
        return skewness.mean(axis=-2), kurtosis.mean(axis=-2)

    return Shape(*estimates(moments, z, z**2, z**3, z**4))


def large_values(noise: Float[np.ndarray, "replica value"], share: float = 0.05) -> LargeValues:
    """Return whether the largest sizes of ``noise`` follow a power law or a rival does better.

    Beyond the start x_0, the quantile 1 - ``share`` of |z|, each law is that of largest likelihood:
    ``alpha = 1 + n / sum log(x/x_0)``; exponential in x - x_0; normal exp(-x^2 / 2 s^2).  The mean
    of the difference of their log densities is tested over replicas (Vuong), with x_0 as it is.

    ``noise``: (replica, value) of one coordinate, such as what a drift leaves of its steps; of
    standard deviation 1 by what is done here.  Raises ConfigError with fewer than `LEAST_TAIL`
    values beyond x_0.
    """
    x = np.abs(noise - noise.mean()) / noise.std()
    start = float(np.quantile(x, 1.0 - share))
    large = x > start
    if large.sum() < LEAST_TAIL:
        raise ConfigError(
            "a tail", f"have {LEAST_TAIL} values", f"has {large.sum()}", "more replicas or records"
        )
    count = large.sum(axis=1)

    def sums(values: np.ndarray) -> np.ndarray:
        """Return sums over each replica's large values, (replica,)."""
        spread = np.zeros_like(x)
        spread[large] = values
        return spread.sum(axis=1)

    def ratio(total: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, ...]:
        return (total / count,)

    tail = x[large]
    hill = estimates(
        lambda *sums: (1.0 + 1.0 / ratio(*sums)[0],), sums(np.log(tail / start)), count
    )
    power = log_power_law(tail, start)
    ahead = {
        rival: estimates(ratio, sums(power - law(tail, start)), count)[0]
        for rival, law in RIVALS.items()
    }
    return LargeValues(start, hill[0], ahead)


def log_power_law(x: Float[np.ndarray, " n"], start: float) -> Float[np.ndarray, " n"]:
    """Return log density of the likeliest ``x^-alpha`` beyond ``start``."""
    slope = 1.0 / np.log(x / start).mean()  # alpha - 1
    density: np.ndarray = np.log(slope / start) - (1.0 + slope) * np.log(x / start)
    return density


def log_exponential(x: Float[np.ndarray, " n"], start: float) -> Float[np.ndarray, " n"]:
    """Return log density of the likeliest exponential beyond ``start``.

    ``x``: values beyond the start, (n,).
    """
    rate = 1.0 / (x - start).mean()
    density: np.ndarray = np.log(rate) - rate * (x - start)
    return density


def log_normal_tail(x: Float[np.ndarray, " n"], start: float) -> Float[np.ndarray, " n"]:
    """Return log density of the likeliest ``exp(-x^2 / 2 s^2)`` beyond ``start``.

    Largest likelihood asks for ``<x^2> = s^2 (1 + a h(a))``, a = start/s, with the hazard h of a
    normal density.
    """
    from scipy.optimize import brentq  # loads much

    square = (x**2).mean()

    def excess(s: float) -> float:
        a = start / s
        return float(s**2 * (1.0 + a * np.sqrt(2.0 / np.pi) / erfcx(a / np.sqrt(2.0))) - square)

    s = brentq(excess, 1e-3 * np.sqrt(square - start**2), np.sqrt(square))
    constant = np.log(s) + 0.5 * np.log(2.0 * np.pi) + log_ndtr(-start / s)
    density: np.ndarray = -(x**2) / (2.0 * s**2) - constant
    return density


RIVALS = {"exponential": log_exponential, "normal": log_normal_tail}
"""What a power law is compared with."""
