"""The trainable variables of a layered net and the states that they propagate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.networks.activation import Activations, of_layers
from nnuniverse.networks.graph import GraphParameters
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.samples_at_once import SAMPLES_AT_ONCE


class Layer(NamedTuple):
    """Weights (n_l, n_{l-1}), a row per receiving neuron, and bias (n_l,) of one layer."""

    weights: jax.Array
    bias: jax.Array


Parameters = tuple[Layer, ...]
"""The layers that have incoming connections, first hidden layer first."""

Trainable = Parameters | GraphParameters
"""The trainable variables of any net."""


def preactivations(
    parameters: Parameters, inputs: Float[Array, "*samples n_1"], activation: Activations
) -> list[Float[Array, "*samples _"]]:
    """Return the fixed point of the net as the arguments ``y_l`` of the activation, per layer.

    ``y_l = W_l x_{l-1} + b_l``, ``x_l = f(y_l)``: the fixed point of x = f(wx + b), which a net of
    L layers reaches after L - 1 steps.  ``inputs``: x_1, shape (samples, n_1), clamped rather
    than solved for through the input bias (|x| = 1 would need an infinite one).
    Returns arrays of shape (samples, n_l), first hidden layer first.

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer.

    Source: 2004.09280 (2.5), (2.9).

    >>> from nnuniverse.networks.activation import find_activation
    >>> net = (Layer(jnp.array([[2.0, 1.0]]), jnp.array([0.5])),)
    >>> [y.tolist() for y in preactivations(net, jnp.array([[1.0, 3.0]]), find_activation("tanh"))]
    [[[5.5]]]
    """
    arguments = []
    state = inputs
    for layer, f in zip(parameters, of_layers(activation, len(parameters)), strict=True):
        arguments.append(state @ layer.weights.T + layer.bias)
        state = f.function(arguments[-1])
    return arguments


def preactivations_of_many(
    parameters: Parameters, inputs: Float[Array, "*samples n_1"], activation: Activations
) -> list[Float[Array, "*samples _"]]:
    """Return the `preactivations` in float64, of `SAMPLES_AT_ONCE` samples at a time.

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer; ``inputs``: x_1 of the
    samples, (samples, n_1); ``activation``: f, of all layers or of each.
    """

    def one(inputs: jax.Array) -> list[jax.Array]:
        return preactivations(parameters, inputs.astype(jnp.float64), activation)

    return jax.lax.map(one, inputs, batch_size=SAMPLES_AT_ONCE)


def forward(
    parameters: Parameters, inputs: Float[Array, "*samples n_1"], activation: Activations
) -> Float[Array, "*samples n_L"]:
    """Return the states of the output neurons at the fixed point, shape (samples, n_L).

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer; ``inputs``: x_1 of the
    samples, (samples, n_1); ``activation``: f, of all layers or of each.

    Source: 2004.09280 (2.9); see `preactivations`.

    >>> from nnuniverse.networks.activation import find_activation
    >>> net = (Layer(jnp.array([[2.0, 1.0]]), jnp.array([0.5])),)
    >>> forward(net, jnp.array([[1.0, 3.0]]), find_activation("identity")).tolist()
    [[5.5]]
    """
    last = of_layers(activation, len(parameters))[-1]
    return last.function(preactivations(parameters, inputs, activation)[-1])


def mean_state(
    parameters: Parameters, inputs: Float[np.ndarray, "samples n_1"], activation: Activations
) -> Float[np.ndarray, " N"]:
    """Return the state of all neurons, (N,), the mean over ``inputs`` clamped, (samples, n_1).

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer; ``activation``: f, of all
    layers or of each.
    """
    compiled = jax.jit(preactivations, static_argnames="activation")
    arguments = compiled(parameters, jnp.asarray(inputs), activation=activation)
    layers = zip(arguments, of_layers(activation, len(parameters)), strict=True)
    means = [np.asarray(f.function(y).mean(axis=0)) for y, f in layers]
    return np.concatenate([inputs.mean(axis=0), *means])


def weights_of(parameters: Trainable) -> tuple[Float[Array, "*weights"], ...]:
    """Return the arrays of weights of a net, without its biases.

    ``parameters``: weights and biases of the net.

    >>> [w.shape for w in weights_of((Layer(jnp.ones((2, 3)), jnp.zeros(2)),))]
    [(2, 3)]
    """
    if isinstance(parameters, GraphParameters):
        return (parameters.weights,)
    return tuple(layer.weights for layer in parameters)


def map_weights(
    function: Callable[..., Float[Array, " ..."]], parameters: Trainable, *others: Trainable
) -> Trainable:
    """Return ``parameters`` with ``function`` of its weights and those of ``others``, per array.

    Biases stay those of ``parameters``.
    """
    weights = [
        function(*arrays) for arrays in zip(*map(weights_of, (parameters, *others)), strict=True)
    ]
    if isinstance(parameters, GraphParameters):
        return replace(parameters, weights=weights[0])
    return tuple(Layer(new, layer.bias) for new, layer in zip(weights, parameters, strict=True))


def layers_of(parameters: Parameters) -> Layered:
    """Return the architecture of a net.

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer.

    >>> first, second = Layer(jnp.ones((2, 3)), jnp.zeros(2)), Layer(jnp.ones((1, 2)), jnp.zeros(1))
    >>> str(layers_of((first, second)))
    '3-2-1'
    """
    return Layered((parameters[0].weights.shape[1], *(len(layer.bias) for layer in parameters)))


def layers_only(parameters: Trainable) -> Parameters:
    """Return ``parameters``; raises TypeError for those of a graph, which have no layers."""
    if isinstance(parameters, GraphParameters):
        raise TypeError("the weights of a graph are in no layers")
    return parameters
