"""Small graphs whose state and gradient can be found in other ways."""

from __future__ import annotations

from itertools import pairwise

import jax
import numpy as np

from nnuniverse.networks.graph import GraphParameters, build_graph
from nnuniverse.networks.graph_initialisation import initialise_graph
from nnuniverse.networks.initialisation import initialise
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import Mask, block_mask, random_mask
from nnuniverse.networks.propagation import Parameters

SIZES = (7, 5, 4, 3)


def random_graph(neurons: int = 14, gain: float = 0.8, **changed: float) -> GraphParameters:
    """A random graph with four inputs and three outputs, its biases not zero."""
    mask = random_mask(neurons, links=6, seed=1)
    graph = build_graph(mask, range(4), range(neurons - 3, neurons), **changed)
    parameters = initialise_graph(jax.random.key(3), graph, "glorot_normal", gain)
    bias = np.random.default_rng(5).normal(size=len(graph.free)).astype(np.float32)
    return GraphParameters(parameters.weights, bias, graph)


def as_graph(layers: Parameters) -> GraphParameters:
    """A layered net as the graph of its blocks."""
    ends = np.cumsum(SIZES)
    whole = np.zeros((ends[-1], ends[-1]), np.float32)
    for l, layer in enumerate(layers, start=1):
        rows = slice(ends[l - 1], ends[l])
        whole[rows, ends[l - 1] - SIZES[l - 1] : ends[l - 1]] = layer.weights
    graph = build_graph(block_mask(SIZES), range(SIZES[0]), range(ends[-2], ends[-1]))
    bias = np.concatenate([layer.bias for layer in layers])
    return GraphParameters(whole[graph.rows, graph.columns], bias, graph)


def layered(gain: float = 2.0) -> Parameters:
    random = np.random.default_rng(0)
    drawn = initialise(jax.random.key(0), Layered(SIZES), "glorot_uniform", gain)
    return tuple(
        layer._replace(bias=random.normal(size=rows).astype(np.float32))
        for layer, (_, rows) in zip(drawn, pairwise(SIZES), strict=True)
    )


def dense(parameters: GraphParameters) -> np.ndarray:
    """The whole matrix w."""
    graph = parameters.graph
    w = np.zeros((graph.neurons, graph.neurons))
    w[graph.rows, graph.columns] = parameters.weights
    return w


def mask_of(*edges: tuple[int, int], neurons: int) -> Mask:
    """The mask with the edges i <- j given as (i, j)."""
    rows, columns = np.array(edges).T
    return Mask(neurons, rows, columns)
