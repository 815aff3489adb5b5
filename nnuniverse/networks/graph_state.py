"""The states of a graph: its fixed point with the inputs clamped."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.errors import ConfigError
from nnuniverse.networks.activation import Activation
from nnuniverse.networks.fixed_point import find_fixed_point, find_periods
from nnuniverse.networks.graph import Graph, GraphParameters
from nnuniverse.networks.samples_at_once import SAMPLES_AT_ONCE

_Theta = tuple[jax.Array, jax.Array]
"""What a step depends on: the weights between free neurons, and what the inputs add to y."""


class GraphState(NamedTuple):
    """The state of every sample: ``arguments`` y and ``states`` x of the free neurons, ``periods``.

    Shapes (samples, n_free) and (samples,); see `find_periods`.
    """

    arguments: jax.Array
    states: jax.Array
    periods: jax.Array


def graph_forward(
    parameters: GraphParameters, inputs: Float[Array, "*samples n_1"], activation: Activation
) -> Float[Array, "*samples n_L"]:
    """Return the states of the output neurons at the fixed point, (samples, outputs).

    ``x = f(w x + b)`` with the ``inputs`` (samples, n_1) clamped, reached from x = 0 and
    differentiable in the parameters: see `find_fixed_point`.  Where there is none within the
    graph's ``iterations``, the last state.

    ``activation``: f with its derivative and range.
    """
    graph = parameters.graph
    step, theta, start = _problem(parameters, inputs, activation)
    end = find_fixed_point(step, theta, start, graph.iterations, graph.tolerance)
    return end.state[:, graph.free_outputs]


def graph_state(
    parameters: GraphParameters, inputs: Float[Array, "*samples n_1"], activation: Activation
) -> GraphState:
    """Return the state of every sample and what became of its iteration.

    Arguments and states are differentiable in the parameters as in `graph_forward`; the state of
    a sample that has not settled counts as a constant.

    ``inputs``: x_1 of the samples, (samples, n_1); ``activation``: f with its derivative and range.
    """
    graph = parameters.graph
    step, theta, start = _problem(parameters, inputs, activation)
    end = find_fixed_point(step, theta, start, graph.iterations, graph.tolerance)
    here = jax.lax.stop_gradient((theta, end))
    periods = find_periods(partial(step, here[0]), here[1], graph.tolerance)
    return GraphState(_arguments(graph, theta, end.state), end.state, periods)


def graph_state_of_many(
    parameters: GraphParameters, inputs: Float[Array, "*samples n_1"], activation: Activation
) -> GraphState:
    """Return the `graph_state` in float64, of `SAMPLES_AT_ONCE` samples at a time.

    ``parameters``: the weights of the edges, (edges,), and the biases of the free neurons,
    (n_free,); ``inputs``: x_1 of the samples, (samples, n_1); ``activation``: f with its derivative
    and range.
    """

    def some(inputs: jax.Array) -> GraphState:
        return graph_state(parameters, inputs.astype(jnp.float64), activation)

    whole = len(inputs) - len(inputs) % SAMPLES_AT_ONCE
    parts = [some(inputs[whole:])] if whole < len(inputs) else []
    if whole:
        batches = inputs[:whole].reshape(-1, SAMPLES_AT_ONCE, inputs.shape[1])
        stacked = jax.lax.map(some, batches)
        parts.insert(0, jax.tree.map(lambda a: a.reshape(whole, *a.shape[2:]), stacked))
    return jax.tree.map(lambda *arrays: jnp.concatenate(arrays), *parts)


def graph_mean_state(
    parameters: GraphParameters, inputs: Float[np.ndarray, "samples n_1"], activation: Activation
) -> Float[np.ndarray, " N"]:
    """Return the state of all neurons, (N,), the mean over ``inputs`` clamped, (samples, n_1).

    Raises ConfigError if that of a sample does not settle, and so is no state.

    ``parameters``: the weights of the edges, (edges,), and the biases of the free neurons,
    (n_free,); ``activation``: f with its derivative and range.
    """
    graph = parameters.graph
    compiled = jax.jit(graph_state, static_argnames="activation")
    total, unsettled = np.zeros(len(graph.free)), 0
    for first in range(0, len(inputs), SAMPLES_AT_ONCE):
        some = jnp.asarray(inputs[first : first + SAMPLES_AT_ONCE])
        found = compiled(parameters, some, activation=activation)
        total += np.asarray(found.states.sum(axis=0))
        unsettled += int((found.periods != 1).sum())
    if unsettled:
        raise ConfigError(
            "the state of every sample",
            f"settle within the {graph.iterations} iterations of the graph, "
            "for forms about the mean over the data",
            f"that of {unsettled} of {len(inputs)} does not",
            "--mean ensemble, or more network.iterations",
        )
    state = np.empty(graph.neurons)
    state[graph.inputs] = inputs.mean(axis=0)
    state[graph.free] = total / len(inputs)
    return state


def _problem(
    parameters: GraphParameters, inputs: jax.Array, activation: Activation
) -> tuple[Callable[[_Theta, jax.Array], jax.Array], _Theta, jax.Array]:
    """Return the map whose fixed point the state is, what it depends on, and where to start."""
    graph, weights = parameters.graph, parameters.weights
    drive = graph.incoming.product(graph.incoming.operand(weights), inputs) + parameters.bias
    start = jnp.zeros_like(drive)
    return partial(_step, graph, activation), (graph.inner.operand(weights), drive), start


def _step(graph: Graph, activation: Activation, theta: _Theta, state: jax.Array) -> jax.Array:
    return activation.function(_arguments(graph, theta, state))


def _arguments(graph: Graph, theta: _Theta, state: jax.Array) -> jax.Array:
    return graph.inner.product(theta[0], state) + theta[1]
