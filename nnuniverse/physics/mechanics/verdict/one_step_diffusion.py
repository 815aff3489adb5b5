"""Diffusion from pairs of positions one step apart."""

from __future__ import annotations

import numpy as np

from nnuniverse.physics.mechanics.verdict.influence import InfluencedEstimate

RESOLVED = 4.0
"""Standard errors by which a D must be above 0 for anything to be measured in it."""


def one_step_diffusion(positions: np.ndarray, increments: np.ndarray) -> InfluencedEstimate:
    """Return D, q^2 / step, of the Ornstein-Uhlenbeck process that steps as the pairs do.

    ``q' = a + f q + s xi`` by least squares over all pairs, ``k = -log f``,
    ``D = k s^2 / (1 - f^2)``: of continuous time, exact at any k, above the s^2 / 2 of discrete
    steps by the factor 1 + k + ....  ``positions``: q, ``increments``: q' - q, (replica, record).
    """
    replicas, records = positions.shape
    centred = positions - positions.mean()
    moment = np.mean(centred**2)
    slope = np.mean(centred * increments) / moment
    residual = increments - increments.mean() - slope * centred
    per_replica = np.mean(residual**2, axis=1)
    spread = float(np.mean(per_replica)) * replicas * records / (replicas * records - 2.0)
    of_spread = per_replica - np.mean(per_replica)
    of_slope = np.mean(centred * residual, axis=1) / moment
    decay = 1.0 + slope
    if not 0.0 < decay < 2.0:
        return InfluencedEstimate(np.nan, np.full(replicas, np.nan))
    rate = -np.log(decay)
    factor, factor_slope = _continuous(rate)
    pulled = factor * of_spread - spread * factor_slope * of_slope / decay
    return InfluencedEstimate(float(factor * spread), pulled)


def is_resolved(diffusion: InfluencedEstimate) -> bool:
    """Return whether D is above 0 by `RESOLVED` standard errors."""
    return bool(diffusion.value > RESOLVED * diffusion.error)


def continuous_diffusion(rate: float, diffusion: float) -> float:
    """Return D of continuous time for steps that keep 1 - k and add the variance 2 D.

    ``rate``: k per step, below 1; ``diffusion``: D per step.
    """
    return float(2.0 * _continuous(-np.log1p(-rate))[0] * diffusion)


def _continuous(rate: float) -> tuple[float, float]:
    """Return k / (1 - exp(-2 k)) and its derivative by k."""
    if abs(rate) < 1e-5:
        return 0.5 + rate / 2.0, 0.5
    risen = -np.expm1(-2.0 * rate)
    return rate / risen, (1.0 - 2.0 * rate * (1.0 - risen) / risen) / risen
