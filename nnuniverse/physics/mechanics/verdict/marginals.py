"""What an ensemble shows of one coordinate: mean and variance of p(t, q) at the records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import jax
import numpy as np

Values = jax.Array | np.ndarray

LEAST_VARIANCE = 1e-10
"""Variance at a record over the largest, below which replicas are at one point there: left out."""


class Clock(NamedTuple):
    """When records were taken, in units of the time of the last.

    ``time``: t / T, (record,); ``step``: of one step; ``period``: of an epoch, inf if there is
    none.
    """

    time: Values
    step: Values
    period: Values


@dataclass(frozen=True)
class Units:
    """What the fits count in: ``time``: T, steps; ``length`` of q; ``origin``: the q called 0."""

    time: float
    length: float
    origin: float


@dataclass(frozen=True)
class Sample:
    """Replicas of one coordinate in the units of the fits.

    ``positions``: (replica, record); ``clock``: of the records; ``units``: what both count in;
    ``used``: whether a record is one of these, (all records,).
    """

    positions: np.ndarray
    clock: Clock
    units: Units
    used: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Mean over replicas, (record,)."""
        return self.positions.mean(axis=0)

    @property
    def variance(self) -> np.ndarray:
        """Variance over replicas, the most likely one of a Gaussian, (record,)."""
        return self.positions.var(axis=0)

    def part(self, chosen: np.ndarray) -> Sample:
        """Return the replicas of the indices or of the mask ``chosen``, in the same units."""
        return replace(self, positions=self.positions[chosen])


def sample_of(positions: np.ndarray, record_step: np.ndarray, period: int | None = None) -> Sample:
    """Return the replicas of one coordinate with time and length scaled to one.

    ``positions``: q, (replica, record); ``record_step``: t, steps, (record,); ``period``: steps of
    an epoch.  Records at which all replicas are at one point, such as a common start, tell nothing
    of the width and are left out.
    """
    variance = positions.var(axis=0)
    told = variance > LEAST_VARIANCE * variance.max()
    time, length = float(record_step[-1]), float(np.sqrt(variance.max()))
    units = Units(time, length, float(positions[:, -1].mean()))
    clock = Clock(
        np.asarray(record_step[told] / time),
        np.asarray(1.0 / time),
        np.asarray(np.inf if period is None else period / time),
    )
    return Sample((positions[:, told] - units.origin) / length, clock, units, told)


def log_likelihood(positions: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the mean over records of each replica's log p, (replica,).

    ``log p = -(log 2 pi v + (q - m)^2 / v) / 2`` with the model's mean m and variance v, (record,).
    """
    squares = (positions - mean) ** 2 / variance
    return -0.5 * np.mean(np.log(2.0 * np.pi * variance) + squares, axis=1)
