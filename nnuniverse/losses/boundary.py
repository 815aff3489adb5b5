"""The boundary loss: the squared error of the output neurons."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def boundary_loss(
    outputs: Float[Array, "*samples n_L"], targets: Float[Array, "*samples n_L"]
) -> Float[Array, "*samples"]:
    """Return the boundary loss of each sample.

    ``H = 1/2 (x - x_target)^T P_out (x - x_target)``, with ``outputs`` x and ``targets``, both of
    shape (samples, n_L); the clamped inputs have no error.  Returns shape (samples,),
    dimensionless and >= 0.

    Source: 2004.09280 (2.11); the printed (2.10) lacks the factor 1/2 (A3).

    >>> boundary_loss(jnp.array([[1.0, 0.0], [0.0, 0.0]]), jnp.zeros((2, 2))).tolist()
    [0.5, 0.0]
    """
    return 0.5 * jnp.sum((outputs - targets) ** 2, axis=-1)
