"""How a hidden neuron comes into a layered net: its incoming and outgoing weights."""

from __future__ import annotations

from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from nnuniverse.networks.active_masks import ActiveMask, masked
from nnuniverse.networks.propagation import Layer, Parameters
from nnuniverse.physics.grand_canonical.surroundings import Surroundings

Birth = Literal["singular", "fitted", "zero_out", "none"]
"""Along the top singular pair of descent and inputs; the best of some; with no effect; never."""

ARGUMENT = 0.3
"""Root mean square over the samples of the argument of a newborn that comes along a direction.

Small, so that f is nearly linear in it, as the choice of the direction supposes.
"""

STEPS = (0.25, 0.5, 1.0, 2.0)
"""Lengths tried of the outgoing weights, in units of the one that a Gauss-Newton step takes."""


class Newborn(NamedTuple):
    """Incoming weights, (n_(l-1),), and outgoing ones, (n_(l+1),); its bias is zero."""

    incoming: jax.Array
    outgoing: jax.Array


def random_incoming(
    key: PRNGKeyArray, weights: Float[Array, "n_l below"], count: int
) -> Float[Array, "{count} below"]:
    """Draw incoming weights of ``count`` neurons as large as those of a layer, (count, n_(l-1)).

    Normal, with the mean square of ``weights`` (n_l, n_(l-1)) over its rows that are not zero.

    ``key``: a JAX key.
    """
    squares = jnp.square(weights).sum(axis=1)
    alive = jnp.maximum((squares > 0).sum(), 1)
    spread = jnp.sqrt(squares.sum() / (alive * weights.shape[1]))
    return spread * jax.random.normal(key, (count, weights.shape[1]), weights.dtype)


def singular_incoming(surroundings: Surroundings) -> Float[Array, " below"]:
    """Return the incoming weights along which a small neuron lowers the loss fastest, (n_(l-1),).

    A neuron with incoming weights v and outgoing u, both small, changes the loss by ``-u^T K v``,
    ``K = -sum_s dL/dy_s x_s^T`` over the samples, y the arguments of the layer above and x the
    states below (f'(0) = 1): v is the right singular vector of the greatest singular value, with
    the length at which the argument's root mean square is `ARGUMENT`.

    ``surroundings``: what a layer's neurons meet: states below, arguments and targets above.
    """
    descent = -jax.grad(surroundings.loss)(surroundings.above)
    product = descent.T @ surroundings.below
    # Of the smaller side: the whole decomposition takes longer than an epoch.
    if product.shape[0] < product.shape[1]:
        direction = jnp.linalg.eigh(product @ product.T)[1][:, -1] @ product
        direction /= jnp.maximum(jnp.linalg.norm(direction), np.finfo(direction.dtype).tiny)
    else:
        direction = jnp.linalg.eigh(product.T @ product)[1][:, -1]
    size = jnp.sqrt(jnp.square(surroundings.below @ direction).mean())
    return jnp.where(size > 0, direction * (ARGUMENT / size), 0.0)


def fitted_outgoing(
    surroundings: Surroundings, incoming: Float[Array, " below"]
) -> tuple[Float[Array, " above"], Float[Array, ""]]:
    """Return the outgoing weights of a neuron, and the loss with it, ().

    Along the descent direction of the loss in them, ``d_k = -sum_s dL/dy_sk x_s``; their length is
    the best of `STEPS` times ``|d|^2/C``, C the curvature along d of the Gauss-Newton
    approximation.  ``incoming``: (n_(l-1),).  Returns weights (n_(l+1),).

    ``surroundings``: what a layer's neurons meet: states below, arguments and targets above.
    """
    states = surroundings.states(incoming)
    descent = -jax.grad(surroundings.loss)(surroundings.above).T @ states
    change = states[:, None] * descent
    slopes = jax.jvp(surroundings.outputs, (surroundings.above,), (change,))[1]
    curvature = jnp.square(slopes).sum(axis=1).mean()
    length = jnp.where(curvature > 0, jnp.square(descent).sum() / curvature, 0.0)
    lengths = length * jnp.asarray(STEPS, states.dtype)
    losses = jax.vmap(lambda t: surroundings.loss(surroundings.above + t * change))(lengths)
    best = jnp.argmin(losses)
    return lengths[best] * descent, losses[best]


def newborn(
    key: PRNGKeyArray,
    birth: Birth,
    parameters: Parameters,
    l: int,
    around: Surroundings,
    candidates: int,
) -> Newborn:
    """Return a neuron for hidden layer ``l``, from 0 on, of the net with those ``parameters``.

    ``zero_out``: `random_incoming` weights and no outgoing ones; ``fitted``: of so many
    ``candidates`` like that the one whose `fitted_outgoing` weights lower the loss most;
    ``singular``: `singular_incoming` weights and the outgoing ones fitted.  The loss is the
    boundary loss of what is ``around`` the layer, whichever energy decides if the neuron stays.

    ``key``: a JAX key; ``birth``: how it is made.
    """
    if birth == "singular":
        incoming = singular_incoming(around)
        return Newborn(incoming, fitted_outgoing(around, incoming)[0])
    drawn = random_incoming(key, parameters[l].weights, candidates if birth == "fitted" else 1)
    if birth == "zero_out":
        return Newborn(drawn[0], jnp.zeros_like(parameters[l + 1].bias))
    outgoing, losses = jax.lax.map(lambda weights: fitted_outgoing(around, weights), drawn)
    best = jnp.argmin(losses)
    return Newborn(drawn[best], outgoing[best])


def with_newborn(
    key: PRNGKeyArray,
    birth: Birth,
    parameters: Parameters,
    mask: ActiveMask,
    l: int,
    around: Surroundings,
    candidates: int,
) -> tuple[Parameters, ActiveMask, Surroundings]:
    """Return the net with a `newborn` in the first dormant site of hidden layer ``l``, from 0 on.

    ``parameters``: of the masked net; what is ``around`` the layer is returned with the newborn.
    Without a dormant site what is returned has no meaning.

    ``key``: a JAX key; ``birth``: how new neurons are made; ``mask``: which hidden neurons are
    active, (n_l,) of every layer; ``candidates``: how many are tried.
    """
    born = newborn(key, birth, parameters, l, around, candidates)
    site = jnp.argmin(mask[l])
    layer, above = parameters[l], parameters[l + 1]
    layer = Layer(layer.weights.at[site].set(born.incoming), layer.bias.at[site].set(0))
    above = above._replace(weights=above.weights.at[:, site].set(born.outgoing))
    grown = (*parameters[:l], layer, above, *parameters[l + 2 :])
    mask = (*mask[:l], mask[l].at[site].set(True), *mask[l + 1 :])
    argument = around.below @ born.incoming
    spoken = around.states(born.incoming)[:, None] * born.outgoing
    return masked(grown, mask), mask, around.changed(site, argument, spoken)
