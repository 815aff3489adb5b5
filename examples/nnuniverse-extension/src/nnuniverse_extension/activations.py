"""Softsign: like tanh, but it saturates as 1/y, not exponentially."""

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.networks.activation import Activation


def softsign(y: jax.Array) -> jax.Array:
    """Return f(y) = y / (1 + |y|), elementwise."""
    return y / (1.0 + jnp.abs(y))


def softsign_slope(y: jax.Array) -> jax.Array:
    """Return f'(y) = 1 / (1 + |y|)^2, elementwise."""
    return 1.0 / (1.0 + jnp.abs(y)) ** 2


def softsign_inverse(x: np.ndarray) -> np.ndarray:
    """Return y with f(y) = x, elementwise, of -1 < x < 1."""
    return x / (1.0 - np.abs(x))


SOFTSIGN = Activation("softsign", softsign, softsign_slope, softsign_inverse, (-1.0, 1.0))
