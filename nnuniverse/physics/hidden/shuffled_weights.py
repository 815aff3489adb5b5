"""A net whose weights are in other places of its mask."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from nnuniverse.networks.graph import Graph, GraphParameters
from nnuniverse.networks.propagation import Layer, Parameters, Trainable


def with_shuffled_weights(parameters: Trainable, random: np.random.Generator) -> Trainable:
    """Return the net with its weights in random places of the mask; the biases stay.

    Layers keep their own weights, and a graph those of edges from inputs and those between free
    neurons: what drives the net and what it feeds back are as strong as before.

    ``parameters``: weights and biases of the net.
    """
    if isinstance(parameters, GraphParameters):
        weights = _within(np.asarray(parameters.weights), _blocks(parameters.graph), random)
        return GraphParameters(jnp.asarray(weights), parameters.bias, parameters.graph)
    return _shuffled_layers(parameters, random)


def _shuffled_layers(parameters: Parameters, random: np.random.Generator) -> Parameters:
    return tuple(
        Layer(jnp.asarray(random.permuted(np.asarray(layer.weights), axis=None)), layer.bias)
        for layer in parameters
    )


def _blocks(graph: Graph) -> Sequence[np.ndarray]:
    return graph.incoming.index, graph.inner.index


def _within(
    weights: np.ndarray, blocks: Sequence[np.ndarray], random: np.random.Generator
) -> np.ndarray:
    shuffled = weights.copy()
    for block in blocks:
        shuffled[block] = random.permutation(weights[block])
    return shuffled
