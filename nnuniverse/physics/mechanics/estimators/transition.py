"""Drift and diffusion of single coordinates from the exact transition of linear discrete steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.estimators.jackknife import estimates
from nnuniverse.physics.mechanics.estimators.pairs import Pairs, coordinate_moments


class Transition(NamedTuple):
    """What ``q_{t+1} = c + (1 - k)(q_t - c) + sqrt(2 D) xi_t`` is found to be, per coordinate.

    ``rate``: k, the share of the distance to the centre that a step takes away; ``centre``: c;
    ``diffusion``: D, half the variance that a step adds, q^2 / step; ``variance``: of the
    stationary state, ``D / (k (1 - k/2))``, NaN where there is none.  Each (coordinate,).
    """

    rate: Estimate
    centre: Estimate
    diffusion: Estimate
    variance: Estimate


def transition(pairs: Pairs) -> Transition:
    """Return drift and diffusion per step from positions tau steps apart, without bias of the lag.

    Least squares ``q' = a + phi q`` with residual variance s^2 give ``phi_1 = phi^(1/tau)``,

        ``k = 1 - phi_1,  c = a/(1 - phi),  D = s^2 / (2 sum_{j<tau} phi_1^(2 j))``.

    Each coordinate by itself, as a mode of the linear dynamics has it; noise independent from step
    to step.  With momentum or by shuffled epochs what comes out depends on the lag.  Where phi < 0
    and tau is even, no rate fits: NaN.

    ``pairs``: positions a lag apart, of every replica.
    """

    def fitted(moments: np.ndarray) -> tuple[np.ndarray, ...]:
        return transition_of(moments, pairs.lag, pairs.total)

    return Transition(*estimates(fitted, coordinate_moments(pairs)))


def transition_of(
    moments: Float[np.ndarray, "*parts 3 3"], lag: int, count: int
) -> tuple[Float[np.ndarray, "*parts"], ...]:
    """Return k, c, D and the stationary variance of means over ``count`` pairs, (..., 3, 3).

    ``moments``: of z = (1, q, q' - q), (..., 3, 3); ``lag``: tau, in steps.
    """
    mean, change = moments[..., 0, 1], moments[..., 0, 2]
    variance = moments[..., 1, 1] - mean**2
    covariance = moments[..., 1, 2] - mean * change
    slope = covariance / variance  # phi - 1
    residual = moments[..., 2, 2] - change**2 - slope * covariance
    with np.errstate(divide="ignore", invalid="ignore"):
        log_phi = np.log(np.abs(1.0 + slope)) / lag
        rate = np.where(slope > -1.0, -np.expm1(log_phi), 1.0 + np.exp(log_phi))
        if lag % 2 == 0:
            rate = np.where(slope < -1.0, np.nan, rate)
        steps = np.where(log_phi == 0.0, lag, np.expm1(2.0 * lag * log_phi) / _least(log_phi))
        diffusion = np.maximum(residual, 0.0) * count / (count - 2) / (2.0 * steps)
        stationary = np.where(log_phi < 0.0, -2.0 * diffusion / _least(log_phi), np.nan)
    return tuple(map(np.asarray, (rate, mean - change / slope, diffusion, stationary)))


def _least(log_phi: np.ndarray) -> np.ndarray:
    """Return phi_1^2 - 1."""
    return np.asarray(np.expm1(2.0 * log_phi))
