"""The exponent with which the variance grows, against that of linear drift and plain diffusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Real

from nnuniverse.errors import ConfigError
from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.jackknife import estimates
from nnuniverse.physics.mechanics.estimators.pairs import (
    coordinate_moments,
    finite_replicas,
    pairs_at,
    record_lag,
)
from nnuniverse.physics.mechanics.estimators.transition import transition_of

Window = tuple[float, float]
"""First and last step of a window."""


class GrowthExponents(NamedTuple):
    """Exponents of the variance, each (window, coordinate).

    ``measured``: of the replicas' variance; ``expected``: of the variance that linear drift and
    plain diffusion lead to; ``anomaly``: the first less the second, 0 of normal diffusion.
    """

    measured: Estimate
    expected: Estimate
    anomaly: Estimate


def growth_exponents(
    ensemble: ReplicaEnsemble, windows: Sequence[Window] | None = None, lag: int | None = None
) -> GrowthExponents:
    """Return the slope of log variance against log t in windows of steps, and what it should be.

    Expected is ``phi^(2 t) v_0 + 2 D (1 - phi^(2 t))/(1 - phi^2)``, phi = 1 - k: its exponent goes
    from 1, of free diffusion from a point, to 0, of a stationary state, and so differs from 1 for
    reasons that are not anomalous.  The variance, not the mean square displacement, which holds the
    drift of the mean, too.

    ``windows``: with three records or more after step 0 each; None: `thirds`; ``lag``: in steps,
    of the pairs that k and D are of, by default as far as most records.  Raises ConfigError for a
    window with fewer records.

    ``ensemble``: the replicas, followed along coordinates q.
    """
    positions, steps = finite_replicas(ensemble), ensemble.record_step
    inside = [_inside(steps, window) for window in windows or thirds(steps)]
    pairs, replicas = pairs_at(ensemble, lag or record_lag(ensemble)), len(positions)

    def exponents(
        moments: np.ndarray, mean: np.ndarray, square: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        variance = (square - mean**2) * replicas / (replicas - 1)
        k, _, diffusion, _ = transition_of(moments, pairs.lag, pairs.total)
        curve = _variance(k, diffusion, variance[..., 0, :], steps)
        measured = np.stack([_slope(steps[i], variance[..., i, :]) for i in inside], axis=-2)
        expected = np.stack([_slope(steps[i], curve[..., i, :]) for i in inside], axis=-2)
        return measured, expected, measured - expected

    centred = positions - positions.mean(axis=0)
    return GrowthExponents(*estimates(exponents, coordinate_moments(pairs), centred, centred**2))


def thirds(record_step: Real[np.ndarray, " record"]) -> list[Window]:
    """Return three windows with as many records each after step 0, as far as they can.

    ``record_step``: the steps of the records, ascending, (record,).
    """
    later = record_step[record_step > 0]
    parts = np.array_split(later, 3) if len(later) >= 9 else [later]
    return [(float(part[0]), float(part[-1])) for part in parts]


def _inside(steps: np.ndarray, window: Window) -> np.ndarray:
    first, last = window
    inside = np.flatnonzero((steps > 0) & (steps >= first) & (steps <= last))
    if len(inside) < 3:
        raise ConfigError(
            "a window of steps",
            "hold three records or more after step 0",
            f"{first:g} to {last:g} holds {len(inside)}",
            "a wider one or more records",
        )
    return inside


def _variance(
    rate: np.ndarray, diffusion: np.ndarray, start: np.ndarray, steps: np.ndarray
) -> np.ndarray:
    """Return the variance at ``steps`` from ``start`` on, (..., step, coordinate)."""
    squared = (1.0 - rate[..., None, :]) ** 2
    kept = squared ** steps[:, None]
    return kept * start[..., None, :] + 2.0 * diffusion[..., None, :] * (1.0 - kept) / (
        1.0 - squared
    )


def _slope(steps: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the slope of log variance, (..., step, coordinate), against log step."""
    x = np.log(steps)
    weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    slope: np.ndarray = np.einsum("t,...tc->...c", weights, np.log(variance))
    return slope
