"""A step of the dynamics of states with the inputs clamped, of graphs and of layers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.networks.activation import Activation, Activations, of_layers
from nnuniverse.networks.graph import GraphParameters
from nnuniverse.networks.propagation import Parameters

OfStates = Callable[[Float[Array, "samples n"]], Float[Array, "samples n_free"]]
"""From (samples, n) to (samples, n_free)."""


class ClampedStep(NamedTuple):
    """The parts of ``x(t + 1) = f(w x(t) + b)`` of the free neurons, in ascending order.

    ``drive``: of the inputs, (samples, n_1), what they and the biases add to y, which does not
    change with time; ``inner``: of x the part of w x that comes from free neurons; ``function`` f
    and ``slope`` f' of y = drive + inner(x).  All are linear but the last two.

    Source: 2008.01540 (2.1).
    """

    drive: OfStates
    inner: OfStates
    function: OfStates
    slope: OfStates


def graph_clamped_step(parameters: GraphParameters, activation: Activation) -> ClampedStep:
    """Return the step of a graph.

    ``parameters``: the weights of the edges, (edges,), and the biases of the free neurons,
    (n_free,); ``activation``: f with its derivative and range.
    """
    graph = parameters.graph
    incoming, inner = (edges.operand(parameters.weights) for edges in (graph.incoming, graph.inner))
    return ClampedStep(
        lambda inputs: graph.incoming.product(incoming, inputs) + parameters.bias,
        lambda states: graph.inner.product(inner, states),
        activation.function,
        activation.slope,
    )


def layered_clamped_step(parameters: Parameters, activation: Activations) -> ClampedStep:
    """Return the step of layers, all of which move at once: of L layers the last in step L - 1.

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer; ``activation``: f, of all
    layers or of each.
    """
    first, *others = parameters
    ends = list(accumulate(len(layer.bias) for layer in parameters))[:-1]
    each = of_layers(activation, len(parameters))

    def drive(inputs: jax.Array) -> jax.Array:
        biases = jnp.concatenate([layer.bias for layer in parameters])
        begun = inputs @ first.weights.T
        return biases + jnp.pad(begun, ((0, 0), (0, len(biases) - begun.shape[1])))

    def inner(states: jax.Array) -> jax.Array:
        layers = jnp.split(states, ends, axis=1)
        moved = [x @ above.weights.T for x, above in zip(layers[:-1], others, strict=True)]
        return jnp.concatenate([jnp.zeros_like(layers[0]), *moved], axis=1)

    def by_layer(parts: list[OfStates]) -> OfStates:
        def of_all(arguments: jax.Array) -> jax.Array:
            layers = jnp.split(arguments, ends, axis=1)
            return jnp.concatenate([f(y) for f, y in zip(parts, layers, strict=True)], axis=1)

        return of_all

    return ClampedStep(
        drive, inner, by_layer([f.function for f in each]), by_layer([f.slope for f in each])
    )
