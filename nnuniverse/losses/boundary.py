"""The boundary loss: the squared error of the output neurons."""

from __future__ import annotations

import jax
import jax.numpy as jnp


def boundary_loss(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Return the boundary loss of each sample.

    ``H = 1/2 (x - x_target)^T P_out (x - x_target)``, with ``outputs`` x and ``targets``, both of
    shape (samples, n_L); the clamped inputs have no error.  Returns shape (samples,),
    dimensionless and >= 0.

    Source: 2004.09280 (2.11); the printed (2.10) lacks the factor 1/2 (A3).
    """
    return 0.5 * jnp.sum((outputs - targets) ** 2, axis=-1)
