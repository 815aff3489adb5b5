"""How a function of diffusing parameters changes: drift, Ito's term and the finite step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.expansion import SecondOrder
from nnuniverse.physics.mechanics.estimators.jackknife import estimates
from nnuniverse.physics.mechanics.estimators.linear_drift import freedom, linear_drift
from nnuniverse.physics.mechanics.estimators.pairs import (
    coordinate_moments,
    finite_replicas,
    pair_moments,
    pairs_at,
    record_lag,
)
from nnuniverse.physics.mechanics.estimators.transition import transition_of


class ChainRule(NamedTuple):
    """Mean change of F per step, right after the records used, each ().

    ``drift``: ``<u . grad F>``, all that the paper has; ``ito``: ``Tr(D H)``; ``finite_step``:
    ``<1/2 u . H u>``, of second order in the rate; ``total``: their sum; ``measured``: by F in the
    same steps; ``overall``: by F from the first record to the last, the same in a stationary state
    and with far less noise.
    """

    drift: Estimate
    ito: Estimate
    finite_step: Estimate
    total: Estimate
    measured: Estimate
    overall: Estimate


def chain_rule(
    ensemble: ReplicaEnsemble, function: SecondOrder, since: int = 0, lag: int | None = None
) -> ChainRule:
    """Return the terms of ``d<F>/dt``, and the change of F by itself.

    ``d<F>/dt = <u . grad F> + Tr(D H) + 1/2 <u . H u>`` for F of second order, with the drift
    ``u_i = -k_i (q_i - c_i)`` of `transition`, each coordinate by itself as a mode, and the matrix
    D of `diffusion_matrix`.  Without the second term F would change in equilibrium (B25).

    ``function``: F; ``since``: step of the first record used, so that a stationary state can be
    told from the way there; ``lag``: in steps, of the pairs that k and c are of, by default as far
    as most records.

    ``ensemble``: the replicas, followed along coordinates q.

    Source: 2012.05082 (2.2), 2008.01540 (4.6), which lack the last two terms.
    """
    used = ensemble.since(since)
    steps, apart = pairs_at(used), pairs_at(used, lag or record_lag(used))
    positions, share, h = finite_replicas(used), freedom(steps), function.hessian
    produced = function.value(steps.after) - function.value(steps.before)
    ends = function.value(positions[:, [0, -1]])
    overall = (ends[:, 1] - ends[:, 0]) / (used.record_step[-1] - used.record_step[0])

    def terms(
        drifting: np.ndarray, stepping: np.ndarray, *changes: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        u = _coefficients(*transition_of(drifting, apart.lag, apart.total)[:2])
        means = stepping[..., : len(h) + 1, : len(h) + 1]  # of (1, q)(1, q)^T
        slope = np.concatenate([function.gradient[None], h])  # grad F = slope^T (1, q)
        drift = (u * (means @ slope)).sum(axis=(-2, -1))
        ito = (linear_drift(stepping, len(h))[1] * h).sum(axis=(-2, -1)) / (2.0 * share)
        finite_step = 0.5 * ((means @ u) * (u @ h)).sum(axis=(-2, -1))
        return drift, ito, finite_step, drift + ito + finite_step, *changes

    statistics = coordinate_moments(apart), pair_moments(steps), produced.mean(axis=1), overall
    return ChainRule(*estimates(terms, *statistics))


def _coefficients(rate: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Return b of the drift ``b^T (1, q)``, (..., 1 + d, d)."""
    slopes = -rate[..., None, :] * np.eye(rate.shape[-1])
    return np.concatenate([(rate * centre)[..., None, :], slopes], axis=-2)
