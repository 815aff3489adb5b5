"""Initial weights on the edges of a graph."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from nnuniverse.errors import ConfigError
from nnuniverse.networks.graph import Graph, GraphParameters

CUT_DEVIATION = 0.8796256610342398
"""Standard deviation of the unit normal cut at two."""


def initialise_graph(
    key: PRNGKeyArray, graph: Graph, initialiser: str, gain: float = 1.0
) -> GraphParameters:
    """Draw the weight of every edge and set the biases to zero, in float32; or take given ones.

    As in `INITIALISERS`, with the degrees of the edge's own neurons: for j -> i, n_in is the
    number of edges into i and n_out of those out of j.  For a layered graph that is the
    distribution of a layered net.  Weights and biases that the graph gives are rounded to
    float32, in which nets are trained; see `as_given`.  Raises ConfigError for orthogonal, which is
    not a distribution of single weights.

    ``key``: a JAX key; ``initialiser``: one of `INITIALISERS`; ``gain``: what the weights of the
    initialiser are multiplied by.
    """
    bias = np.zeros(graph.neurons) if graph.initial_bias is None else graph.initial_bias
    if graph.initial_weights is None:
        weights = jnp.float32(gain) * _draw(key, graph, initialiser)
    else:
        weights = jnp.asarray(graph.initial_weights, jnp.float32)
    return GraphParameters(weights, jnp.asarray(bias[graph.free], jnp.float32), graph)


def as_given(parameters: GraphParameters) -> GraphParameters:
    """Return initial ``parameters`` with the weights and biases that the graph gives, in float64.

    For nets that are measured without being trained: an eigenvalue of G that is zero with weights
    of 1/3 is not with their float32.  Drawn weights are float32 by themselves and stay so.
    """
    graph = parameters.graph
    given: dict[str, Any] = {}  # NumPy's for JAX's, which would be of float32
    if graph.initial_weights is not None:
        given["weights"] = np.asarray(graph.initial_weights, np.float64)
    if graph.initial_bias is not None:
        given["bias"] = np.asarray(graph.initial_bias[graph.free], np.float64)
    return replace(parameters, **given)


def require_single_weights(initialiser: str) -> None:
    """Raise ConfigError unless ``initialiser`` draws every weight by itself."""
    if initialiser == "orthogonal":
        raise ConfigError(
            "`network.initialiser.kind`",
            "draw every edge by itself on a graph",
            "is orthogonal",
            "network.initialiser.kind=glorot_uniform",
        )


def _draw(key: jax.Array, graph: Graph, initialiser: str) -> jax.Array:
    require_single_weights(initialiser)
    shape = (graph.edges,)
    if initialiser == "truncated_normal":
        return jax.random.truncated_normal(key, -2.0, 2.0, shape, jnp.float32)
    scheme, _, distribution = initialiser.partition("_")
    n_in = np.bincount(graph.rows, minlength=graph.neurons)[graph.rows]
    n_out = np.bincount(graph.columns, minlength=graph.neurons)[graph.columns]
    variance = 2.0 / (n_in + n_out) if scheme == "glorot" else 2.0 / n_in
    deviation = jnp.asarray(np.sqrt(variance), jnp.float32)
    if distribution == "uniform":
        bound = math.sqrt(3.0)
        return deviation * jax.random.uniform(key, shape, jnp.float32, -bound, bound)
    cut = jax.random.truncated_normal(key, -2.0, 2.0, shape, jnp.float32)
    return deviation / CUT_DEVIATION * cut
