"""The bulk loss as a training objective: its gradient by weights and biases."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from nnuniverse.losses.bulk import Effort, minimise
from nnuniverse.losses.bulk_graph import trained_graph_bulk_loss
from nnuniverse.losses.local import LocalObjective
from nnuniverse.networks import Activation, GraphParameters, Trainable

MAX_ITERATIONS = 20
"""Newton steps per sample of a batch at the most, after which its states are taken as they are."""


def trained_bulk_loss(
    parameters: Trainable,
    activation: Activation,
    inputs: jax.Array,
    targets: jax.Array | None,
    local: LocalObjective,
    tolerance: float,
) -> jax.Array:
    """Return the bulk loss of each sample, differentiable in the parameters.

    ``H = min_x h(x; w, b)``, so by the envelope theorem ``dH/dw = dh/dw`` at the minimiser x, also
    where the range of the activation holds x.  In the precision of the parameters; ``tolerance``: a
    sample's states are good enough where a step promises to lower H by no more than this share of
    what it was in the forward pass.  The rest as for `bulk_minimum`.

    Source: 2004.09280 (3.2), (3.4).
    """
    effort = Effort(tolerance, MAX_ITERATIONS, len(inputs))
    if isinstance(parameters, GraphParameters):
        return trained_graph_bulk_loss(parameters, activation, inputs, targets, local, effort)
    potential = local.acting_on_hidden(parameters, inputs, targets)
    first, *above = parameters
    arguments = inputs @ first.weights.T + first.bias
    constant = jax.lax.stop_gradient
    minimum = minimise(
        constant(arguments),
        constant(tuple(above)),
        activation,
        targets,
        potential,
        effort,
    )
    states = constant(minimum.states)
    loss = jnp.broadcast_to(potential.value(states), len(inputs))
    for state, layer in zip(states, [*above, None], strict=False):
        loss = loss + _error(state, arguments, activation)
        if layer is not None:
            arguments = state @ layer.weights.T + layer.bias
    return loss if targets is None else loss + _error(targets, arguments, activation)


def _error(state: jax.Array, arguments: jax.Array, activation: Activation) -> jax.Array:
    """Return ``1/2 |x_l - f(y_l)|^2`` of each sample."""
    return 0.5 * jnp.sum((state - activation.function(arguments)) ** 2, axis=-1)
