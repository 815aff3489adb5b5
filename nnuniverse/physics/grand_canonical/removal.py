"""How a hidden neuron leaves a layered net: alone, or compensated by the others of its layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float

from nnuniverse.networks.activation import Activations, of_layers
from nnuniverse.networks.active_masks import ActiveMask, masked
from nnuniverse.networks.propagation import Layer, Parameters, preactivations
from nnuniverse.physics.grand_canonical.energies import Energy
from nnuniverse.physics.grand_canonical.leading_sites import of_leading
from nnuniverse.physics.grand_canonical.surroundings import Surroundings
from nnuniverse.precision import in_float64

Removal = Literal["compensated", "mask", "magnitude"]
"""The others take over its image; nothing is done about it; likewise, of the least weights."""

RIDGE = 1e-12
"""Added to the variance of every neuron of a layer, as a share of the greatest one."""

REMOVALS_AT_ONCE = 16
"""Neurons whose removal is evaluated together, which bounds the memory."""


class Image(NamedTuple):
    """``shares``: a_ij of `compensated`, -1 at i = j, (n_l, n_l); ``mean``: of the states, (n_l,).

    Both float64.
    """

    shares: jax.Array
    mean: jax.Array


@in_float64
def without_cheapest(
    removal: Removal,
    parameters: Parameters,
    mask: ActiveMask,
    l: int,
    energy: Energy | None,
    around: Surroundings,
) -> tuple[Parameters, ActiveMask, Surroundings]:
    """Return the net without the cheapest neuron of hidden layer ``l``, from 0 on.

    ``compensated``: that after whose removal E is least, `compensated` on the samples;
    ``mask``: the same, nothing compensated; ``magnitude``: that of the least product of the norms
    of its incoming and outgoing weights, nothing compensated.  E is that of each changed net and no
    expansion, by which neurons are chosen whose removal costs up to 16 times as much.

    ``parameters``: of the masked net; ``energy``: E, None for the boundary loss of what is
    ``around`` the layer, of which `removal_losses` are quicker.  Returns the net, its mask, and
    what is around the layer then.
    """
    above, active, states = parameters[l + 1], mask[l], around.own_states
    image = image_shares(states, active) if removal == "compensated" else None
    changes = removal_changes(states, active, image)
    if removal == "magnitude":
        costs = jnp.where(active, weight_products(parameters, l), jnp.inf)
    elif energy is None:
        receiving = mask[l + 1] if l + 1 < len(mask) else None
        costs = removal_losses(around, above, active, changes, receiving)
    else:
        layers = compensated(above, image) if image else uncompensated(above)
        costs = removal_energies(parameters, mask, l, energy, layers)
    best = jnp.argmin(costs)
    without = _without(mask, l, best)
    chosen = _taken_over(above, image, best) if image else above
    left = masked(_with(parameters, l, chosen), without)
    spoken = changes[:, best][:, None] * above.weights[:, best]
    return left, without, around.changed(best, jnp.zeros(len(states), states.dtype), spoken)


def removal_losses(
    around: Surroundings,
    above: Layer,
    active: Bool[Array, " n_l"],
    changes: Float[Array, "samples n_l"],
    receiving: Bool[Array, " above"] | None = None,
) -> Float[Array, " n_l"]:
    """Return the mean boundary loss without each neuron of a hidden layer, (n_l,); of dormant inf.

    A neuron whose image is taken over, or that says nothing more, changes the arguments of the
    layer above along its outgoing weights alone: ``y' = y + (x'_i - x_i) W_i``.  In the precision
    of the net: these are compared, and of the chosen one E is taken.  Most of the work is the
    states of the layer above.  Of its dormant neurons behind the first half nothing is computed.

    ``around``: what the layer lies between; ``above``: weights W, (n_(l+1), n_l); ``active``:
    (n_l,); ``changes``: x'_i - x_i of every neuron, (samples, n_l); ``receiving``: which neurons of
    the layer above are active, (n_(l+1),), None: all.
    """

    def among(around: Surroundings, weights: jax.Array) -> jax.Array:
        def without(neuron: jax.Array) -> jax.Array:
            change = changes[:, neuron][:, None] * weights[:, neuron]
            return around.loss(around.above + change)

        return _of_active(without, active, weights.dtype)

    if receiving is None:
        return among(around, above.weights)
    return of_leading(receiving, lambda count: among(around.narrowed(count), above.weights[:count]))


def removal_changes(
    states: Float[Array, "samples n_l"], active: Bool[Array, " n_l"], image: Image | None
) -> Float[Array, "samples n_l"]:
    """Return x'_i - x_i of every neuron: -x_i, or of its image by the others, (samples, n_l).

    ``states``: x of the masked net, (samples, n_l); ``active``: (n_l,); ``image``: `image_shares`,
    None where nothing is compensated.
    """
    if image is None:
        return -states

    def among(count: int) -> jax.Array:
        centred = states[:, :count].astype(jnp.float64) - image.mean[:count]
        changes = (centred @ image.shares[:count, :count].T).astype(states.dtype)
        return jnp.pad(changes, ((0, 0), (0, len(active) - count)))

    return of_leading(active, among)


@in_float64
def removal_energies(
    parameters: Parameters, mask: ActiveMask, l: int, energy: Energy, layers: Layer
) -> Float[Array, " n_l"]:
    """Return E without each neuron of hidden layer ``l``, float64, (n_l,); of dormant ones inf.

    ``parameters``: of the masked net; ``layers``: the layer above without each of them, by
    `compensated` or `uncompensated`.

    ``mask``: which hidden neurons are active, (n_l,) of every layer; ``energy``: E as a function of
    parameters and masks.
    """

    def without(neuron: jax.Array) -> jax.Array:
        layer = jax.tree.map(lambda array: array[neuron], layers)
        return energy(_with(parameters, l, layer), _without(mask, l, neuron)).astype(jnp.float64)

    return _of_active(without, mask[l], jnp.float64)


def _of_active(
    function: Callable[[jax.Array], jax.Array], active: jax.Array, precision: DTypeLike
) -> jax.Array:
    """Return ``function`` of every neuron's number, (n_l,), infinity where it is not ``active``."""

    def of_batch(neurons: jax.Array) -> jax.Array:
        """Return it of a batch; nothing is computed where all are dormant."""
        return jax.lax.cond(
            active[neurons].any(),
            lambda: jax.vmap(function)(neurons).astype(precision),
            lambda: jnp.full(neurons.shape, jnp.inf, precision),
        )

    sites = len(active)
    batch = min(REMOVALS_AT_ONCE, sites)
    batches = -(-sites // batch)
    neurons = jnp.minimum(jnp.arange(batches * batch), sites - 1).reshape(batches, batch)
    values = jax.lax.map(of_batch, neurons).ravel()[:sites]
    return jnp.where(active, values, jnp.inf)


def uncompensated(above: Layer) -> Layer:
    """Return the layer ``above`` without each sending neuron, in the shapes of `compensated`."""
    senders = above.weights.shape[1]
    weights = jnp.where(jnp.eye(senders, dtype=bool)[:, None, :], 0, above.weights)
    return Layer(weights, jnp.broadcast_to(above.bias, (senders, *above.bias.shape)))


@in_float64
def compensated(above: Layer, image: Image) -> Layer:
    """Return the layer ``above`` without each sending neuron, whose image the others take over.

    Of all layers without neuron i it is the one whose arguments differ least, in the mean square
    over the samples, from those with it: ``W'_kj = W_kj + W_ki a_ij``, ``b'_k = b_k + W_ki a_i0``,
    where ``x_i ~ a_i0 + sum_(j != i) a_ij x_j`` by least squares (optimal brain surgeon on the
    arguments).  With P the inverse of the layer's centred covariance ``a_ij = -P_ij/P_ii``, of all
    i at once; 1/P_ii is the variance of x_i that the others do not have.

    ``above``: weights W, (n_(l+1), n_l), and bias b, (n_(l+1),); ``image``: `image_shares`.
    Returns weights, (n_l, n_(l+1), n_l), and biases, (n_l, n_(l+1)).
    """
    return jax.vmap(lambda neuron: _taken_over(above, image, neuron))(jnp.arange(len(image.mean)))


def _taken_over(above: Layer, image: Image, neuron: jax.Array) -> Layer:
    """Return the layer ``above`` without a ``neuron``, whose image the others take over."""
    outgoing, shares = above.weights[:, neuron].astype(jnp.float64), image.shares[neuron]
    weights = (above.weights + outgoing[:, None] * shares).at[:, neuron].set(0.0)
    bias = above.bias - outgoing * (shares @ image.mean)
    return Layer(weights.astype(above.weights.dtype), bias.astype(above.bias.dtype))


@in_float64
def image_shares(states: Float[Array, "samples n_l"], active: Bool[Array, " n_l"]) -> Image:
    """Return what the other neurons of a layer take over of each, see `compensated`.

    ``states``: x of the masked net, (samples, n_l); ``active``: (n_l,).

    The covariance is singular where neurons repeat each other, are constant, or are as many as the
    samples.  `RIDGE` keeps it regular: what is taken over is then wrong by that share, and of a
    neuron whose variance is below it only the mean is taken over.  With as few samples as neurons
    the image is right on these samples and on no others.
    """

    def among(count: int) -> Image:
        x = states[:, :count].astype(jnp.float64)
        mean = x.mean(axis=0)
        covariance = (x - mean).T @ (x - mean) / len(x)
        scale = jnp.maximum(jnp.diagonal(covariance).max(), np.finfo(np.float64).tiny)
        ridge = jnp.where(active[:count], RIDGE, 1.0) * scale
        inverse = jnp.linalg.inv(covariance + jnp.diag(ridge))
        shares = -inverse / jnp.diagonal(inverse)[:, None]
        others = len(active) - count
        return Image(
            jax.scipy.linalg.block_diag(shares, -jnp.eye(others)), jnp.pad(mean, (0, others))
        )

    return of_leading(active, among)


def weight_products(parameters: Parameters, l: int) -> Float[Array, " n_l"]:
    """Return ``|w_in| |w_out|`` of every neuron of hidden layer ``l``, from 0 on, (n_l,).

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer.
    """
    incoming = jnp.linalg.norm(parameters[l].weights, axis=1)
    return incoming * jnp.linalg.norm(parameters[l + 1].weights, axis=0)


def states_of_layer(
    parameters: Parameters, l: int, inputs: Float[Array, "samples n_1"], activation: Activations
) -> Float[Array, "samples n_l"]:
    """Return x of hidden layer ``l``, from 0 on, (samples, n_l).

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer; ``inputs``: x_1, (samples,
    n_1); ``activation``: f, of all layers or of each.
    """
    f = of_layers(activation, len(parameters))[: l + 1]
    inputs = inputs.astype(parameters[0].bias.dtype)
    return f[-1].function(preactivations(parameters[: l + 1], inputs, f)[-1])


def _with(parameters: Parameters, l: int, above: Layer) -> Parameters:
    """Return the ``parameters`` with another layer ``above`` hidden layer ``l``."""
    return (*parameters[: l + 1], above, *parameters[l + 2 :])


def _without(mask: ActiveMask, l: int, neuron: jax.Array) -> ActiveMask:
    """Return the ``mask`` without a ``neuron`` of hidden layer ``l``."""
    return (*mask[:l], mask[l].at[neuron].set(False), *mask[l + 1 :])
