"""Whether the large values of a sample follow a power law: fit, goodness of fit, and rivals."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

LEAST_TAIL = 50
"""Fewest values that a power law is fitted to: with fewer any law fits (Clauset, Shalizi, Newman
2009, Sec. 3.3, find estimates of the exponent unreliable there)."""

LEAST_SHARE = 0.1
"""Least share of a sample that a power law is fitted to: of less it is no law of the sample, and
with x_min as large as one likes almost everything has one."""

MOST_STARTS = 100
"""Values that are tried as x_min, evenly spaced in rank where there are more."""

PLAUSIBLE = 0.1
"""Least p-value of the goodness of fit with which a power law stays plausible, as they have it."""

SIGNIFICANT = 0.05
"""Largest p-value with which a rival counts as the better description."""

RIVALS = ("lognormal", "truncated_power_law", "exponential")
"""What a power law is compared with, as `powerlaw` calls them."""


class Tail(NamedTuple):
    """The tail of a sample and the power law fitted to it.

    ``start``: its least value x_min; ``exponent``: alpha of the density x^-alpha; ``size``: how
    many values are in it; ``distance``: of Kolmogorov and Smirnov, between the tail and the fit.
    """

    start: float
    exponent: float
    size: int
    distance: float


class Rivalry(NamedTuple):
    """A power law against a rival: log of the likelihood ratio over its standard deviation.

    ``ratio`` is negative where the rival describes the tail better; ``p_value``: of a ratio as far
    from zero by chance.
    """

    ratio: float
    p_value: float

    @property
    def lost(self) -> bool:
        """Whether the rival is the better description."""
        return self.ratio < 0.0 and self.p_value < SIGNIFICANT


class PowerLawTest(NamedTuple):
    """What is found of a sample: the ``tail``, how well a power law fits, and its ``rivals``.

    ``p_value``: share of samples with such a power law that it fits worse.
    """

    tail: Tail
    p_value: float
    rivals: dict[str, Rivalry]

    @property
    def plausible(self) -> bool:
        """Whether a power law fits, and no rival fits better.  Not that it is one."""
        return self.p_value >= PLAUSIBLE and not any(one.lost for one in self.rivals.values())


def power_law_test(
    sample: Float[np.ndarray, " n"], random: np.random.Generator, resamples: int = 99
) -> PowerLawTest | None:
    """Test whether the tail of the positive values of a ``sample``, (n,), follows a power law.

    Density ``p(x) = (alpha - 1)/x_min (x/x_min)^-alpha`` for continuous x >= x_min.  The p-value is
    that of the semi-parametric bootstrap: samples of as many values, above x_min of the power law,
    below drawn from the sample, each fitted with an x_min of its own.  It ends as soon as more than
    `PLAUSIBLE` of all ``resamples`` are worse, so that it costs least where a power law fits.
    Rivals, fitted by the package `powerlaw` from the same x_min on, are compared by Vuong's test,
    the truncated power law by that of nested laws.  Values have to be independent.  None if there
    are less than 2 `LEAST_TAIL` of them.

    ``random``: where its numbers are drawn from.

    Source: A. Clauset, C. R. Shalizi, M. E. J. Newman, SIAM Review 51, 661 (2009).  Raises
    ImportError without `powerlaw`.
    """
    values = np.sort(sample[sample > 0.0]).astype(np.float64)
    if len(values) < 2 * LEAST_TAIL:
        return None
    tail = fit_tail(values)
    return PowerLawTest(tail, _p_value(values, tail, random, resamples), compare(values, tail))


def fit_tail(values: Float[np.ndarray, " n"]) -> Tail:
    """Return the tail of ascending positive ``values``, (n,), from the x_min that fits best.

    ``alpha = 1 + n / sum log(x/x_min)`` is that of largest likelihood; x_min the value with the
    least distance of Kolmogorov and Smirnov among those that leave `least_tail` in the tail.  Takes
    memory for n^2 numbers.  The same as `powerlaw.Fit`, which takes a hundred times as long where
    alpha is above 3, and by default finds none there.
    """
    logs = np.log(values)
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf) > 0.0)
    starts = starts[starts <= len(values) - least_tail(len(values))]
    starts = starts[np.unique(np.linspace(0, len(starts) - 1, MOST_STARTS).round().astype(int))]
    counts = len(values) - starts
    sums = np.cumsum(logs[::-1])[::-1]
    exponents = 1.0 + counts / np.maximum(sums[starts] - counts * logs[starts], 1e-300)
    steps = (np.arange(len(values)) - starts[:, None]) / counts[:, None]
    cdf = -np.expm1((1.0 - exponents[:, None]) * (logs - logs[starts, None]).clip(0.0))
    apart = np.maximum(cdf - steps, steps + 1.0 / counts[:, None] - cdf)
    distances = np.where(steps >= 0.0, apart, 0.0).max(axis=1)
    best = int(distances.argmin())
    found = (values[starts[best]], exponents[best], counts[best], distances[best])
    return Tail(float(found[0]), float(found[1]), int(found[2]), float(found[3]))


def least_tail(count: int) -> int:
    """Return the fewest values in the tail of a sample of ``count``."""
    return max(LEAST_TAIL, int(np.ceil(LEAST_SHARE * count)))


def compare(values: Float[np.ndarray, " n"], tail: Tail) -> dict[str, Rivalry]:
    """Return the power law of a ``tail`` against each of `RIVALS`; raises ImportError.

    ``values``: the tail, above its start, (n,).
    """
    import powerlaw

    # Its own bounds end at alpha = 3, beyond which most tails that are no power law are fitted.
    bounds = {"alpha": [0.0, None]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = powerlaw.Fit(values, xmin=tail.start, parameter_ranges=bounds, verbose=0)
        compared = {
            rival: fit.distribution_compare("power_law", rival, normalized_ratio=True)
            for rival in RIVALS
        }
    return {rival: Rivalry(float(r), float(p)) for rival, (r, p) in compared.items()}


def _p_value(values: np.ndarray, tail: Tail, random: np.random.Generator, resamples: int) -> float:
    """Return the p-value of the fit, or a bound above `PLAUSIBLE` where that ends the search."""
    below = values[values < tail.start]
    enough = int(np.ceil(PLAUSIBLE * (resamples + 1)))
    worse = 0
    for drawn in range(1, resamples + 1):
        above = random.binomial(len(values), tail.size / len(values))
        body = random.choice(below, len(values) - above) if len(below) else below
        law = tail.start * random.random(above if len(below) else len(values)) ** (
            -1.0 / (tail.exponent - 1.0)
        )
        worse += fit_tail(np.sort(np.concatenate([body, law]))).distance >= tail.distance
        if worse == enough:
            return worse / drawn
    return (worse + 1) / (resamples + 1)
