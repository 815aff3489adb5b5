"""How a function of diffusing parameters changes: drift, Ito's term and the finite step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import Ensemble
from nnuniverse.physics.mechanics.estimators.expansion import SecondOrder
from nnuniverse.physics.mechanics.estimators.jackknife import estimates
from nnuniverse.physics.mechanics.estimators.linear_drift import freedom, linear_drift
from nnuniverse.physics.mechanics.estimators.pairs import (
    coordinate_moments,
    finite_replicas,
    pair_moments,
    pairs_at,
    record_lag,
    trapezoid,
)
from nnuniverse.physics.mechanics.estimators.transition import transition_of


class ChainRule(NamedTuple):
    """Mean change of F per step, over the time from the first record used to the last, each ().

    ``drift``: ``<u . grad F>``, all that the paper has; ``ito``: ``Tr(D H)``; ``finite_step``:
    ``<1/2 u . H u>``, of second order in the rate; ``total``: their sum; ``measured``: what F has
    changed by in all that time, most of whose steps are not among those of the terms.
    """

    drift: Estimate
    ito: Estimate
    finite_step: Estimate
    total: Estimate
    measured: Estimate


def chain_rule(
    ensemble: Ensemble, function: SecondOrder, since: int = 0, lag: int | None = None
) -> ChainRule:
    """Return the terms of ``d<F>/dt``, and the change of F by itself.

    ``d<F>/dt = <u . grad F> + Tr(D H) + 1/2 <u . H u>`` for F of second order, with the drift
    ``u_i = -k_i (q_i - c_i)`` of `transition`, each coordinate by itself as a mode, and the matrix
    D of `diffusion_matrix`.  The means over time are by the trapezoidal rule.  Without the second
    term F would change in equilibrium (B25).

    ``function``: F; ``since``: step of the first record used, so that a stationary state can be
    told from the way there; ``lag``: in steps, of the pairs that k and c are of, by default as far
    as most records.

    Source: 2012.05082 (2.2), 2008.01540 (4.6), which lack the last two terms.
    """
    used = ensemble.since(since)
    steps, apart = pairs_at(used), pairs_at(used, lag or record_lag(used))
    positions, share, h = finite_replicas(used), freedom(steps), function.hessian
    ends = function.value(positions[:, [0, -1]])
    time = used.record_step[-1] - used.record_step[0]

    def terms(
        drifting: np.ndarray, stepping: np.ndarray, means: np.ndarray, measured: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        u = _coefficients(*transition_of(drifting, apart.lag, apart.total)[:2])
        slope = np.concatenate([function.gradient[None], h])  # grad F = slope^T (1, q)
        drift = (u * (means @ slope)).sum(axis=(-2, -1))
        ito = (linear_drift(stepping)[1] * h).sum(axis=(-2, -1)) / (2.0 * share)
        finite_step = 0.5 * ((means @ u) * (u @ h)).sum(axis=(-2, -1))
        return drift, ito, finite_step, drift + ito + finite_step, measured

    statistics = coordinate_moments(apart), pair_moments(steps), _mean_squares(positions, used)
    return ChainRule(*estimates(terms, *statistics, (ends[:, 1] - ends[:, 0]) / time))


def _coefficients(rate: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Return b of the drift ``b^T (1, q)``, (..., 1 + d, d)."""
    slopes = -rate[..., None, :] * np.eye(rate.shape[-1])
    return np.concatenate([(rate * centre)[..., None, :], slopes], axis=-2)


def _mean_squares(positions: np.ndarray, ensemble: Ensemble) -> np.ndarray:
    """Return each replica's mean over time of ``(1, q)(1, q)^T``, (replica, 1 + d, 1 + d)."""
    z = np.concatenate([np.ones((*positions.shape[:2], 1)), positions], axis=2)
    weights = trapezoid(ensemble.record_step)[:, None]
    squares: np.ndarray = (z * weights).swapaxes(1, 2) @ z
    return squares
