"""The matrix of diffusion, and whether it is the same in all directions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.estimators.jackknife import estimates
from nnuniverse.physics.mechanics.estimators.linear_drift import freedom, linear_drift
from nnuniverse.physics.mechanics.estimators.pairs import Pairs, pair_moments

MOST_GROUPS = 64
"""Groups of replicas that are turned independently.  Chosen to save time: turning each by itself
has the same size."""


class Isotropy(NamedTuple):
    """The largest over the smallest eigenvalue of D, 1 if it is isotropic.

    ``ratio``: measured; ``by_chance``: its median where D is isotropic, above 1 since eigenvalues
    of a sample differ; ``p_value``: of a ratio as large by chance.
    """

    ratio: Estimate
    by_chance: float
    p_value: float


def diffusion_matrix(pairs: Pairs, degree: int = 1) -> Estimate:
    """Return ``D_ij = 1/2 Cov(xi_i, xi_j)`` of the noise xi of one step, (coordinate, coordinate).

    The noise is what a drift leaves of ``q_{t+1} - q_t`` that is a sum of polynomials in all
    coordinates.  Of a drift that is none, half the mean square of what it is off is added to D: of
    second order in the size of a step.

    ``pairs``: one step apart; ``degree``: of the polynomials, 1 near an equilibrium, 3 in a double
    well.  Raises ConfigError if there are fewer pairs than what is fitted.
    """
    share, d = freedom(pairs, degree), pairs.before.shape[2]

    def fitted(moments: np.ndarray) -> tuple[np.ndarray, ...]:
        return (linear_drift(moments, d)[1] / (2.0 * share),)

    return estimates(fitted, pair_moments(pairs, degree))[0]


def isotropy(pairs: Pairs, random: np.random.Generator, turns: int = 199) -> Isotropy:
    """Return whether D is isotropic, as the papers' one D has it, by a test of rotations.

    If D is isotropic the noise of a replica is as likely in every orientation, so turning each
    replica's at random gives ratios by chance: a test of the right size whatever the tails of the
    noise and its dependence within a replica.  The interval of the ratio holds it only where it is
    well above ``by_chance``.

    ``pairs``: one step apart, in orthonormal directions, two or more; ``turns``: how often.
    """
    moments, d = pair_moments(pairs), pairs.before.shape[2]

    def fitted(means: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.log(_ratio(linear_drift(means, d)[1])),)

    log_ratio = estimates(fitted, moments)[0]
    turned = _turned_ratios(_groups(_noise(moments, d)), random, turns)
    ratio = Estimate(*map(np.exp, log_ratio))
    p_value = (1 + int((turned >= ratio.value).sum())) / (turns + 1)
    return Isotropy(ratio, float(np.median(turned)), p_value)


def _noise(moments: np.ndarray, d: int) -> np.ndarray:
    """Return the mean square of each replica's noise, (replica, d, d)."""
    coefficients, _ = linear_drift(moments.mean(axis=0), d)
    leaves = np.concatenate([-coefficients, np.eye(d)])
    noise: np.ndarray = leaves.T @ moments @ leaves
    return noise


def _groups(noise: np.ndarray) -> np.ndarray:
    """Return sums over at most `MOST_GROUPS` groups of replicas."""
    groups = np.array_split(noise, min(MOST_GROUPS, len(noise)))
    return np.array([group.sum(axis=0) for group in groups])


def _turned_ratios(noise: np.ndarray, random: np.random.Generator, turns: int) -> np.ndarray:
    """Return ratios of sums over groups of which each is turned, (turns,)."""
    turn, _ = np.linalg.qr(random.standard_normal((turns, *noise.shape)))
    return _ratio((turn @ noise @ turn.swapaxes(-1, -2)).sum(axis=1))


def _ratio(matrix: np.ndarray) -> np.ndarray:
    eigenvalues = np.linalg.eigvalsh(matrix)
    ratio: np.ndarray = eigenvalues[..., -1] / eigenvalues[..., 0]
    return ratio
