"""The entropy production of a Gaussian ensemble under diffusion, beside the measured one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.entropy import centred_moments, covariance
from nnuniverse.physics.mechanics.estimators.jackknife import estimates
from nnuniverse.physics.mechanics.estimators.linear_drift import freedom, linear_drift
from nnuniverse.physics.mechanics.estimators.pairs import (
    pair_moments,
    pairs_at,
)


class GaussianProduction(NamedTuple):
    """Entropy production in nats per step, at the records, (record,), or over several, ().

    ``printed``: (12.1), with one diffusion coefficient for all directions; ``matrix``: the same
    with the measured matrix; ``diffusion``: what this comes to over a step of finite size;
    ``measured``: by how much the entropy grows in the step after a record; ``drift``: the rest,
    which (12.1) has not.
    """

    printed: Estimate
    matrix: Estimate
    diffusion: Estimate
    measured: Estimate
    drift: Estimate


class EntropyGain(NamedTuple):
    """Entropy gained from the first to the last record, nats: by diffusion alone, and measured."""

    diffusion: Estimate
    measured: Estimate


def printed_production(diffusion: float, form: Float[np.ndarray, "K K"]) -> float:
    """Return ``D Tr g``, the first term of (12.1), nats per unit of time.

    ``diffusion``: D of ``dp/dt = (D/2) Laplacian p``, (11.5), twice that of 2012.05082; ``form``: g
    of ``p ~ exp(-Q^T g Q)``, (K, K), which is half the inverse of the covariance.

    Source: 2004.09280 (12.1).
    """
    return float(diffusion * np.trace(form))


def diffused_entropy(
    diffusion: Float[np.ndarray, "*#records K K"],
    covariance: Float[np.ndarray, "*#records K K"],
    time: float,
) -> Float[np.ndarray, "*#records"]:
    """Return what diffusion alone adds to the entropy in some ``time``, nats, (...).

    ``1/2 log det(1 + 2 t D Sigma^-1)``, to first order t Tr(D Sigma^-1).  ``diffusion``: D, half
    the covariance that is added per unit of time, (..., K, K); ``covariance``: Sigma at first,
    (..., K, K).

    Source: 2004.09280 (11.5), (12.1).
    """
    grown = np.linalg.slogdet(covariance + 2.0 * time * diffusion)[1]
    return np.asarray(0.5 * (grown - np.linalg.slogdet(covariance)[1]))


def gaussian_production(ensemble: ReplicaEnsemble, since: int | None = None) -> GaussianProduction:
    """Return the entropy production of an ensemble by (12.1), and what it is.

    g = Sigma^-1/2 of the covariance Sigma of the replicas, its inverse freed of its bias; D of what
    a drift that is linear in all coordinates leaves of a step, the mean of its eigenvalues where
    there is to be one.  ``since``: step from which on all is averaged over records, as of a
    stationary state; None: no average.

    (12.1) leaves the drift out, as if it vanished near an equilibrium (11.2), where it cancels
    diffusion (B31).  Raises ConfigError for fewer steps than what is fitted.

    Source: 2004.09280 (12.1).
    """
    steps, positions = pairs_at(ensemble), _finite(ensemble)
    used = positions[:, ensemble.record_step >= (since or 0)]
    replicas, d, share = len(used), used.shape[-1], freedom(steps)
    unbiased = (replicas - d - 2) / (replicas - 1)

    def terms(step: np.ndarray, mean: np.ndarray, square: np.ndarray) -> tuple[np.ndarray, ...]:
        diffusion = (linear_drift(step, d)[1] / (2.0 * share))[..., None, :, :]
        of_both = covariance(mean, square, replicas)
        now, later = of_both[..., 0, :, :], of_both[..., 1, :, :]
        inverse = unbiased * np.linalg.inv(now)
        one = np.trace(diffusion, axis1=-2, axis2=-1) / d
        matrix = (diffusion * inverse).sum(axis=(-2, -1))
        diffused = _of_sample(diffusion, now, 1.0, replicas)
        measured = 0.5 * (np.linalg.slogdet(later)[1] - np.linalg.slogdet(now)[1])
        found = (
            one * np.trace(inverse, axis1=-2, axis2=-1),
            matrix,
            diffused,
            measured,
            measured - diffused,
        )
        return found if since is None else tuple(term.mean(axis=-1) for term in found)

    return GaussianProduction(*estimates(terms, pair_moments(steps), *centred_moments(used)))


def entropy_gain(ensemble: ReplicaEnsemble) -> EntropyGain:
    """Return the entropy that an ensemble gains from its first to its last record.

    Source: 2004.09280 (11.6), (12.1), its integral over time.
    """
    steps, positions = pairs_at(ensemble), _finite(ensemble)[:, [0, -1], 0]
    replicas, d, share = len(positions), positions.shape[-1], freedom(steps)
    time = float(ensemble.record_step[-1] - ensemble.record_step[0])

    def gains(step: np.ndarray, mean: np.ndarray, square: np.ndarray) -> tuple[np.ndarray, ...]:
        diffusion = linear_drift(step, d)[1] / (2.0 * share)
        ends = covariance(mean, square, replicas)
        entropies = 0.5 * np.linalg.slogdet(ends)[1]
        first = ends[..., 0, :, :]
        diffused = _of_sample(diffusion, first, time, replicas)
        return diffused, entropies[..., 1] - entropies[..., 0]

    return EntropyGain(*estimates(gains, pair_moments(steps), *centred_moments(positions)))


def _of_sample(
    diffusion: np.ndarray, covariance: np.ndarray, time: float, replicas: int
) -> np.ndarray:
    """Return `diffused_entropy` of a sample's covariance, less what that errs by on average.

    log det A of ``A = C + 2 t D`` with the covariance C of M normal replicas is too small by ``(Tr
    (B B) + (Tr B)^2)/(2 (M - 1))``, B = A^-1 C, to second order in what C errs by; B = 1 of C
    itself.
    """
    grown = covariance + 2.0 * time * diffusion
    share = np.linalg.solve(grown, covariance)
    trace = np.trace(share, axis1=-2, axis2=-1)
    squares = np.einsum("...ij,...ji->...", share, share) + trace**2
    d = covariance.shape[-1]
    bias = (d + d**2 - squares) / (4.0 * (replicas - 1))
    found: np.ndarray = diffused_entropy(diffusion, covariance, time) - bias
    return found


def _finite(ensemble: ReplicaEnsemble) -> np.ndarray:
    """Return the positions of the replicas that never diverge, float64, those of `pairs_at`."""
    finite = np.isfinite(ensemble.positions).all(axis=(1, 2, 3))
    return ensemble.positions[finite].astype(np.float64)
