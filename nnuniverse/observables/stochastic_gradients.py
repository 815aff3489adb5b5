"""Gradients of mini-batches at weights drawn at random: how the trainable variables would move."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PRNGKeyArray

from nnuniverse.losses import boundary_loss
from nnuniverse.networks.activation import Activations
from nnuniverse.networks.propagation import Parameters, forward
from nnuniverse.observables.declaration import Dimension, Observable
from nnuniverse.observables.layered_measurement import LayeredMeasurement
from nnuniverse.observables.measurement import Samples, Settings, only_of
from nnuniverse.precision import in_float64
from nnuniverse.variables import Variable

MANY = 2000
"""Draws of each distribution: enough for a tail of some hundred, see docs/claims.md."""

INDEX = jnp.int32
"""Of what is drawn: as wide with float64 as without."""

FEW_BATCHES = 3
FEW_WEIGHTS = 15
"""Distributions of each kind; more over batches, since weights of a dark pixel never move."""


@in_float64
def gradients_across_weights(
    parameters: Parameters, samples: Samples, activation: Activations, batch: int, key: PRNGKeyArray
) -> Float[Array, "batches weights"]:
    """Return ``g = d<H>_t/dw_i`` of `FEW_BATCHES` mini-batches t at `MANY` weights i.

    <H>_t is the boundary loss, mean over ``batch`` of the ``samples``; the net stands still.  The
    samples of a batch, and the weights and biases i of the net, are drawn by ``key`` uniformly and
    with replacement: the numbers of a row are independent draws of the gradients of all weights.

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer; ``activation``: f, of all
    layers or of each.

    Source: 2004.09280 (2.11).
    """
    flat, restore = ravel_pytree(parameters)
    of_batches, of_weights = jax.random.split(key)
    batches = jax.random.randint(of_batches, (FEW_BATCHES, batch), 0, len(samples.inputs), INDEX)
    weights = jax.random.randint(of_weights, (MANY,), 0, len(flat), INDEX)

    def mean_loss(flat: jax.Array, chosen: jax.Array) -> jax.Array:
        outputs = forward(restore(flat), samples.inputs[chosen].astype(flat.dtype), activation)
        return boundary_loss(outputs, samples.targets[chosen]).mean()

    return jax.lax.map(lambda chosen: jax.grad(mean_loss)(flat, chosen)[weights], batches)


@in_float64
def gradients_across_batches(
    parameters: Parameters, samples: Samples, activation: Activations, batch: int, key: PRNGKeyArray
) -> Float[Array, "weights batches"]:
    """Return ``g = d<H>_t/dw_i`` at `FEW_WEIGHTS` weights i of `MANY` mini-batches t.

    As `gradients_across_weights`, but the numbers of a row are independent draws of the gradient
    of one weight by all mini-batches.

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer; ``samples``: inputs,
    (samples, n_1), and targets, (samples, n_L); ``activation``: f, of all layers or of each;
    ``batch``: samples per batch; ``key``: a JAX key.

    Source: 2004.09280 (2.11).
    """
    flat, restore = ravel_pytree(parameters)
    of_batches, of_weights = jax.random.split(key)
    batches = jax.random.randint(of_batches, (MANY, batch), 0, len(samples.inputs), INDEX)
    weights = jax.random.randint(of_weights, (FEW_WEIGHTS,), 0, len(flat), INDEX)

    def losses(flat: jax.Array) -> jax.Array:
        outputs = forward(restore(flat), samples.inputs.astype(flat.dtype), activation)
        return boundary_loss(outputs, samples.targets)

    def one(weight: jax.Array) -> jax.Array:
        direction = jnp.zeros_like(flat).at[weight].set(1.0)
        return jax.jvp(losses, (flat,), (direction,))[1][batches].mean(axis=1)

    return jax.lax.map(one, weights)


def _of(measurement: LayeredMeasurement) -> tuple[Parameters, Samples, Activations, int, jax.Array]:
    settings = measurement.settings
    key = jax.random.key(0, impl="threefry2x32")
    return measurement.parameters, measurement.train, settings.activation, settings.batch, key


def _applies(settings: Settings) -> bool:
    return not settings.recurrent and settings.outputs != "free"


def _counted(name: str, long_name: str, count: int) -> Dimension:
    return Dimension(name, long_name, lambda _: np.arange(count))


GRADIENTS_ACROSS_WEIGHTS = Observable(
    Variable(
        "gradients_across_weights",
        (),
        "gradients of the boundary loss of a mini-batch, at weights drawn at random",
        "2004.09280 (2.11)",
        equation="d<H_bd>_batch / dw over the weights",
        symbol="g",
        computed_by=(gradients_across_weights,),
    ),
    only_of(LayeredMeasurement, lambda m: gradients_across_weights(*_of(m))),
    axes=(
        _counted("single_batch", "number of the mini-batch", FEW_BATCHES),
        _counted("drawn_weight", "number of the draw of a weight or bias", MANY),
    ),
    attributes=lambda settings: {"batch": settings.batch},
    cost="large",
    applies=_applies,
)
GRADIENTS_ACROSS_BATCHES = Observable(
    Variable(
        "gradients_across_batches",
        (),
        "gradients of the boundary loss at a weight, of mini-batches drawn at random",
        "2004.09280 (2.11)",
        equation="d<H_bd>_batch / dw over the mini-batches",
        symbol="g",
        computed_by=(gradients_across_batches,),
    ),
    only_of(LayeredMeasurement, lambda m: gradients_across_batches(*_of(m))),
    axes=(
        _counted("single_weight", "number of the weight or bias", FEW_WEIGHTS),
        _counted("drawn_batch", "number of the draw of a mini-batch", MANY),
    ),
    attributes=lambda settings: {"batch": settings.batch},
    cost="large",
    applies=_applies,
)
