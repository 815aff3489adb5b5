"""The naive estimator of drift and diffusion, from conditional moments over a finite lag."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.estimators.jackknife import estimates
from nnuniverse.physics.mechanics.estimators.pairs import Pairs, coordinate_moments


class KramersMoyal(NamedTuple):
    """Naive rate, 1/step, and diffusion, q^2 / step, each (coordinate,)."""

    rate: Estimate
    diffusion: Estimate


def kramers_moyal(pairs: Pairs) -> KramersMoyal:
    """Return the first two Kramers-Moyal coefficients of a linear drift, *biased* by the lag.

    ``k = -Cov(q, dq) / (tau Var q)`` and ``D = Var(dq | q) / (2 tau)`` of dq = q(t + tau) - q(t),
    as if tau were short.  By how much they are off: `expected_kramers_moyal`.  `transition` is not;
    this one shows what is lost without it.

    ``pairs``: positions a lag apart, of every replica.
    """

    def fitted(moments: np.ndarray) -> tuple[np.ndarray, ...]:
        mean, change = moments[..., 0, 1], moments[..., 0, 2]
        covariance = moments[..., 1, 2] - mean * change
        slope = covariance / (moments[..., 1, 1] - mean**2)
        residual = moments[..., 2, 2] - change**2 - slope * covariance
        return -slope / pairs.lag, residual / (2.0 * pairs.lag)

    return KramersMoyal(*estimates(fitted, coordinate_moments(pairs)))


def expected_kramers_moyal(
    rate: Float[np.ndarray, "*values"], diffusion: Float[np.ndarray, "*values"], lag: int
) -> tuple[Float[np.ndarray, "*values"], Float[np.ndarray, "*values"]]:
    """Return what the naive rate and diffusion come to where the true ones are these.

    ``(1 - phi^tau)/tau`` and ``D (1 - phi^(2 tau)) / (tau (1 - phi^2))``, phi = 1 - k: equal to the
    true ones at tau = 1, and for k -> 0 at fixed x = k tau lower by the factors ``(1 - e^-x)/x``
    and ``(1 - e^-2x)/2x``.

    ``rate``: k, 1/step, in (0, 2); ``diffusion``: D; ``lag``: tau, steps.
    """
    phi = 1.0 - rate
    steps = (1.0 - phi ** (2 * lag)) / (1.0 - phi**2)
    return np.asarray((1.0 - phi**lag) / lag), np.asarray(diffusion * steps / lag)
