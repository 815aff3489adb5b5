"""Coordinates without bounds for states that have them."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

Range = tuple[float, float]


def to_state(y: Float[Array, "*coordinates"], bounds: Range) -> Float[Array, "*coordinates"]:
    """Return the states x of the coordinates ``y``, elementwise.

    ``x = a + (b - a) / (1 + e^-y)`` on (a, b), ``x = a + log(1 + e^y)`` on (a, inf) and ``x = y``
    on all numbers.

    ``bounds``: the range (a, b) of the activation.
    """
    low, high = bounds
    if math.isfinite(high - low):
        return low + (high - low) * jax.nn.sigmoid(y)
    return low + jax.nn.softplus(y) if math.isfinite(low) else y


def log_jacobian(y: Float[Array, "*chains n"], bounds: Range) -> Float[Array, "*chains"]:
    """Return ``sum_i log |dx_i/dy_i|``, over the last axis.

    ``y``: coordinates, (..., n); ``bounds``: the range (a, b) of the activation.
    """
    low, high = bounds
    if math.isfinite(high - low):
        slopes = math.log(high - low) + jax.nn.log_sigmoid(y) + jax.nn.log_sigmoid(-y)
    else:
        slopes = jax.nn.log_sigmoid(y) if math.isfinite(low) else jnp.zeros_like(y)
    return slopes.sum(axis=-1)


def draw_start(
    key: PRNGKeyArray, shape: tuple[int, ...], bounds: Range
) -> Float[Array, "*coordinates"]:
    """Draw coordinates to start chains from, far apart: states uniform on a bounded range.

    ``key``: a JAX key; ``shape``: of the coordinates; ``bounds``: the range (a, b) of the
    activation.
    """
    if math.isfinite(bounds[1] - bounds[0]):
        return jax.random.logistic(key, shape)
    return 2.0 * jax.random.normal(key, shape)
