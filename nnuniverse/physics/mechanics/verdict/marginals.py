"""What an ensemble shows of one coordinate: mean and variance of p(t, q) at the records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real, Shaped

LEAST_VARIANCE = 1e-10
"""Variance at a record over the largest, below which replicas are at one point there: left out."""


class Clock(NamedTuple):
    """When records were taken, in units of the time from the first to the last.

    ``time``: since the first, (record,); ``step``: of one step; ``begun``: of the first;
    ``period``: of an epoch, inf if there is none.
    """

    time: np.ndarray
    step: np.ndarray
    begun: np.ndarray
    period: np.ndarray


@dataclass(frozen=True)
class Units:
    """What the fits count in.

    ``time``: T, steps; ``begun``: the step called 0; ``length`` of q; ``origin``: the q called 0.
    """

    time: float
    begun: float
    length: float
    origin: float


@dataclass(frozen=True)
class Sample:
    """Replicas of one coordinate in the units of the fits.

    ``positions``: (replica, record); ``clock``: of the records; ``units``: what both count in.
    """

    positions: np.ndarray
    clock: Clock
    units: Units

    @property
    def mean(self) -> Float[np.ndarray, " record"]:
        """Mean over replicas, (record,)."""
        return self.positions.mean(axis=0)

    @property
    def variance(self) -> Float[np.ndarray, " record"]:
        """Variance over replicas, the most likely one of a Gaussian, (record,)."""
        return self.positions.var(axis=0)

    def part(self, chosen: Shaped[np.ndarray, " chosen"]) -> Sample:
        """Return the replicas of the indices or of the mask ``chosen``, in the same units."""
        return replace(self, positions=self.positions[chosen])


def sample_of(
    positions: Float[np.ndarray, "replica record"],
    record_step: Real[np.ndarray, " record"],
    period: int | None = None,
) -> Sample:
    """Return the replicas of one coordinate with time and length scaled to one.

    ``positions``: q, (replica, record); ``record_step``: t, steps, (record,); ``period``: steps of
    an epoch.  Records at which all replicas are at one point, such as a common start, tell nothing
    of the width and are left out.
    """
    variance = positions.var(axis=0)
    told = variance > LEAST_VARIANCE * variance.max()
    begun, time = float(record_step[0]), float(record_step[-1] - record_step[0])
    length, origin = float(np.sqrt(variance.max())), float(positions[:, -1].mean())
    units = Units(time, begun, length, origin)
    clock = clock_at(record_step[told], units, period)
    return Sample((positions[:, told] - origin) / length, clock, units)


def clock_at(steps: Real[np.ndarray, " steps"], units: Units, period: float | None = None) -> Clock:
    """Return ``steps`` as the fits count them; ``period``: steps of an epoch.

    ``units``: what the fits count in.
    """
    return Clock(
        (steps - units.begun) / units.time,
        np.asarray(1.0 / units.time),
        np.asarray(units.begun / units.time),
        np.asarray(np.inf if period is None else period / units.time),
    )


def log_likelihood(
    positions: Float[np.ndarray, "replica record"],
    mean: Float[np.ndarray, " record"],
    variance: Float[np.ndarray, " record"],
) -> Float[np.ndarray, " replica"]:
    """Return the mean over records of each replica's log p, (replica,).

    ``log p = -(log 2 pi v + (q - m)^2 / v) / 2`` with the model's mean m and variance v, (record,).

    ``positions``: q of the replicas, (replica, record, ...).
    """
    squares = (positions - mean) ** 2 / variance
    return -0.5 * np.mean(np.log(2.0 * np.pi * variance) + squares, axis=1)
