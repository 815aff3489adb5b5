"""The state of a graph, what becomes of its iteration, and its derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graph_cases
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from nnuniverse.errors import ConfigError
from nnuniverse.networks import edges as edges_module
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import GraphParameters, build_graph
from nnuniverse.networks.graph_initialisation import initialise_graph
from nnuniverse.networks.graph_state import graph_forward, graph_state
from nnuniverse.networks.masks import block_mask, permutation_mask
from nnuniverse.networks.propagation import forward

TANH = ACTIVATIONS["tanh"]
IDENTITY = ACTIVATIONS["identity"]


@pytest.fixture(params=["dense", "sparse"])
def products(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take products either way."""
    if request.param == "sparse":
        monkeypatch.setattr(edges_module, "DENSE_ENTRIES", 0)
        monkeypatch.setattr(edges_module, "DENSE_SHARE", 2.0)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Trace anew, since `products` changes what is traced, and compile as a whole."""
    return quick_jit(lambda parameters, x: function(parameters, x, TANH))


def inputs(columns: int, samples: int = 6) -> np.ndarray:
    return np.random.default_rng(2).normal(size=(samples, columns))


@pytest.mark.usefixtures("products")
def test_blocks_reproduce_a_layered_net() -> None:
    layers = graph_cases.layered()
    with jax.enable_x64(True):
        x = inputs(7)
        expected = compiled(forward)(layers, x)
        found = compiled(graph_forward)(graph_cases.as_graph(layers), x)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


def test_blocks_settle_after_as_many_steps_as_layers() -> None:
    layers = graph_cases.layered()
    whole = graph_cases.as_graph(layers)
    for iterations, settled in ((4, True), (3, False)):  # three to reach it, one to notice
        graph = build_graph(block_mask(graph_cases.SIZES), range(7), range(16, 19), iterations)
        with jax.enable_x64(True):
            net = GraphParameters(whole.weights, whole.bias, graph)
            state = compiled(graph_state)(net, inputs(7))
            assert (np.asarray(state.periods) == 1).all() == settled
            outputs = np.asarray(state.states)[:, graph.free_outputs]
            expected = compiled(forward)(layers, inputs(7))
            np.testing.assert_allclose(outputs, expected, atol=1e-14)


def test_drawn_as_a_layered_net_is() -> None:
    graph = graph_cases.as_graph(graph_cases.layered()).graph
    drawn = initialise_graph(jax.random.key(1), graph, "glorot_uniform", 3.0)
    for l, bound in ((1, 6 / 12), (3, 6 / 7)):
        ends = np.cumsum(graph_cases.SIZES)
        here = (graph.rows >= ends[l - 1]) & (graph.rows < ends[l])
        largest = np.abs(np.asarray(drawn.weights)[here]).max() / 3.0
        assert 0.6 * np.sqrt(bound) < largest <= np.sqrt(bound)
    normal = initialise_graph(jax.random.key(1), graph, "he_normal")
    scaled = np.asarray(normal.weights) * np.sqrt(np.bincount(graph.rows)[graph.rows] / 2)
    assert 0.8 < scaled.std() < 1.2
    with pytest.raises(ConfigError, match="must draw every edge by itself on a graph"):
        initialise_graph(jax.random.key(1), graph, "orthogonal")


@pytest.mark.usefixtures("products")
def test_state_is_a_fixed_point() -> None:
    parameters = graph_cases.random_graph(tolerance=1e-12, iterations=500)
    graph = parameters.graph
    with jax.enable_x64(True):
        state = compiled(graph_state)(parameters, inputs(4))
    assert (np.asarray(state.periods) == 1).all()
    x = np.concatenate([inputs(4), np.asarray(state.states)], axis=1)
    bias = np.concatenate([np.zeros(4), parameters.bias])
    y = (x @ graph_cases.dense(parameters).T + bias)[:, graph.free]
    np.testing.assert_allclose(state.arguments, y, atol=1e-12)
    np.testing.assert_allclose(state.states, np.tanh(y), atol=1e-11)


def closed(cycles: list[int], weight: float, bias: list[float], iterations: int) -> GraphParameters:
    graph = build_graph(permutation_mask(cycles, weight), [], [], iterations)
    drawn = initialise_graph(jax.random.key(0), graph, "glorot_uniform")
    return GraphParameters(drawn.weights, np.asarray(bias, np.float32), graph)


def periods(parameters: GraphParameters) -> list[int]:
    with jax.enable_x64(True):
        state = quick_jit(lambda net, x: graph_state(net, x, IDENTITY))
        return np.asarray(state(parameters, np.zeros((1, 0))).periods).tolist()


def test_statuses() -> None:
    # x_i(t + 1) = -x_j(t) + b_i on a cycle of n: after t steps b, b - b, b, ... of the cycle.
    assert periods(closed([3], 0.5, [1, 0, 0], 100)) == [1]
    assert periods(closed([3], 0.5, [1, 0, 0], 5)) == [0], "not within T"
    assert periods(closed([1], -1.0, [1], 10)) == [2]
    # The signs come back after going round a cycle of 5 twice.
    assert periods(closed([5], -1.0, [1, 0, 0, 0, 0], 20)) == [10]
    assert periods(closed([3], 1.0, [1, 0, 0], 20)) == [0], "grows for ever"


def loss_of(parameters: GraphParameters, x: jax.Array) -> jax.Array:
    outputs = graph_forward(parameters, x, TANH)
    return jnp.sum(outputs**2 * jnp.arange(1.0, 1.0 + outputs.shape[1]))


def unrolled(parameters: GraphParameters, x: jax.Array) -> jax.Array:
    graph = parameters.graph
    w = (
        jnp.zeros((graph.neurons, graph.neurons))
        .at[graph.rows, graph.columns]
        .set(parameters.weights)
    )

    def step(state: jax.Array, _: None) -> tuple[jax.Array, None]:
        whole = jnp.concatenate([x, state], axis=1)
        return jnp.tanh((whole @ w.T)[:, graph.free] + parameters.bias), None

    state, _ = jax.lax.scan(step, jnp.zeros((len(x), len(graph.free))), length=200)
    outputs = state[:, graph.free_outputs]
    return jnp.sum(outputs**2 * jnp.arange(1.0, 1.0 + outputs.shape[1]))


@pytest.mark.usefixtures("products")
def test_gradient_is_that_of_the_unrolled_iteration() -> None:
    with jax.enable_x64(True):
        parameters = jax.tree.map(
            lambda array: jnp.asarray(array, jnp.float64),
            graph_cases.random_graph(tolerance=1e-13, iterations=500),
        )
        x = jnp.asarray(inputs(4))
        found = quick_jit(jax.grad(lambda *given: loss_of(*given)))(parameters, x)
        expected = quick_jit(jax.grad(unrolled))(parameters, x)
        np.testing.assert_allclose(found.weights, expected.weights, atol=1e-11)
        np.testing.assert_allclose(found.bias, expected.bias, atol=1e-11)
        assert np.abs(expected.weights).min() < 1e-12 < 1e-3 < np.abs(expected.bias).max()


def test_gradient_is_that_of_finite_differences() -> None:
    with jax.enable_x64(True):
        parameters = jax.tree.map(
            lambda array: jnp.asarray(array, jnp.float64),
            graph_cases.random_graph(tolerance=1e-13, iterations=500),
        )
        x = jnp.asarray(inputs(4))
        random = np.random.default_rng(8)
        move = jax.tree.map(lambda array: random.normal(size=array.shape), parameters)
        found = sum(
            jnp.vdot(g, m)
            for g, m in zip(
                jax.tree.leaves(quick_jit(jax.grad(loss_of))(parameters, x)),
                jax.tree.leaves(move),
                strict=True,
            )
        )
        value = quick_jit(loss_of)
        step = 1e-5
        ahead, behind = (
            value(jax.tree.map(lambda p, m, s=s: p + s * m, parameters, move), x)
            for s in (step, -step)
        )
        np.testing.assert_allclose(found, (ahead - behind) / (2 * step), rtol=1e-7)


def test_sample_without_fixed_point_gives_no_gradient_and_disturbs_no_other() -> None:
    # x = w x + input: settles only where the input is zero, since w = -1.
    mask = graph_cases.mask_of((1, 0), (1, 1), neurons=2)
    graph = build_graph(mask, [0], [1], iterations=30)
    parameters = GraphParameters(jnp.array([1.0, -1.0]), jnp.array([0.0]), graph)
    x = jnp.array([[0.0], [1.0]])
    state = quick_jit(lambda net, x: graph_state(net, x, IDENTITY))(parameters, x)
    assert np.asarray(state.periods).tolist() == [1, 2]

    def total(parameters: GraphParameters) -> jax.Array:
        return graph_forward(parameters, x, IDENTITY).sum()

    gradient = quick_jit(jax.grad(total))(parameters)
    np.testing.assert_array_equal(gradient.weights, 0.0)


@pytest.mark.parametrize(
    ("boundary", "message"),
    [
        (([0, 4], [3]), "`network.inputs` must be neurons 0 to 3, but names 4"),
        (([0], [-1]), "`network.outputs` must be neurons 0 to 3, but names -1"),
        (([0, 1], [1]), "must be other neurons than `network.inputs`, but shares neuron 1"),
        (([0, 0], [1]), "`network.inputs` must name each neuron once"),
        (
            ([0], [1, 3]),
            "lead from the inputs to every output, but no path reaches output neuron 3",
        ),
    ],
)
def test_wrong_boundaries(boundary: tuple[list[int], list[int]], message: str) -> None:
    mask = graph_cases.mask_of((1, 0), (2, 1), (0, 3), neurons=4)
    with pytest.raises(ConfigError, match=message):
        build_graph(mask, *boundary)


def test_edges_into_inputs_are_left_out() -> None:
    mask = graph_cases.mask_of((0, 1), (1, 0), (2, 1), neurons=3)
    graph = build_graph(mask, [0], [2])
    assert list(zip(graph.rows, graph.columns, strict=True)) == [(1, 0), (2, 1)]
    assert str(graph) == "graph of 3 neurons and 2 edges"
