"""The bulk loss of a layered net as a training objective: its gradient by weights and biases."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.losses.bulk.corners import corner_correction
from nnuniverse.losses.bulk.descent import Effort
from nnuniverse.losses.bulk.layered import minimise
from nnuniverse.losses.bulk.potential import LocalObjective, Potential
from nnuniverse.losses.bulk.relaxation import relax
from nnuniverse.networks.activation import Activation
from nnuniverse.networks.propagation import Parameters, layers_of

MAX_ITERATIONS = 20
MAX_STEPS = 100
"""Newton steps of a descent, and steps along the gradient, per sample of a batch at the most, after
which its states are taken as they are."""

MARGIN = 0.1
"""Of the tolerance, what gradient steps leave: where H errs by d, dH/dw errs by about sqrt(d).
With the whole of it five epochs of the deep net ended at a bulk loss 0.2 % off."""


def trained_bulk_loss(
    parameters: Parameters,
    activation: Activation,
    inputs: Float[Array, "*samples n_1"],
    targets: Float[Array, "*samples n_L"] | None,
    local: LocalObjective,
    tolerance: float,
) -> Float[Array, "*samples"]:
    """Return the bulk loss of each sample, differentiable in the parameters.

    ``H = min_x h(x; w, b)``, so by the envelope theorem ``dH/dw = dh/dw`` at the minimiser x, also
    where the range of the activation holds x.  In the precision of the parameters; ``tolerance``: a
    sample's states are good enough where H is no more above its minimum than this share of what it
    was in the forward pass, which is estimated.  The rest as for `bulk_minimum`.

    ``inputs``: x_1 of the samples, (samples, n_1); ``targets``: of the outputs, (samples, n_L);
    None leaves them free; ``local``: V, the local objective.

    Source: 2004.09280 (3.2), (3.4).
    """
    potential = local.acting_on_hidden(layers_of(parameters), inputs, targets)
    first, *above = parameters
    arguments = inputs @ first.weights.T + first.bias
    constant = jax.lax.stop_gradient
    states, multipliers = constant(
        _minimiser(
            constant(arguments), constant(tuple(above)), activation, targets, potential, tolerance
        )
    )
    loss = jnp.broadcast_to(potential.value(states), len(inputs))
    for state, layer in zip(states, [*above, None], strict=False):
        loss = loss + _error(state, arguments, activation)
        if layer is not None:
            arguments = state @ layer.weights.T + layer.bias
    if targets is None:
        return loss
    loss = loss + _error(targets, arguments, activation)
    if multipliers is None:
        return loss
    return loss + corner_correction(activation, targets, arguments, multipliers)


def _minimiser(
    arguments: jax.Array,
    above: Parameters,
    activation: Activation,
    targets: jax.Array | None,
    potential: Potential,
    tolerance: float,
) -> tuple[list[jax.Array], jax.Array | None]:
    """Return states of the hidden neurons close to the minimum, (samples, n_l), and multipliers.

    V may curve H down, where a small gradient does not tell a minimum, and near a kink no gradient
    does: then by Newton's method.
    """
    if above and targets is not None and potential.vanishes and activation.kink is None:
        enough = MARGIN * tolerance
        return relax(arguments, above, activation, targets, enough, MAX_STEPS).states, None
    effort = Effort(tolerance, MAX_ITERATIONS, len(arguments))
    minimum = minimise(arguments, above, activation, targets, potential, effort)
    return minimum.states, minimum.multipliers


def _error(state: jax.Array, arguments: jax.Array, activation: Activation) -> jax.Array:
    """Return ``1/2 |x_l - f(y_l)|^2`` of each sample."""
    return 0.5 * jnp.sum((state - activation.function(arguments)) ** 2, axis=-1)
