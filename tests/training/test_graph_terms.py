"""Spectral terms of graphs: against NumPy, against layered nets, and where G is singular."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import plain_terms
import pytest
from plain_terms import TERMS
from quick_jit import quick_jit

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import Graph, GraphParameters, build_graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import Mask, block_mask, permutation_mask, random_mask
from nnuniverse.networks.propagation import Layer
from nnuniverse.observables import Settings
from nnuniverse.training import Term, batch_terms, boundary_objective
from nnuniverse.training.terms import SPECTRAL_FUNCTIONS

pytestmark = pytest.mark.quick

NEURONS = 14
EXACT = {"iterations": 2000, "tolerance": 1e-14}
PER_EIGENVALUE = ("mu2_per_eigenvalue", "mu3_per_eigenvalue")
THERMODYNAMIC = [term for term in TERMS if "mu" not in term.observable]


def scattered(inputs: list[int], outputs: list[int]) -> Graph:
    """A random graph whose boundary lies anywhere; no edge leads from an input to neuron 4."""
    mask = random_mask(NEURONS, links=5, seed=3)
    kept = ~((mask.rows == 4) & np.isin(mask.columns, inputs))
    return build_graph(Mask(NEURONS, mask.rows[kept], mask.columns[kept]), inputs, outputs, **EXACT)


FEW = scattered([6, 0, 13], [2, 9])
MANY = scattered([6, 0, 13, 1, 12, 7, 5, 10], [9, 2])
"""More inputs than free neurons, whose directions are reduced."""


def drawn(graph: Graph) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    return random.normal(size=graph.edges) / 3.0, random.normal(size=len(graph.free))


def plain_values(graph: Graph, net, inputs: np.ndarray, activation: str, slope: str):
    """Every observable of `TERMS` in NumPy, from the whole I - A at the fixed points."""
    w, b = np.zeros((graph.neurons, graph.neurons)), np.zeros(graph.neurons)
    w[graph.rows, graph.columns] = net[0]
    b[graph.free] = net[1]
    state = np.zeros((len(inputs), graph.neurons))
    for _ in range(3000):
        state = plain_terms.FUNCTIONS[activation](state @ w.T + b)
        state[:, graph.inputs] = inputs
    y = state @ w.T + b
    slopes = plain_terms.SLOPES[activation]
    chosen = slopes(y.mean(axis=0)) if slope == "at_mean" else slopes(y).mean(axis=0)
    return plain_terms.values(np.eye(len(w)) - chosen[:, None] * w, graph.dynamical_eigenvalues)


@pytest.mark.parametrize(
    ("graph", "activation", "slope"),
    [
        (FEW, "tanh", "at_mean"),
        (FEW, "logistic", "mean_slope"),
        (MANY, "tanh", "mean_slope"),
        (MANY, "logistic", "at_mean"),
    ],
    ids=["few inputs", "few inputs, mean slope", "many inputs, mean slope", "many inputs"],
)
def test_values_and_gradients(graph: Graph, activation: str, slope: str) -> None:
    """Of all observables at once, along a random direction of weights and biases."""
    settings = Settings(graph, ACTIVATIONS[activation], slope=slope)
    random = np.random.default_rng(2)
    inputs = random.uniform(-1.0, 1.0, (7, len(graph.inputs)))
    net = drawn(graph)
    direction = [random.normal(size=part.shape) for part in net]

    def value(weights: jax.Array, parameters: GraphParameters) -> jax.Array:
        terms = [term._replace(weight=weights[i]) for i, term in enumerate(TERMS)]
        return batch_terms(settings, terms)(parameters, jnp.asarray(inputs))

    with jax.enable_x64(True):
        parameters = GraphParameters(*map(jnp.asarray, net), graph)
        every = jax.vmap(jax.value_and_grad(value, argnums=1), in_axes=(0, None))
        values, gradients = quick_jit(every)(jnp.eye(len(TERMS)), parameters)

    def moved(step: float) -> list[np.ndarray]:
        return [part + step * change for part, change in zip(net, direction, strict=True)]

    step = 1e-6
    here, ahead, behind = (
        plain_values(graph, moved(by), inputs, activation, slope) for by in (0.0, step, -step)
    )
    for i, name in enumerate(SPECTRAL_FUNCTIONS):
        np.testing.assert_allclose(values[i], here[name], rtol=1e-11, err_msg=name)
        actual = gradients.weights[i] @ direction[0] + gradients.bias[i] @ direction[1]
        expected = (ahead[name] - behind[name]) / (2.0 * step)
        assert abs(expected) > 1e-5, name
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-8, err_msg=name)


def test_a_whole_objective() -> None:
    """The boundary loss and terms together, against its own differences in float64."""
    graph = FEW
    settings = Settings(graph, ACTIVATIONS["tanh"])
    terms = [Term("mu3", 0.3), Term("free_energy_laplacian", -0.5, beta=1.4)]
    objective = boundary_objective(settings).with_terms(batch_terms(settings, terms))
    random = np.random.default_rng(4)
    inputs = random.uniform(-1.0, 1.0, (5, len(graph.inputs)))
    targets = np.where(random.uniform(size=(5, 2)) < 0.5, -1.0, 1.0)
    net = drawn(graph)
    direction = [random.normal(size=part.shape) for part in net]

    def value(parameters: GraphParameters) -> jax.Array:
        data = jnp.asarray(inputs), jnp.asarray(targets)
        losses = objective.losses(parameters, *data)[objective.lowered]
        return losses.mean() + objective.terms(parameters, data[0])

    with jax.enable_x64(True):
        of = quick_jit(jax.value_and_grad(value))

        def along(step: float) -> GraphParameters:
            moved = [part + step * change for part, change in zip(net, direction, strict=True)]
            return GraphParameters(*map(jnp.asarray, moved), graph)

        gradient = of(along(0.0))[1]
        ahead, behind = of(along(1e-6))[0], of(along(-1e-6))[0]
    actual = gradient.weights @ direction[0] + gradient.bias @ direction[1]
    np.testing.assert_allclose(actual, (ahead - behind) / 2e-6, rtol=1e-6)


def test_a_layered_net_as_a_graph_has_its_gradient() -> None:
    sizes = (9, 4, 5, 3)
    random = np.random.default_rng(6)
    layers = tuple(
        Layer(random.normal(size=(rows, columns)) / np.sqrt(3), random.normal(size=rows))
        for columns, rows in pairwise(sizes)
    )
    graph = build_graph(block_mask(sizes), range(9), range(18, 21), **EXACT)
    inputs = random.uniform(-1.0, 1.0, (6, 9))
    terms = [term for term in TERMS if term.observable not in PER_EIGENVALUE]
    tanh = ACTIVATIONS["tanh"]
    with jax.enable_x64(True):
        of = {
            architecture: quick_jit(jax.value_and_grad(batch_terms(Settings(form, tanh), terms)))
            for architecture, form in (("layers", Layered(sizes)), ("graph", graph))
        }
        expected, by_layer = of["layers"](layers, jnp.asarray(inputs))
        # Edges are ordered by row and column, as the entries of the blocks are.
        weights = jnp.concatenate([layer.weights.ravel() for layer in layers])
        bias = jnp.concatenate([layer.bias for layer in layers])
        value, found = of["graph"](GraphParameters(weights, bias, graph), jnp.asarray(inputs))
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    weights = np.concatenate([np.ravel(layer.weights) for layer in by_layer])
    np.testing.assert_allclose(found.weights, weights, rtol=1e-9, atol=1e-12)
    bias = np.concatenate([layer.bias for layer in by_layer])
    np.testing.assert_allclose(found.bias, bias, rtol=1e-9, atol=1e-12)


# --- zero eigenvalues ----------------------------------------------------------------------------


def singular() -> tuple[Graph, GraphParameters]:
    """A cycle of three with weights one, fed by nothing, beside an input and an output."""
    mask = permutation_mask([3])
    rows, columns = np.append(mask.rows, 4), np.append(mask.columns, 3)
    graph = build_graph(Mask(5, rows, columns), [3], [4], iterations=50)
    return graph, GraphParameters(np.array([1.0, 1.0, 1.0, 0.5]), np.zeros(4), graph)


def gradient_at(terms: list[Term], net: GraphParameters) -> tuple[float, GraphParameters]:
    settings = Settings(net.graph, ACTIVATIONS["identity"])
    with jax.enable_x64(True):
        of = quick_jit(jax.value_and_grad(batch_terms(settings, terms)))
        value, gradient = of(jax.tree.map(jnp.asarray, net), jnp.ones((2, 1)))
    return float(value), gradient


def test_thermodynamics_pass_through_a_zero_eigenvalue() -> None:
    graph, net = singular()
    assert len(THERMODYNAMIC) == 6
    for term in THERMODYNAMIC:
        value, gradient = gradient_at([term], net)

        def plain(weights: np.ndarray, name: str = term.observable) -> float:
            w = np.zeros((5, 5))
            w[graph.rows, graph.columns] = weights
            return plain_terms.values(np.eye(5) - w, graph.dynamical_eigenvalues)[name]

        np.testing.assert_allclose(value, plain(net.weights), rtol=1e-10)
        for edge in range(graph.edges):
            ahead, behind = (plain(net.weights + s * 1e-5 * np.eye(4)[edge]) for s in (1, -1))
            np.testing.assert_allclose(
                gradient.weights[edge], (ahead - behind) / 2e-5, atol=1e-8, err_msg=term.observable
            )


@pytest.mark.parametrize("name", ["mu2", "mu3", *PER_EIGENVALUE])
def test_moments_of_log_g_are_infinite_there(name: str) -> None:
    assert np.isinf(gradient_at([Term(name, 1.0)], singular()[1])[0])


def test_a_complexity_that_counts_it_is_infinite_too() -> None:
    net = singular()[1]
    assert np.isinf(gradient_at([Term("complexity", 1.0, n=5)], net)[0])
    value, gradient = gradient_at([Term("complexity", 1.0, n=4)], net)
    assert np.isfinite(value)
    assert np.isfinite(gradient.weights).all()


def test_a_state_that_does_not_settle_counts_as_a_constant() -> None:
    """A cycle of period two: its slopes are those of the last state, and follow nothing."""
    graph = build_graph(permutation_mask([1]), [], [], iterations=10)
    settings = Settings(graph, ACTIVATIONS["tanh"])
    with jax.enable_x64(True):
        net = GraphParameters(jnp.array([-2.0]), jnp.array([0.3]), graph)
        value, gradient = quick_jit(jax.value_and_grad(batch_terms(settings, [Term("mu2", 1.0)])))(
            net, jnp.zeros((1, 0))
        )
    w, b, x = -2.0, 0.3, 0.0
    for _ in range(10):
        x = np.tanh(w * x + b)

    def mu2(w: float, b: float) -> float:
        return (2.0 * np.log(1.0 - w / np.cosh(w * x + b) ** 2)) ** 2

    np.testing.assert_allclose(value, mu2(w, b), rtol=1e-12)
    step = 1e-6
    by_weight = (mu2(w + step, b) - mu2(w - step, b)) / (2.0 * step)
    by_bias = (mu2(w, b + step) - mu2(w, b - step)) / (2.0 * step)
    np.testing.assert_allclose(gradient.weights, [by_weight], rtol=1e-7)
    np.testing.assert_allclose(gradient.bias, [by_bias], rtol=1e-7)
