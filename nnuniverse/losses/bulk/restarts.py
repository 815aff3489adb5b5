"""Other valleys: the bulk loss from random hidden states besides the forward pass."""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from nnuniverse.losses.bulk.descent import EXACT, BulkMinimum, Effort
from nnuniverse.losses.bulk.layered import NO_OBJECTIVE, bulk_minimum, minimise
from nnuniverse.losses.bulk.potential import LocalObjective
from nnuniverse.networks.activation import Activation
from nnuniverse.networks.propagation import Parameters, layers_of
from nnuniverse.precision import in_float64

SPREAD = 1.0
"""Standard deviation of random states where the range of the activation has no end."""


class Restarts(NamedTuple):
    """The minima found from the forward pass and from random states.

    ``forward``: from the forward pass; ``losses``: from each random start, (restarts, samples), NaN
    where not converged; ``lowest``: the least loss of all, (samples,).
    """

    forward: BulkMinimum
    losses: jax.Array
    lowest: jax.Array


@in_float64
def restarted_bulk_minimum(
    parameters: Parameters,
    activation: Activation,
    inputs: Float[Array, "*samples n_1"],
    targets: Float[Array, "*samples n_L"] | None,
    key: PRNGKeyArray,
    restarts: int = 8,
    local: LocalObjective = NO_OBJECTIVE,
    effort: Effort = EXACT,
) -> Restarts:
    """Return the bulk minimum of each sample from the forward pass and from random states.

    ``key``: a JAX key; ``restarts``: how many starts, uniform over the range of the activation
    where it is bounded, else normal around the forward pass.  If ``lowest`` is below the forward
    minimum, that one is only local; the reverse proves nothing.  The rest as for `bulk_minimum`.

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer; ``inputs``: x_1 of the
    samples, (samples, n_1); ``targets``: of the outputs, (samples, n_L); None leaves them free;
    ``effort``: how far the descent goes.
    """
    net: Parameters = jax.tree.map(lambda array: jnp.asarray(array, jnp.float64), parameters)
    inputs = jnp.asarray(inputs, jnp.float64)
    targets = None if targets is None else jnp.asarray(targets, jnp.float64)
    forward = bulk_minimum(net, activation, inputs, targets, local, effort)
    first, *above = net
    arguments = inputs @ first.weights.T + first.bias
    potential = local.acting_on_hidden(layers_of(net), inputs, targets)

    def again(key: jax.Array) -> jax.Array:
        keys = jax.random.split(key, len(forward.states))
        start = [
            _random_states(k, x, activation) for k, x in zip(keys, forward.states, strict=True)
        ]
        found = minimise(arguments, tuple(above), activation, targets, potential, effort, start)
        return jnp.where(found.converged, found.loss, jnp.nan)

    losses: jax.Array = jax.lax.map(again, jax.random.split(key, restarts))
    lowest = jnp.fmin(forward.loss, jnp.nanmin(losses, axis=0))
    return Restarts(forward, losses, lowest)


def _random_states(key: jax.Array, around: jax.Array, activation: Activation) -> jax.Array:
    low, high = activation.range
    if math.isfinite(low) and math.isfinite(high):
        return jax.random.uniform(key, around.shape, around.dtype, low, high)
    drawn = around + SPREAD * jax.random.normal(key, around.shape, around.dtype)
    return jnp.clip(drawn, low, high)
