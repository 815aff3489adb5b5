"""Intervals of functions of means over replicas, from leaving each replica out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real

from nnuniverse.intervals import Estimate, students_t

Function = Callable[..., tuple[Float[np.ndarray, " ..."], ...]]
"""Takes means over replicas, each with any number of leading axes, and keeps those axes."""


class Replicates(NamedTuple):
    """A value, (...), and what it would be without each of the replicas, (replica, ...)."""

    value: np.ndarray
    without: np.ndarray

    @property
    def estimate(self) -> Estimate:
        """The value with Student's t interval: of one replica less than there are freedoms."""
        with np.errstate(invalid="ignore"):
            error = np.sqrt(self._mean_product(self._off, self._off))
        half = students_t(len(self.without) - 1) * error
        return Estimate(self.value, self.value - half, self.value + half)

    @property
    def covariance(self) -> Float[np.ndarray, "k k"]:
        """Covariance of the errors of a vector, (k, k) of a value (k,)."""
        return self._mean_product(self._off[:, :, None], self._off[:, None, :])

    @property
    def _off(self) -> np.ndarray:
        return self.without - self.without.mean(axis=0)

    def _mean_product(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        products: np.ndarray = (len(self.without) - 1) * (one * other).mean(axis=0)
        return products


def jackknife(
    function: Function, *statistics: Real[np.ndarray, "replica ..."]
) -> tuple[Replicates, ...]:
    """Return ``function`` of the means of ``statistics`` over replicas, and without each of them.

    The variance of a value is ``(M - 1)/M sum_m (x_(m) - mean x_(m))^2`` of its values x_(m)
    without replica m: the clustered sandwich in its most cautious form, which needs no derivatives
    and lets the records of a replica depend on each other as they like.

    ``statistics``: what each replica contributes, (replica, ...); ``function``: smooth in them.

    Source: M. H. Quenouille, Biometrika 43, 353 (1956); as the sandwich CV3: J. G. MacKinnon,
    M. O. Nielsen, M. D. Webb, J. Appl. Econometrics 38, 671 (2023).
    """
    replicas = len(statistics[0])
    means = [statistic.mean(axis=0) for statistic in statistics]
    without = [
        (replicas * mean - statistic) / (replicas - 1)
        for mean, statistic in zip(means, statistics, strict=True)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):  # what cannot be told is NaN
        return tuple(map(Replicates, function(*means), function(*without)))


def estimates(
    function: Function, *statistics: Real[np.ndarray, "replica ..."]
) -> tuple[Estimate, ...]:
    """Return the values of `jackknife` with their intervals.

    ``function``: of the means, whose values are wanted.
    """
    return tuple(replicates.estimate for replicates in jackknife(function, *statistics))
