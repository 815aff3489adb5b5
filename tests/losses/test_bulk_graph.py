"""The bulk loss on graphs: against layered nets, a general minimiser and finite differences."""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import numpy as np
import scipy.optimize
from quick_jit import quick_jit

sys.path.insert(0, str(Path(__file__).parents[1] / "networks"))
from graph_cases import as_graph, dense, layered, random_graph

from nnuniverse.losses import (
    LocalObjective,
    bulk_minimum,
    graph_bulk_minimum,
    trained_graph_bulk_loss,
)
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import GraphParameters

TANH = ACTIVATIONS["tanh"]
TARGETS = np.eye(3)[:3]


def draw(neurons: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1.0, 1.0, (3, neurons))


def compute(function, *given):
    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, quick_jit(function)(*given))


def test_blocks_in_a_row_have_the_bulk_loss_of_the_layered_net() -> None:
    net, inputs = layered(), draw(7)
    pairs = 0.05 * np.random.default_rng(2).normal(size=(19, 19))
    local = LocalObjective(0.1, pairs)
    one = compute(lambda n, x, t: bulk_minimum(n, TANH, x, t, local), net, inputs, TARGETS)
    graph = as_graph(net)
    two = compute(lambda n, x, t: graph_bulk_minimum(n, TANH, x, t, local), graph, inputs, TARGETS)
    assert two.converged.all()
    np.testing.assert_allclose(two.loss, one.loss, rtol=1e-10)


def loss_at(hidden: np.ndarray, net: GraphParameters, x: np.ndarray, t: np.ndarray) -> float:
    graph, state = net.graph, np.zeros(net.graph.neurons)
    state[graph.inputs], state[graph.hidden], state[graph.outputs] = x, hidden, t
    errors = state[graph.free] - np.tanh((dense(net) @ state)[graph.free] + net.bias)
    return 0.5 * float(errors @ errors)


def test_is_where_a_general_purpose_minimiser_ends() -> None:
    net, inputs = random_graph(gain=1.5), draw(4)
    found = compute(lambda n, x, t: graph_bulk_minimum(n, TANH, x, t), net, inputs, TARGETS)
    assert found.converged.all()
    for sample in range(3):
        state, given = found.states[0][sample], (net, inputs[sample], TARGETS[sample])
        np.testing.assert_allclose(loss_at(state, *given), found.loss[sample], rtol=1e-12)
        end = scipy.optimize.minimize(
            loss_at,
            state,
            given,
            method="L-BFGS-B",
            bounds=[(-1.0, 1.0)] * len(state),
            options={"ftol": 0.0, "gtol": 1e-10},
        )
        np.testing.assert_allclose(end.fun, found.loss[sample], rtol=1e-9)


def test_gradient_is_that_of_the_whole_minimisation() -> None:
    net, inputs = random_graph(), draw(4)
    weights, bias = np.float64(net.weights), np.float64(net.bias)

    def loss(weights, bias):
        whole = GraphParameters(weights, bias, net.graph)
        data = jax.numpy.asarray(inputs), jax.numpy.asarray(TARGETS)
        return trained_graph_bulk_loss(whole, TANH, *data, LocalObjective(), 1e-13).sum()

    value = quick_jit(jax.value_and_grad(loss, (0, 1)))
    random = np.random.default_rng(1)
    along = [random.normal(size=part.shape) for part in (weights, bias)]
    step = 1e-5
    with jax.enable_x64(True):
        _, slopes = value(weights, bias)
        ends = [
            value(weights + sign * step * along[0], bias + sign * step * along[1])[0]
            for sign in (1, -1)
        ]
    expected = sum(float(a @ b) for a, b in zip(slopes, along, strict=True))
    np.testing.assert_allclose((ends[0] - ends[1]) / (2 * step), expected, rtol=1e-6)
