"""Steps of a mask exactly: the probability of every step, between all masks, and what they find."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Num
from scipy.special import logsumexp

from nnuniverse.physics.grand_canonical.enumeration import Enumerated
from nnuniverse.physics.grand_canonical.proposals import Proposal, log_chance
from nnuniverse.precision import in_float64


@in_float64
def transition_matrix(
    kind: Proposal, masks: Enumerated, temperature: float, chemical_potential: float
) -> Float[np.ndarray, "masks masks"]:
    """Return the probability with which `propose` leads from each mask to each, (2^R, 2^R).

    A row per mask that is left, in the order of ``masks``.  It leaves ``p ~ exp(-(E - mu N)/T)`` as
    it is, and is reversible: ``p_a P_ab = p_b P_ba``.  A mask without an energy is not entered, and
    its own row may be NaN.

    ``kind``: one of the reversible proposals; ``masks``: E and N of all; ``temperature``: T > 0, in
    units of the energy; ``chemical_potential``: mu, energy per neuron.

    Source: 2012.05082 (4.1), Sec. 5.
    """
    ratios = flip_log_ratios(masks, temperature, chemical_potential)
    chances = np.asarray(log_chance(kind, jnp.asarray(ratios)))
    if kind == "informed":
        total = logsumexp(chances, axis=1)
        back = total[_neighbours(*ratios.shape)]
        with np.errstate(invalid="ignore"):
            return flips_made(np.exp(chances - total[:, None]), total[:, None] - back)
    return flips_made(np.full(ratios.shape, 1.0 / ratios.shape[1]), chances)


def flip_log_ratios(
    masks: Enumerated, temperature: float, chemical_potential: float
) -> Float[np.ndarray, "masks R"]:
    """Return the log of how much more probable each mask is with each site switched, (2^R, R).

    Minus infinity where a mask without an energy would be entered.

    ``masks``: E and N of all; ``temperature``: T > 0, in units of the energy;
    ``chemical_potential``: mu, energy per neuron.
    """
    weights = masks.log_weights(temperature, np.array([chemical_potential]))[:, 0]
    count = len(weights)
    with np.errstate(invalid="ignore"):
        ratios = weights[_neighbours(count, count.bit_length() - 1)] - weights[:, None]
    return np.where(np.isnan(ratios), -np.inf, ratios)


def flips_made(
    proposed: Float[np.ndarray, "masks R"], log_chances: Float[np.ndarray, "masks R"]
) -> Float[np.ndarray, "masks masks"]:
    """Return the transitions of flips that are proposed, and made or not, (2^R, 2^R).

    ``proposed``: the probability of each site, (2^R, R); ``log_chances``: the log of that with
    which it is switched then, (2^R, R), at most 0, or taken for it.
    """
    matrix = np.zeros((len(proposed), len(proposed)))
    rows = np.arange(len(matrix))[:, None]
    matrix[rows, _neighbours(*proposed.shape)] = proposed * np.exp(np.minimum(log_chances, 0.0))
    np.fill_diagonal(matrix, 1.0 - matrix.sum(axis=1))
    return matrix


class LongRun(NamedTuple):
    """What a long chain finds of a number.

    ``mean``: what it tends to; ``variance``: that of the mean of n steps, times n.
    """

    mean: float
    variance: float

    def standard_error(self, steps: float) -> float:
        """Return that of the mean of one chain of so many ``steps``."""
        return (self.variance / steps) ** 0.5


def long_run(
    transitions: Float[np.ndarray, "masks masks"], values: Num[np.ndarray, " masks"]
) -> LongRun:
    """Return what a chain finds of a number that every mask has.

    With the stationary pi, ``pi P = pi``, f the ``values`` less their mean ``<f>_pi``, and
    ``Z = (1 - P + 1 pi)^-1`` the variance is ``<f (2 Z - 1) f>_pi`` (Kemeny and Snell 1960).

    ``transitions``: P, (masks, masks), rows sum to one, of one closed class; ``values``: (masks,).
    """
    rest = np.eye(len(transitions)) - transitions
    stationary = np.linalg.solve((rest + 1.0).T, np.ones(len(rest)))
    mean = float(stationary @ values)
    f = values - mean
    summed = np.linalg.solve(rest + stationary, f)
    return LongRun(mean, float(stationary @ (f * (2.0 * summed - f))))


def _neighbours(masks: int, sites: int) -> np.ndarray:
    """Return the number of each mask with each site switched, (2^R, R)."""
    return np.arange(masks)[:, None] ^ (1 << np.arange(sites))
