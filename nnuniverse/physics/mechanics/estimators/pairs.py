"""Positions of the same replica a number of steps apart, and their second moments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble


class Pairs(NamedTuple):
    """Positions and those that the same replicas had some steps later.

    ``before``: q(t), and ``after``: q(t + tau), each (replica, pair, coordinate); ``step``: t,
    (pair,); ``lag``: tau, steps.
    """

    before: np.ndarray
    after: np.ndarray
    step: np.ndarray
    lag: int

    @property
    def increments(self) -> Float[np.ndarray, "replica pair coordinate"]:
        """q(t + tau) - q(t), (replica, pair, coordinate)."""
        return self.after - self.before

    @property
    def total(self) -> int:
        """Pairs of all replicas together."""
        return self.before.shape[0] * self.before.shape[1]


def pairs_at(ensemble: ReplicaEnsemble, lag: int = 1) -> Pairs:
    """Return all pairs of stored positions that are ``lag`` tau >= 1 steps apart, in float64.

    Replicas that have diverged are left out whole.  Raises ConfigError if no two stored steps are
    ``lag`` apart.

    ``ensemble``: the replicas, followed along coordinates q.
    """
    positions, steps = _in_time(ensemble)
    begins = np.flatnonzero(np.isin(steps + lag, steps))
    if not len(begins):
        raise ConfigError(
            "the lag",
            "be a distance between stored steps",
            f"is {lag} where the records are {np.unique(np.diff(ensemble.record_step))} apart",
            "1, or one of these",
        )
    ends = np.searchsorted(steps, steps[begins] + lag)
    return Pairs(positions[:, begins], positions[:, ends], steps[begins], lag)


def finite_replicas(ensemble: ReplicaEnsemble) -> Float[np.ndarray, "replica record coordinate"]:
    """Return q at the records of the replicas that never diverge, float64, as `at_records` is.

    ``ensemble``: the replicas, followed along coordinates q.
    """
    return _finite(ensemble.at_records)


def _finite(positions: np.ndarray) -> np.ndarray:
    whole = np.isfinite(positions).reshape(len(positions), -1).all(axis=1)
    return positions[whole].astype(np.float64)


def _in_time(ensemble: ReplicaEnsemble) -> tuple[np.ndarray, np.ndarray]:
    """Return all positions in the order of time, (replica, time, coordinate), and their steps."""
    replicas, _, after, coordinates = ensemble.positions.shape
    steps, first = np.unique(ensemble.record_step[:, None] + np.arange(after), return_index=True)
    flat = ensemble.positions.reshape(replicas, -1, coordinates)[:, first]
    return _finite(flat), steps


def pair_moments(pairs: Pairs, degree: int = 1) -> Float[np.ndarray, "replica z z"]:
    """Return each replica's mean of ``z z^T``, z = (1, q, ..., q^degree, q' - q).

    Least squares, residuals and means of quadratic forms are functions of its mean over replicas.
    Of a ``degree`` above 1, q is taken from its mean and in its standard deviations.

    ``pairs``: positions a lag apart, of every replica.
    """
    q = pairs.before
    ones = np.ones((*q.shape[:2], 1))
    x = q if degree == 1 else (q - q.mean(axis=(0, 1))) / q.std(axis=(0, 1))
    powers = [x**power for power in range(1, degree + 1)]
    z = np.concatenate([ones, *powers, pairs.increments], axis=2)
    moments: np.ndarray = z.swapaxes(1, 2) @ z / z.shape[1]
    return moments


def coordinate_moments(pairs: Pairs) -> Float[np.ndarray, "replica coordinate 3 3"]:
    """Return the same of every coordinate by itself, (replica, coordinate, 3, 3).

    ``pairs``: positions a lag apart, of every replica.
    """
    q, dq = pairs.before, pairs.increments
    z = np.stack([np.ones_like(q), q, dq], axis=-1).swapaxes(1, 2)
    moments: np.ndarray = z.swapaxes(2, 3) @ z / z.shape[2]
    return moments


def record_lag(ensemble: ReplicaEnsemble) -> int:
    """Return the distance in steps at which most records lie.

    ``ensemble``: the replicas, followed along coordinates q.
    """
    gaps, times = np.unique(np.diff(ensemble.record_step), return_counts=True)
    return int(gaps[times.argmax()])
