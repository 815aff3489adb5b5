"""Entropy production term by term, and the change of the entropy itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.entropy import centred_moments, covariance
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


class EntropyProduction(NamedTuple):
    """Nats per step, at every record, (record,), or over several, ().

    ``fisher``: of diffusion, ``Tr(D Sigma^-1) > 0``; ``learning``: of the drift, ``-Tr k``;
    ``finite_step``: what a step of finite size adds, ``1/2 Tr(k Sigma k Sigma^-1) > 0``, which is
    small as k is; ``total``: their sum.
    """

    fisher: Estimate
    learning: Estimate
    finite_step: Estimate
    total: Estimate


def entropy_production(
    ensemble: ReplicaEnsemble, lag: int | None = None, since: int | None = None
) -> EntropyProduction:
    """Return the entropy production of normal q with linear drifts, term by term.

    ``dS/dt = D Tr Sigma^-1 - Tr k`` with the covariance Sigma of the replicas, whose inverse is
    freed of its bias.  In a stationary state the total vanishes: with its third term exactly, since
    there ``Sigma = (1 - k) Sigma (1 - k) + 2 D``, so that for small k the two terms of (2.5) are
    equal and opposite (B31).  For other densities the first term is too small, by the inequality
    of Cramer and Rao.

    D is the matrix of one step; k that of every coordinate by itself, as of modes, from positions
    ``lag`` steps apart, by default as far as most records.  ``since``: step from which on all is
    averaged over the records, for a stationary state; None: no average.

    ``ensemble``: the replicas, followed along coordinates q.

    Source: 2012.05082 (2.5); the second term is not negligible in equilibrium (B31).
    """
    positions = finite_replicas(ensemble.since(since or 0))
    apart, steps = pairs_at(ensemble, lag or record_lag(ensemble)), pairs_at(ensemble)
    replicas, d, share = len(positions), positions.shape[2], freedom(steps)
    unbiased = (replicas - d - 2) / (replicas - 1)

    def terms(
        drift: np.ndarray, step: np.ndarray, mean: np.ndarray, square: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        k = transition_of(drift, apart.lag, apart.total)[0][..., None, :]
        diffusion = (linear_drift(step, d)[1] / (2.0 * share))[..., None, :, :]
        sigma = covariance(mean, square, replicas)
        inverse = unbiased * np.linalg.inv(sigma)
        fisher = (diffusion * inverse).sum(axis=(-2, -1))
        learning = np.broadcast_to(-k.sum(axis=-1), fisher.shape)
        spread = k[..., :, None] * k[..., None, :] * sigma
        finite_step = 0.5 * (spread * inverse / unbiased).sum(axis=(-2, -1))
        found = fisher, learning, finite_step, fisher + learning + finite_step
        return found if since is None else tuple(term.mean(axis=-1) for term in found)

    moments = centred_moments(positions)
    return EntropyProduction(
        *estimates(terms, coordinate_moments(apart), pair_moments(steps), *moments)
    )


def entropy_rate(ensemble: ReplicaEnsemble) -> Estimate:
    """Return the change of the Gaussian entropy from record to record, per step, (record - 1,).

    ``(S(t') - S(t)) / (t' - t)``: the direct way, with more noise than `entropy_production`.

    ``ensemble``: the replicas, followed along coordinates q.
    """
    positions = finite_replicas(ensemble)
    replicas, gaps = len(positions), np.diff(ensemble.record_step)

    def rate(mean: np.ndarray, square: np.ndarray) -> tuple[np.ndarray, ...]:
        entropy = 0.5 * np.linalg.slogdet(covariance(mean, square, replicas))[1]
        return (np.diff(entropy, axis=-1) / gaps,)

    return estimates(rate, *centred_moments(positions))[0]
