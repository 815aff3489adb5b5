"""The papers' potential, minus the mean production of free energy where the parameters are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.estimators.expansion import SecondOrder
from nnuniverse.physics.mechanics.estimators.jackknife import estimates
from nnuniverse.physics.mechanics.estimators.pairs import Pairs


class EffectivePotential(NamedTuple):
    """``V(q) = a_0 + a_1 x + a_2 x^2`` along each coordinate, ``x = (q - centre)/scale``.

    ``coefficients``: a_0, a_1, a_2, units of F, (coordinate, 3); ``mean``: of V over the ensemble,
    0 in a stationary one, (); ``centre``, ``scale``: mean and standard deviation of q, taken as
    they are, (coordinate,).
    """

    coefficients: Estimate
    mean: Estimate
    centre: np.ndarray
    scale: np.ndarray


def effective_potential(
    pairs: Pairs, free_energy: SecondOrder, epsilon: float = 1.0
) -> EffectivePotential:
    """Return V(q) by least squares on a quadratic in each coordinate by itself.

    ``V(q) = -epsilon E[F(t + tau) - F(t) | q] / tau``.  A coordinate's V holds what the others do
    meanwhile, as far as they depend on it.  The mean vanishes in every stationary ensemble, and V
    is linear in q where F is and the drift, so that it confines nothing (B29).

    ``pairs``: of a stationary ensemble; ``free_energy``: F of the paper; ``epsilon``: the paper's
    unit of time, steps, > 0.

    Source: 2012.05082 (2.8), 2008.01540 (4.7).
    """
    q = pairs.before
    centre, scale = q.mean(axis=(0, 1)), q.std(axis=(0, 1))
    produced = free_energy.value(pairs.after) - free_energy.value(q)
    values = -epsilon * produced / pairs.lag
    x = ((q - centre) / scale).swapaxes(1, 2)
    z = np.stack([np.ones_like(x), x, x**2], axis=-1)  # (replica, coordinate, pair, 3)
    squares = z.swapaxes(-1, -2) @ z / z.shape[2]
    products = np.einsum("mcpk,mp->mck", z, values) / z.shape[2]

    def fitted(
        squares: np.ndarray, products: np.ndarray, mean: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        return np.linalg.solve(squares, products[..., None])[..., 0], mean

    coefficients, mean = estimates(fitted, squares, products, values.mean(axis=1))
    return EffectivePotential(coefficients, mean, centre, scale)
