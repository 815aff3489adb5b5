"""The way of the states from x = 0, of graphs and layers, and the linear step."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.errors import ConfigError
from nnuniverse.nets import net_of
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.clamped_step import graph_clamped_step
from nnuniverse.networks.graph import GraphParameters, build_graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import full_mask, permutation_mask
from nnuniverse.networks.propagation import Layer
from nnuniverse.physics.hidden.linear_step import linear_step_error, with_their_sum
from nnuniverse.physics.hidden.null_constraint import subsystem_correlation
from nnuniverse.physics.hidden.shuffled_weights import with_shuffled_weights
from nnuniverse.physics.hidden.subsystems import Subsystems, subsystems_of
from nnuniverse.physics.hidden.transients import ends_of_samples, speeds_of_samples, transient
from nnuniverse.precision import in_float64

RANDOM = np.random.default_rng(0)
TANH, IDENTITY = ACTIVATIONS["tanh"], ACTIVATIONS["identity"]
GRAPH = build_graph(full_mask(7), [0, 1], [5, 6])
WEIGHTS = RANDOM.normal(0.0, 0.3, GRAPH.edges)
BIAS = RANDOM.normal(0.0, 0.1, 5)
INPUTS = RANDOM.normal(size=(9, 2))
GROUPS = Subsystems(["a", "b", "c"], np.array([0, 1, 2, 0, 1, 2, 0, 1, 2]))
STEPS = 6


@in_float64
def graph_net() -> GraphParameters:
    return GraphParameters(jnp.asarray(WEIGHTS), jnp.asarray(BIAS), GRAPH)


def by_hand(activation: Any, steps: int = STEPS) -> np.ndarray:
    """The states of all free neurons, (T + 1, samples, n_free), by the whole matrix."""
    w = np.zeros((7, 7))
    w[GRAPH.rows, GRAPH.columns] = WEIGHTS
    states = [np.zeros((len(INPUTS), 5))]
    for _ in range(steps):
        whole = np.concatenate([INPUTS, states[-1]], axis=1)
        states.append(activation(whole @ w[2:].T + BIAS))
    return np.array(states)


@pytest.fixture(scope="module")
def found() -> Any:
    net = net_of(GRAPH)
    return transient(net, graph_net(), INPUTS, TANH, GROUPS.averages, STEPS)


def test_a_graph_moves_as_its_matrix_says(found: Any) -> None:
    states = by_hand(np.tanh)
    means = np.stack([states[:, GROUPS.group == d].mean(axis=1) for d in range(3)], axis=1)
    assert found.states == pytest.approx(means, abs=1e-14)
    speeds = np.diff(states, axis=0)
    variances = [speeds[:, GROUPS.group == d].var(axis=1, ddof=1) for d in range(3)]
    assert found.variances(GROUPS.counts) == pytest.approx(np.stack(variances, axis=1), abs=1e-13)
    assert found.last[0] == pytest.approx(states[STEPS], abs=1e-14)
    assert found.last[1] == pytest.approx(by_hand(np.tanh, STEPS + 1)[-1], abs=1e-14)
    some = speeds_of_samples(net_of(GRAPH), graph_net(), INPUTS, TANH, (1, 4), np.array([0, 3]))
    assert some == pytest.approx(speeds[[1, 4]][:, :, [0, 3]], abs=1e-14)


def test_the_linear_step_is_exact_for_linear_nets_alone(found: Any) -> None:
    net = net_of(GRAPH)
    linear = transient(net, graph_net(), INPUTS, IDENTITY, GROUPS.averages, STEPS)
    errors = linear_step_error(net, graph_net(), IDENTITY, linear)
    assert errors.shape == (4, STEPS)
    assert np.isnan(errors[:, 0]).all()
    assert errors[:, 1:].max() < 1e-12
    bent = linear_step_error(net, graph_net(), TANH, found)
    assert bent[1:, 1].min() > 1e-3
    assert with_their_sum(found.states)[:, 0] == pytest.approx(found.states.sum(axis=1))


def test_slopes_are_those_at_the_mean_of_the_subsystem(found: Any) -> None:
    w = np.zeros((7, 7))
    w[GRAPH.rows, GRAPH.columns] = WEIGHTS
    x, v = found.states, found.speeds
    clamped = np.stack([INPUTS[GROUPS.group == d].mean(axis=0) for d in range(3)])
    y = np.concatenate([clamped, x[1]], axis=1) @ w[2:].T + BIAS
    predicted = (1.0 - np.tanh(y) ** 2) * (v[1] @ w[2:, 2:].T)
    expected = np.linalg.norm(v[2] - predicted, axis=1) / np.linalg.norm(v[2], axis=1)
    errors = linear_step_error(net_of(GRAPH), graph_net(), TANH, found)
    assert errors[1:, 2] == pytest.approx(expected, rel=1e-10)
    whole = np.concatenate([clamped.sum(axis=0), x[1].sum(axis=0)]) @ w[2:].T + BIAS
    v0 = v.sum(axis=1)
    predicted = (1.0 - np.tanh(whole) ** 2) * (w[2:, 2:] @ v0[1])
    expected = np.linalg.norm(v0[2] - predicted) / np.linalg.norm(v0[2])
    assert errors[0, 2] == pytest.approx(expected, rel=1e-10)


def test_layers_are_at_rest_after_as_many_steps_as_there_are_weights() -> None:
    sizes = Layered((2, 4, 3))
    layers = tuple(
        Layer(jnp.asarray(RANDOM.normal(size=(b, a))), jnp.asarray(RANDOM.normal(size=b)))
        for a, b in ((2, 4), (4, 3))
    )
    net = net_of(sizes)
    alone = Subsystems([str(k) for k in range(9)], np.arange(9))
    activations = (TANH, IDENTITY)
    moved = transient(net, layers, INPUTS, activations, alone.averages, 4)
    assert (moved.speeds[2:] == 0.0).all()
    assert (moved.speeds[1, :, :4] == 0.0).all()
    outputs = np.asarray(net.forward(layers, jnp.asarray(INPUTS), activations))
    assert moved.states[2][:, 4:] == pytest.approx(outputs, rel=1e-5)
    shuffled = with_shuffled_weights(layers, np.random.default_rng(0))
    for one, other in zip(layers, shuffled, strict=True):
        assert np.sort(np.ravel(one.weights)) == pytest.approx(np.sort(np.ravel(other.weights)))
        assert (np.asarray(one.bias) == np.asarray(other.bias)).all()


def test_shuffled_graphs_keep_what_inputs_drive_and_what_is_fed_back() -> None:
    shuffled = np.asarray(with_shuffled_weights(graph_net(), np.random.default_rng(0)).weights)
    assert (shuffled != WEIGHTS).sum() > 20
    for block in (GRAPH.incoming.index, GRAPH.inner.index):
        assert np.sort(shuffled[block]) == pytest.approx(np.sort(WEIGHTS[block]), rel=1e-6)


def test_a_null_string_stays_null_on_a_permutation() -> None:
    """Three strings on a cycle of six, v_a v_b + v_b v_c + v_c v_a = 0 at every site, closed."""
    ring = build_graph(permutation_mask((6,), 1.0), [], [])
    parameters = GraphParameters(jnp.ones(6), jnp.zeros(6), ring)
    step = graph_clamped_step(parameters, IDENTITY)
    turned = np.array([[2.0, 2.0, -1.0], [2.0, -1.0, 2.0], [-1.0, 2.0, 2.0]])
    differences = np.concatenate([turned, -turned]).T  # of subsystems (D, sites), sums zero
    strings = np.cumsum(differences, axis=1)
    for _ in range(7):
        following = np.asarray(step.inner(jnp.asarray(strings)))
        speeds = following - strings
        assert np.abs(speeds).max() == 2.0
        assert (subsystem_correlation(speeds) == 0.0).all()
        strings = following


def test_what_does_not_settle_circles_around_a_fixed_point_that_repels() -> None:
    """w = c R(90 degrees) of two neurons: the fixed point has c (1 - tanh^2), the cycle less."""
    pair = build_graph(full_mask(3), [0], [1, 2])
    places = list(zip(pair.rows.tolist(), pair.columns.tolist(), strict=True))

    def ends_of(c: float) -> Any:
        inner = {(1, 2): -c, (2, 1): c}
        weights = [1.0 if column == 0 else inner.get((row, column), 0.0) for row, column in places]
        net = GraphParameters(jnp.asarray(weights), jnp.zeros(2), pair)
        inputs = np.array([[0.0], [1e-3], [2e-3]])
        last = transient(net_of(pair), net, inputs, TANH, np.ones((1, 3)) / 3.0, 200).last
        return ends_of_samples(net_of(pair), net, inputs, TANH, last)

    circling = ends_of(1.3)
    assert circling.periods.tolist() == [1, 4, 4]
    assert np.isnan(circling.eigenvalues[0])
    assert circling.eigenvalues[1:] == pytest.approx(1.3, rel=1e-4)
    settled = ends_of(0.8)
    assert settled.periods.tolist() == [1, 1, 1]
    assert np.isnan(settled.eigenvalues).all()


@pytest.mark.parametrize(
    "names, group, told",
    [
        (["0"], [0, 0, 0], "at least 2 subsystems.*makes 1"),
        (["0", "1", "2"], [0, 0, 1, 1], "subsystem 2 none"),
        (["0", "1"], [0, 0, 1], "subsystem 1 1"),
    ],
)
def test_subsystems_need_samples(names: list[str], group: list[int], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        subsystems_of(names, np.array(group), "`--groups classes`")
