"""The gradient steps of training on the bulk loss, here to the minimum of all samples at once."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.losses import boundary_loss
from nnuniverse.losses.bulk.relaxation import relax
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.propagation import Layer

SAMPLES_AT_ONCE = 1000
"""Chosen empirically, 200 to 3,000."""

MOST_STEPS = 300
TANH = ACTIVATIONS["tanh"]


def gradient_steps(
    layers: tuple[Layer, ...], inputs: np.ndarray, targets: np.ndarray, tolerance: float
) -> Callable[[], list[jax.Array]]:
    """Return what finds the hidden states of all samples, in the order given, in float32."""
    first, *above = jax.tree.map(lambda array: array.astype(np.float32), layers)

    @jax.jit
    def minimise(inputs: jax.Array, targets: jax.Array) -> list[jax.Array]:
        arguments = inputs @ first.weights.T + first.bias
        states = TANH.function(arguments)
        for layer in above:
            states = TANH.function(states @ layer.weights.T + layer.bias)
        # Samples with like losses take alike many steps.
        order = jnp.argsort(boundary_loss(states, targets))

        def some(rows: jax.Array) -> list[jax.Array]:
            chosen = arguments[rows], tuple(above), TANH, targets[rows]
            return relax(*chosen, tolerance, MOST_STEPS).states

        found = jax.lax.map(some, order.reshape(-1, SAMPLES_AT_ONCE))
        flat = [states.reshape(len(order), -1) for states in found]
        return [jnp.zeros_like(states).at[order].set(states) for states in flat]

    samples = jnp.asarray(inputs, jnp.float32), jnp.asarray(targets, jnp.float32)
    return lambda: jax.block_until_ready(minimise(*samples))


def total_loss(
    layers: tuple[Layer, ...], inputs: np.ndarray, targets: np.ndarray, states: list[jax.Array]
) -> float:
    """Return H of all samples, in float64."""
    below = [inputs, *states]
    total = 0.0
    for layer, x, above in zip(layers, below, [*states, targets], strict=True):
        y = np.asarray(x, np.float64) @ np.asarray(layer.weights, np.float64).T + layer.bias
        total += 0.5 * float(np.sum((np.asarray(above, np.float64) - np.tanh(y)) ** 2))
    return total
