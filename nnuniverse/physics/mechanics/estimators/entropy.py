"""The entropy of a sample: of the normal density with its covariance, and by nearest neighbours."""

from __future__ import annotations

from math import e, lgamma, log, pi

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree
from scipy.special import digamma

from nnuniverse.errors import ConfigError
from nnuniverse.intervals import Estimate, students_t
from nnuniverse.physics.mechanics.estimators.jackknife import estimates

MOST_DIMENSIONS = 2
"""Coordinates in which nearest neighbours are of use: of 512 normal points in three the bias is
0.06 nats, as large as the error, and an interval at 95 % holds the truth in 87 %."""

NEIGHBOUR = 4
"""Which neighbour: the more, the less noise and the more bias."""


def gaussian_entropy(positions: Float[np.ndarray, "replica *records coordinate"]) -> Estimate:
    """Return the entropy in nats of the normal density with the covariance of the replicas.

    ``S = d/2 log(2 pi e) + 1/2 [log det C + d log((M - 1)/2) - sum_{i=1}^d psi((M - i)/2)]`` of the
    covariance C of M replicas; the last terms take the mean error of log det C away.  It is exact
    for normal q, else an upper bound.

    ``positions``: (replica, ..., coordinate); the value is (...).  Raises ConfigError unless there
    are two replicas more than coordinates.
    """
    replicas, d = len(positions), positions.shape[-1]
    if replicas < d + 2:
        raise ConfigError(
            "an entropy",
            f"be of {d + 2} replicas or more, for {d} coordinates",
            f"is of {replicas}",
            "more replicas or fewer coordinates",
        )
    constant = 0.5 * d * log(2.0 * pi * e) + 0.5 * _log_determinant_bias(replicas, d)

    def entropy(mean: np.ndarray, square: np.ndarray) -> tuple[np.ndarray, ...]:
        return (constant + 0.5 * np.linalg.slogdet(covariance(mean, square, replicas))[1],)

    return estimates(entropy, *centred_moments(positions))[0]


def centred_moments(
    positions: Float[np.ndarray, "replica *records d"],
) -> tuple[Float[np.ndarray, "replica *records d"], Float[np.ndarray, "replica *records d d"]]:
    """Return q less the mean of all replicas, (replica, ..., d), and its square, (..., d, d).

    ``positions``: q of the replicas, (replica, record, ...).
    """
    q = positions - positions.mean(axis=0)
    return q, q[..., :, None] * q[..., None, :]


def covariance(
    mean: Float[np.ndarray, "*records d"], square: Float[np.ndarray, "*records d d"], replicas: int
) -> Float[np.ndarray, "*records d d"]:
    """Return the covariance of replicas, (..., d, d), of the means of their `centred_moments`.

    ``mean``: of q, (..., d); ``square``: of q q^T, (..., d, d).
    """
    between: np.ndarray = square - mean[..., :, None] * mean[..., None, :]
    return between * replicas / (replicas - 1)


def _log_determinant_bias(replicas: int, d: int) -> float:
    """Return by how much log det of a sample's covariance is too small on average."""
    psi = digamma((replicas - np.arange(1, d + 1)) / 2.0).sum()
    return float(d * log((replicas - 1) / 2.0) - psi)


def nearest_neighbour_entropy(
    positions: Float[np.ndarray, "replica coordinate"],
    random: np.random.Generator,
    halves: int = 100,
) -> Estimate:
    """Return the entropy in nats by the estimator of Kozachenko and Leonenko, of any density.

    ``S = psi(M) - psi(4) + log V_d + d/M sum_m log r_m`` with the distance r_m of replica m to its
    fourth neighbour and the volume V_d of the unit ball.  The standard error is the standard
    deviation over random halves of the replicas, drawn without replacement: half as many have twice
    the variance, and half of a sample differs from the whole by one of these.

    ``positions``: (replica, coordinate), of one or two coordinates and at one time, so that they
    are independent; ``halves``: how many.  Raises ConfigError for more coordinates.

    Source: L. F. Kozachenko, N. N. Leonenko, Probl. Inf. Transm. 23, 95 (1987); halves: D. N.
    Politis, J. P. Romano, Ann. Statist. 22, 2031 (1994).
    """
    replicas, d = positions.shape
    if d > MOST_DIMENSIONS:
        raise ConfigError(
            "an entropy by nearest neighbours",
            f"be of at most {MOST_DIMENSIONS} coordinates, or its bias is as large as its error",
            f"is of {d}",
            "the Gaussian one",
        )
    value = _by_neighbours(positions)
    half = replicas // 2
    drawn = [_by_neighbours(positions[random.permutation(replicas)[:half]]) for _ in range(halves)]
    error = students_t(replicas - 1) * np.std(drawn, ddof=1) * np.sqrt(half / (replicas - half))
    return Estimate(np.asarray(value), np.asarray(value - error), np.asarray(value + error))


def _by_neighbours(positions: np.ndarray) -> float:
    count, d = positions.shape
    distance = cKDTree(positions).query(positions, [NEIGHBOUR + 1])[0]
    log_ball = 0.5 * d * log(pi) - lgamma(0.5 * d + 1.0)
    psi = digamma(count) - digamma(NEIGHBOUR)
    return float(psi + log_ball + d * np.log(distance).mean())
