"""The bulk loss of relu nets, piecewise quadratic, against what is known in closed form."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import cache, partial
from itertools import combinations, product
from pathlib import Path

import jax
import numpy as np
import pytest
from quick_jit import quick_jit
from small_nets import SAMPLES, SIZES, draw

sys.path.insert(0, str(Path(__file__).parents[1] / "networks"))
from graph_cases import dense, mask_of

from nnuniverse.config import load_config
from nnuniverse.experiments.assemble import build_program
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.experiments.train import start_run
from nnuniverse.losses import (
    BulkMinimum,
    LocalObjective,
    bulk_minimum,
    graph_bulk_minimum,
    trained_bulk_loss,
    trained_graph_bulk_loss,
)
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import GraphParameters, build_graph
from nnuniverse.networks.propagation import Layer, Parameters
from nnuniverse.runs import open_results

pytestmark = pytest.mark.quick

RELU = ACTIVATIONS["relu"]
CONFIGS = Path(__file__).parents[2] / "configs"
LEAST = 1e-10
"""What counts as lower, of a loss of order one: the minima err by about 1e-12."""


@cache
def compiled(function: Callable) -> Callable[..., BulkMinimum]:
    return quick_jit(lambda net, inputs, targets: function(net, RELU, inputs, targets))


def minimum_of(net, inputs, targets, function: Callable = bulk_minimum) -> BulkMinimum:
    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, compiled(function)(net, inputs, targets))


def relu(y: np.ndarray) -> np.ndarray:
    return np.maximum(y, 0.0)


def boundary(net: Parameters, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    for weights, bias in net:
        inputs = relu(inputs @ weights.T + bias)
    return 0.5 * ((inputs - targets) ** 2).sum(axis=1)


# --- one hidden neuron -------------------------------------------------------------------------


def one_neuron(c: float, w: float, b: float, target: float) -> tuple[BulkMinimum, float]:
    """The minimum of ``H = (x - c)^2 / 2 + (t - max(w x + b, 0))^2 / 2`` and its state."""
    net = (Layer(np.zeros((1, 1)), np.full(1, c)), Layer(np.full((1, 1), w), np.full(1, b)))
    found = minimum_of(net, np.ones((1, 1)), np.full((1, 1), target))
    return found, float(found.states[0][0, 0])


@pytest.mark.parametrize(("c", "w"), [(0.8, 1.0), (1.3, 1.0), (0.6, 2.0), (0.501, 30.0)])
def test_the_least_may_be_at_a_corner(c: float, w: float) -> None:
    # For t < 0 the term rises from y = 0 on with the slope -t, so H is least at y = 0 if
    # 0 < c - x < -w t there.
    corner, target = 0.5, -1.0
    found, state = one_neuron(c, w, -w * corner, target)
    assert found.converged.all()
    np.testing.assert_allclose(state, corner, rtol=1e-9)
    np.testing.assert_allclose(found.loss, 0.5 * (corner - c) ** 2 + 0.5, rtol=1e-12)


@pytest.mark.parametrize(("c", "w"), [(0.3, 1.0), (1.9, 1.0), (0.2, 2.0)])
def test_or_on_either_side_of_it(c: float, w: float) -> None:
    corner, target = 0.5, -1.0
    found, state = one_neuron(c, w, -w * corner, target)
    above = (c + w * (target + w * corner)) / (1.0 + w**2)
    expected = c if c < corner else above
    assert found.converged.all()
    np.testing.assert_allclose(state, expected, rtol=1e-9)
    height = 0.5 * (expected - c) ** 2 + 0.5 * (target - relu(w * (expected - corner))) ** 2
    np.testing.assert_allclose(found.loss, height, rtol=1e-12)


@pytest.mark.parametrize("gap", [1e-9, 1e-5, 0.1, 0.3])
def test_a_valley_beyond_a_concave_kink_is_found(gap: float) -> None:
    # The forward pass x = c has y = -gap < 0, where nothing pulls: a minimum.  Beyond y = 0 the
    # target 1 pulls x to (c + t - b) / 2.
    found, state = one_neuron(0.4, 1.0, -0.4 - gap, 1.0)
    expected = (0.4 + 1.0 + 0.4 + gap) / 2.0
    assert found.converged.all()
    np.testing.assert_allclose(state, expected, rtol=1e-9)
    np.testing.assert_allclose(found.loss, (expected - 0.4) ** 2, rtol=1e-12)


def test_no_valley_is_left_for_a_higher_one() -> None:
    found, state = one_neuron(0.4, 1.0, -0.9, 1.0)  # beyond: ((1 + 0.5) / 2)^2 = 0.5625 > 1/2
    assert state == 0.4
    np.testing.assert_allclose(found.loss, 0.5, rtol=1e-14)


def test_a_kink_that_descends_on_one_side_only_is_left() -> None:
    found, _ = one_neuron(0.4, 1.0, -0.4, 1.0)  # y = 0 exactly, where relu has the slope 0
    assert found.converged.all()
    np.testing.assert_allclose(found.loss, 0.25, rtol=1e-12)


def test_a_silent_output_is_brought_to_its_target() -> None:
    # y = x_1 + x_2 - 1 is -1/2 in the forward pass, x = 1/4, where H = 1/2.  It is 3/2 off target,
    # which the neurons that move share with it: H = 0.5625 if one does, 0.375 if both do.
    net = (
        Layer(np.zeros((2, 1)), np.full(2, 0.25)),
        Layer(np.ones((1, 2)), np.full(1, -1.0)),
    )
    found = minimum_of(net, np.ones((1, 1)), np.ones((1, 1)))
    assert found.converged.all()
    np.testing.assert_allclose(found.loss, 0.375, rtol=1e-12)
    np.testing.assert_allclose(found.states[0], [[0.75, 0.75]], rtol=1e-9)


def test_a_net_that_is_not_finite_does_not_converge() -> None:
    net, inputs, targets = draw(1.0)
    net[1].weights[:] = np.nan
    found = minimum_of(net, inputs, targets)
    assert not found.converged.any()
    assert found.iterations.max() <= 1


@pytest.mark.parametrize("clamped", [True, False])
def test_without_hidden_layers_or_error_there_is_nothing_to_do(clamped: bool) -> None:
    net, inputs, _ = draw(1.0, (5, 3))
    targets = targets_from(-1.0) if clamped else None
    found = minimum_of(net, inputs, targets)
    assert found.converged.all()
    expected = boundary(net, inputs, targets) if clamped else 0.0
    np.testing.assert_allclose(found.loss, expected, rtol=1e-13, atol=1e-28)


# --- two hidden neurons: every linear piece is a quadratic program --------------------------------


def least_of_all_pieces(net: Parameters, x: np.ndarray, target: np.ndarray) -> float:
    """The global minimum over the states of one hidden layer: over activities and active sets."""
    (first, first_bias), (weights, bias) = net
    own = relu(first @ x + first_bias)
    n, least = len(own), np.inf
    for active in product([0.0, 1.0], repeat=len(bias)):
        a = np.array(active)
        rows = np.vstack([np.eye(n), (2.0 * a - 1.0)[:, None] * weights])
        ends = np.concatenate([np.zeros(n), -(2.0 * a - 1.0) * bias])  # rows @ z >= ends
        hessian = np.eye(n) + weights.T @ (a[:, None] * weights)
        linear = own + weights.T @ (a * (target - bias))
        for count in range(n + 1):
            for held in map(list, combinations(range(len(rows)), count)):
                equal = np.block([[hessian, rows[held].T], [rows[held], np.zeros((count, count))]])
                if np.linalg.matrix_rank(equal) < len(equal):
                    continue
                z = np.linalg.solve(equal, np.concatenate([linear, ends[held]]))[:n]
                if (rows @ z >= ends - 1e-12).all():
                    errors = z - own, target - a * (weights @ z + bias)
                    least = min(least, 0.5 * sum(float(e @ e) for e in errors))
    return least


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_two_neurons_end_at_the_least_of_all_pieces(low: float) -> None:
    sizes = (3, 2, 3)
    for seed in range(3):
        net, inputs, targets = draw(2.0, sizes, seed)
        targets = np.where(targets > 0.0, 1.0, low)
        found = minimum_of(net, inputs, targets)
        expected = [least_of_all_pieces(net, x, t) for x, t in zip(inputs, targets, strict=True)]
        assert found.converged.all()
        np.testing.assert_allclose(found.loss, expected, rtol=1e-10, err_msg=str(seed))


# --- more: nothing nearby and no change of one state is lower -------------------------------------

Values = Callable[[np.ndarray], np.ndarray]
"""H of many states, (m, n) -> (m,)."""


def one_state_changed(state: np.ndarray) -> np.ndarray:
    """Every state in turn over a grid, the others as they are."""
    grid = np.linspace(0.0, 3.0, 601)
    rows = np.tile(state, (len(state), len(grid), 1))
    index = np.arange(len(state))
    rows[index, :, index] = grid
    return rows.reshape(-1, len(state))


def nearby(state: np.ndarray) -> np.ndarray:
    """States close by, along random directions and both ways along each coordinate."""
    random = np.random.default_rng(1)
    ways = random.normal(size=(200, len(state)))
    ways[::2] *= random.uniform(size=ways[::2].shape) < 0.3
    ways = np.vstack([ways, np.eye(len(state)), -np.eye(len(state))])
    return relu(np.vstack([state + length * ways for length in (1e-6, 1e-5, 1e-4, 1e-3)]))


def assert_least(values: Values, state: np.ndarray, loss: float) -> None:
    np.testing.assert_allclose(values(state[None]), loss, rtol=1e-11)
    assert state.min() >= 0.0
    assert values(nearby(state)).min() >= loss - LEAST
    assert values(one_state_changed(state)).min() >= loss - LEAST


def layered_losses(
    states: np.ndarray, net: Parameters, x: np.ndarray, target: np.ndarray
) -> np.ndarray:
    layers = np.split(states, np.cumsum([len(layer.bias) for layer in net])[:-2], axis=1)
    losses, before = np.zeros(len(states)), x
    for (weights, bias), after in zip(net, [*layers, target], strict=True):
        losses += 0.5 * ((after - relu(before @ weights.T + bias)) ** 2).sum(axis=1)
        before = after
    return losses


def targets_from(low: float, outputs: int = 3) -> np.ndarray:
    return np.where(np.arange(outputs) == np.arange(SAMPLES)[:, None] % outputs, 1.0, low)


@pytest.mark.parametrize("low", [0.0, -1.0])
@pytest.mark.parametrize("sizes", [SIZES, (5, 6, 5, 5, 4, 3)], ids=len)
def test_nothing_lower_is_near_nor_one_state_away(sizes: tuple[int, ...], low: float) -> None:
    net, inputs, _ = draw(1.5, sizes, seed=4)
    targets = targets_from(low)
    found = minimum_of(net, inputs, targets)
    assert found.converged.all()
    assert (found.loss <= boundary(net, inputs, targets) + LEAST).all()
    for sample in range(SAMPLES):
        state = np.concatenate([states[sample] for states in found.states])
        values = partial(layered_losses, net=net, x=inputs[sample], target=targets[sample])
        assert_least(values, state, found.loss[sample])


def graph_with_loops() -> GraphParameters:
    """Four inputs, seven hidden neurons, of which one acts on nothing, and three outputs."""
    random = np.random.default_rng(6)
    edges = [(i, j) for i in range(4, 14) for j in range(14) if j != 10 and random.uniform() < 0.5]
    graph = build_graph(mask_of(*edges, neurons=14), range(4), range(11, 14))
    assert (graph.rows == graph.columns).any()
    weights, bias = 0.5 * random.normal(size=graph.edges), 0.3 * random.normal(size=10)
    return GraphParameters(weights, bias, graph)


def graph_losses(
    hidden: np.ndarray, net: GraphParameters, x: np.ndarray, target: np.ndarray
) -> np.ndarray:
    graph, state = net.graph, np.zeros((len(hidden), net.graph.neurons))
    state[:, graph.inputs], state[:, graph.hidden], state[:, graph.outputs] = x, hidden, target
    errors = state[:, graph.free] - relu((state @ dense(net).T)[:, graph.free] + net.bias)
    return 0.5 * (errors**2).sum(axis=1)


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_nor_on_a_graph(low: float) -> None:
    net, targets = graph_with_loops(), targets_from(low)
    inputs = np.random.default_rng(3).uniform(-1.0, 1.0, (SAMPLES, 4))
    found = minimum_of(net, inputs, targets, graph_bulk_minimum)
    assert found.converged.all()
    for sample in range(SAMPLES):
        values = partial(graph_losses, net=net, x=inputs[sample], target=targets[sample])
        assert_least(values, found.states[0][sample], found.loss[sample])


# --- trained on digits: 30-15 relu, rate 0.02, 10 epochs, 300 samples -----------------------------


@cache
def trained_on_digits() -> tuple[Parameters, np.ndarray, np.ndarray]:
    overrides = (
        "network.hidden=[30,15] network.activation=relu train.learning_rate=0.02 train.epochs=10 "
        "train.batch=32 data.train_samples=300 data.test_samples=100 observe.complexity_n=[20] "
        "observe.observables=[mu2] observe.snapshots.count=2"
    )
    config = load_config(CONFIGS / "quickstart.yaml", overrides.split())
    with tempfile.TemporaryDirectory() as folder:
        outcome = start_run(config, Path(folder))
        with open_results(outcome.folder.results) as file:
            net = tuple(
                Layer(*(file[f"{name}_{l}"][0].astype(float) for name in ("weights", "bias")))
                for l in (1, 2, 3)
            )
    train = build_program(config, load_dataset(config)).train
    return net, np.asarray(train.inputs, float), np.asarray(train.targets, float)


def test_sample_71_of_the_digits_and_others_end_in_a_lower_valley() -> None:
    # From the minimum next to the forward pass, at 0.512380, coordinate descent gets down to
    # 0.511880: a neuron is at y = -1.2e-5, and beyond its kink H falls.
    net, inputs, targets = trained_on_digits()
    chosen = slice(60, 75)
    found = minimum_of(net, inputs[chosen], targets[chosen])
    assert found.converged.all()
    assert found.loss[71 - 60] < 0.5118803
    for sample in range(15):
        state = np.concatenate([states[sample] for states in found.states])
        given = {"x": inputs[60 + sample], "target": targets[60 + sample]}
        assert_least(partial(layered_losses, net=net, **given), state, found.loss[sample])


# --- training ----------------------------------------------------------------------------------


@cache
def summed(bulk_loss: Callable[..., jax.Array]) -> Callable[..., tuple[jax.Array, Parameters]]:
    """The sum over samples and its gradient, traced once for all targets."""

    def total(net, inputs, targets) -> jax.Array:
        return bulk_loss(net, RELU, inputs, targets, LocalObjective(), 1e-12).sum()

    return quick_jit(jax.value_and_grad(total))


@pytest.mark.parametrize("low", [0.0, -1.0])
@pytest.mark.parametrize("kind", ["layered", "graph"])
def test_the_gradient_in_training_is_that_of_the_minimum(kind: str, low: float) -> None:
    net = draw(1.5, seed=4)[0] if kind == "layered" else graph_with_loops()
    bulk_loss = trained_bulk_loss if kind == "layered" else trained_graph_bulk_loss
    random, targets, step = np.random.default_rng(5), targets_from(low), 1e-6
    inputs = random.uniform(-1.0, 1.0, (SAMPLES, 5 if kind == "layered" else 4))
    value = partial(summed(bulk_loss), inputs=inputs, targets=targets)
    way = jax.tree.map(lambda array: random.normal(size=array.shape), net)
    with jax.enable_x64(True):
        _, gradient = value(net)
        ends = [
            float(value(jax.tree.map(lambda a, b, h=h: a + h * b, net, way))[0])
            for h in (step, -step)
        ]
    along = sum(
        float(np.sum(np.asarray(a) * b))
        for a, b in zip(jax.tree.leaves(gradient), jax.tree.leaves(way), strict=True)
    )
    np.testing.assert_allclose(along, (ends[0] - ends[1]) / (2 * step), rtol=1e-5)


def test_training_takes_the_states_of_the_minimum() -> None:
    net, inputs, _ = draw(1.5, seed=4)
    targets = targets_from(0.0)
    with jax.enable_x64(True):
        loss = quick_jit(
            lambda *given: trained_bulk_loss(given[0], RELU, *given[1:], LocalObjective(), 1e-8)
        )(net, inputs, targets)
    np.testing.assert_allclose(loss, minimum_of(net, inputs, targets).loss, rtol=1e-7)
