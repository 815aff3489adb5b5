"""Squared norms of the powers of ``A``, which fix the skewness of the spectrum."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.networks.coupling import Blocks
from nnuniverse.observables.declaration import Dimension, Observable
from nnuniverse.observables.layered_measurement import LayeredMeasurement
from nnuniverse.observables.measurement import Settings, only_of
from nnuniverse.variables import Variable


def power_norms(blocks: Blocks) -> Float[Array, " powers"]:
    """Return ``||A^k||_F^2`` for k = 2 .. L - 1, shape (L - 2,).

    With them the spectrum obeys ``sum_i sinh(log lambda_i) = -1/2 sum_{k=2}^{L-1} ||A^k||_F^2``
    exactly, so that mu_3 < 0 for small weights and L >= 3 layers, and the text of
    2004.09280 Sec. 9 ("mu_3 ~ 0" for L = 3) does not hold in general (A34).

    ``blocks``: A_l, shapes (n_l, n_{l-1}); A^k has the blocks A_{l+k-1} ... A_l.

    >>> power_norms([jnp.array([[2.0]]), jnp.array([[3.0]])]).tolist()  # |6|^2, along the one path
    [36.0]
    """
    products = list(blocks)
    norms = []
    for k in range(2, len(blocks) + 1):
        products = [blocks[l + k - 1] @ products[l] for l in range(len(blocks) - k + 1)]
        norms.append(sum(jnp.sum(product**2) for product in products))
    return jnp.asarray(norms)


def _powers(settings: Settings) -> np.ndarray:
    """Return the exponents: none where the powers of A need not end."""
    return np.arange(2, settings.architecture.depth or 2)


POWER_NORMS = Observable(
    Variable(
        "power_norms",
        (),
        "squared Frobenius norms of the powers of A",
        "follows from 2004.09280 (5.6)",
        equation="sum of the squares of the entries of A^k, k = 2 .. L - 1",
        symbol="||A^k||_F^2",
        computed_by=(power_norms,),
    ),
    only_of(LayeredMeasurement, lambda measurement: power_norms(measurement.blocks)),
    axes=(
        Dimension(
            "power",
            "exponent k of A^k",
            _powers,
        ),
    ),
)
