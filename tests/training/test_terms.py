"""Spectral terms: their gradients against NumPy, and the loop that lowers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import plain_loop
import plain_terms
import pytest
from quick_jit import quick_jit

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer
from nnuniverse.observables import Settings
from nnuniverse.training import (
    NEVER,
    Program,
    Rate,
    Segment,
    Term,
    batch_terms,
    build_optimiser,
    random_order,
    restore_state,
    state_arrays,
)
from nnuniverse.training.terms import SPECTRAL_FUNCTIONS

# On one worker, which compiles the programs once.
pytestmark = [pytest.mark.xdist_group("training"), pytest.mark.quick]

SIZES = (9, 4, 5, 3)
TERMS = plain_terms.TERMS


def plain_values(net: plain_loop.Net, inputs: np.ndarray, activation: str, slope: str):
    """Every observable of `TERMS` in NumPy, from the whole I - A."""
    sizes = [inputs.shape[1], *(len(bias) for _, bias in net)]
    matrix, ends, state = np.eye(sum(sizes)), np.cumsum([0, *sizes]), inputs
    for l, (weights, bias) in enumerate(net):
        y = state @ weights.T + bias
        slopes = plain_terms.SLOPES[activation]
        chosen = slopes(y.mean(axis=0)) if slope == "at_mean" else slopes(y).mean(axis=0)
        matrix[ends[l + 1] : ends[l + 2], ends[l] : ends[l + 1]] -= chosen[:, None] * weights
        state = plain_terms.FUNCTIONS[activation](y)
    return plain_terms.values(matrix, Layered(tuple(sizes)).dynamical_eigenvalues)


def drawn_net() -> plain_loop.Net:
    random = np.random.default_rng(1)
    return [
        (random.normal(size=(SIZES[l], SIZES[l - 1])) / np.sqrt(3), random.normal(size=SIZES[l]))
        for l in range(1, len(SIZES))
    ]


@pytest.mark.parametrize(
    ("activation", "slope"),
    [("tanh", "at_mean"), ("tanh", "mean_slope"), ("logistic", "at_mean"), ("relu", "mean_slope")],
)
def test_values_and_gradients(activation: str, slope: str) -> None:
    """Of all observables at once, along random directions of weights and biases."""
    settings = Settings(Layered(SIZES), ACTIVATIONS[activation], slope=slope)
    random = np.random.default_rng(2)
    inputs = random.uniform(-1.0, 1.0, (7, SIZES[0]))
    net = drawn_net()
    direction = [(random.normal(size=w.shape), random.normal(size=b.shape)) for w, b in net]

    def value(weights: jax.Array, parameters: tuple[Layer, ...]) -> jax.Array:
        terms = [term._replace(weight=weights[i]) for i, term in enumerate(TERMS)]
        return batch_terms(settings, terms)(parameters, jnp.asarray(inputs))

    with jax.enable_x64(True):
        parameters = tuple(Layer(jnp.asarray(w), jnp.asarray(b)) for w, b in net)
        every = jax.vmap(jax.value_and_grad(value, argnums=1), in_axes=(0, None))
        values, gradients = quick_jit(every)(jnp.eye(len(TERMS)), parameters)

    def moved(step: float) -> plain_loop.Net:
        pairs = zip(net, direction, strict=True)
        return [(w + step * dw, b + step * db) for (w, b), (dw, db) in pairs]

    step = 1e-6
    here = plain_values(net, inputs, activation, slope)
    ahead = plain_values(moved(step), inputs, activation, slope)
    behind = plain_values(moved(-step), inputs, activation, slope)
    for i, name in enumerate(SPECTRAL_FUNCTIONS):
        np.testing.assert_allclose(values[i], here[name], rtol=1e-11, err_msg=name)
        actual = sum(
            float(np.sum(g.weights[i] * dw) + np.sum(g.bias[i] * db))
            for g, (dw, db) in zip(gradients, direction, strict=True)
        )
        expected = (ahead[name] - behind[name]) / (2.0 * step)
        assert abs(expected) > 1e-4, name
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-8, err_msg=name)


def test_a_net_without_weights_has_a_finite_gradient() -> None:
    """All eigenvalues are one: as degenerate as can be; and f' is taken at y = 0."""
    settings = Settings(Layered(SIZES), ACTIVATIONS["tanh"])
    net = tuple(
        Layer(np.zeros((SIZES[l], SIZES[l - 1]), "f4"), np.zeros(SIZES[l], "f4"))
        for l in range(1, len(SIZES))
    )
    terms = [term for term in TERMS if term.observable != "complexity"]
    with jax.enable_x64(True):
        every = quick_jit(jax.grad(batch_terms(settings, terms)))
        gradient = every(net, np.ones((7, SIZES[0]), "f4"))
    for leaf in jax.tree.leaves(gradient):
        assert leaf.dtype == np.float32
        np.testing.assert_allclose(leaf, 0.0, atol=1e-6)


def test_several_terms_are_summed() -> None:
    settings = Settings(Layered(SIZES), ACTIVATIONS["tanh"])
    net = tuple(Layer(jnp.asarray(w), jnp.asarray(b)) for w, b in drawn_net())
    inputs = jnp.ones((2, SIZES[0]))
    one, other = Term("mu2", 0.5), Term("mu3", -2.0)

    def value(*terms: Term) -> float:
        return float(quick_jit(batch_terms(settings, terms))(net, inputs))

    np.testing.assert_allclose(value(one, other), value(one) + value(other), rtol=1e-13)


# --- the loop ----------------------------------------------------------------------------------

LAPLACIAN = Term("free_energy_laplacian", -0.05, beta=1.4)
MU3 = Term("mu3", 0.002)


@pytest.fixture(scope="module")
def plain(build: Callable[..., Program]) -> Program:
    """The small net of the other tests; two of its inputs are zero in every sample."""
    built = build(seeds=(3,), names=("log_eigenvalues",))
    optimiser = partial(build_optimiser, "sgd", steps_per_epoch=2)
    return replace(built, batch=25, optimiser=optimiser, rate=Rate(0.1))


@pytest.fixture(scope="module")
def with_terms(plain: Program) -> Program:
    terms = batch_terms(plain.settings, [LAPLACIAN, MU3])
    return replace(plain, objective=plain.objective.with_terms(terms))


@pytest.fixture(scope="module")
def lowered(with_terms: Program) -> Segment:
    return with_terms.run(with_terms.initial_state(), 0, 12, np.array([0, 12]))


def test_agrees_with_a_plain_loop(with_terms: Program, lowered: Segment) -> None:
    gradient = quick_jit(jax.value_and_grad(with_terms.objective.terms))

    def terms(net: plain_loop.Net, inputs: np.ndarray) -> tuple[float, plain_loop.Net]:
        with jax.enable_x64(True):
            value, slopes = gradient(tuple(Layer(w, b) for w, b in net), inputs)
        return float(value), [(np.asarray(s.weights), np.asarray(s.bias)) for s in slopes]

    def order(epoch: int) -> np.ndarray:
        with jax.enable_x64(True):
            key = jax.random.split(jax.random.key(3, impl="threefry2x32"))[1]
            return np.asarray(random_order(jax.random.fold_in(key, np.int32(epoch)), 50))

    def net_of(state) -> plain_loop.Net:
        layers = with_terms.parameters(state)
        return [(np.asarray(p.weights[0], float), np.asarray(p.bias[0], float)) for p in layers]

    start = net_of(with_terms.initial_state())
    expected, losses = plain_loop.train(
        start,
        with_terms.train.inputs.astype(float),
        with_terms.train.targets.astype(float),
        [order(epoch) for epoch in range(1, 13)],
        batch=25,
        rate=lambda progress: 0.1,
        decay=0.0,
        terms=terms,
    )
    running = lowered.of_epochs
    assert running.keys() == {"running_boundary_loss", "running_terms"}
    total = running["running_boundary_loss"] + running["running_terms"]
    np.testing.assert_allclose(total[0], losses, rtol=2e-6)
    for actual, layer, before in zip(net_of(lowered.state), expected, start, strict=True):
        for array, plain, untouched in zip(actual, layer, before, strict=True):
            assert np.abs(plain - untouched).max() > 0.01, "too little training to tell"
            np.testing.assert_allclose(array, plain, rtol=0, atol=3e-6)


def test_weights_from_silent_inputs_are_trained(with_terms: Program, lowered: Segment) -> None:
    before = np.asarray(with_terms.parameters(with_terms.initial_state())[0].weights)
    after = np.asarray(with_terms.parameters(lowered.state)[0].weights)
    assert not np.any(with_terms.train.inputs[:, [2, 7]])
    assert np.all(before[..., [2, 7]] != after[..., [2, 7]])


def test_lowers_what_the_terms_say(plain: Program, lowered: Segment) -> None:
    """Their weighted sum, beside a run without them."""
    without = plain.run(plain.initial_state(), 0, 12, lowered.snapshots)

    def weighted_sum(segment: Segment) -> float:
        theta = segment.observables["log_eigenvalues"][0, -1]
        laplacian = -0.5 * 1.4 * np.sum((1.0 + 1.4 * np.exp(theta)) ** -2)
        return -0.05 * laplacian + 0.002 * np.sum(theta**3)

    assert weighted_sum(lowered) < weighted_sum(without) - 0.01


def test_a_restored_state_continues_bit_identically(with_terms: Program, lowered: Segment) -> None:
    untrained = with_terms.initial_state()
    halfway = with_terms.run(untrained, 0, 5, lowered.snapshots)
    restored = restore_state(untrained, state_arrays(halfway.state))
    continued = with_terms.run(restored, 6, 12, lowered.snapshots)
    expected = state_arrays(lowered.state)
    for name, array in state_arrays(continued.state).items():
        np.testing.assert_array_equal(array, expected[name], err_msg=name)
    for name, losses in continued.of_epochs.items():
        np.testing.assert_array_equal(losses, lowered.of_epochs[name][:, 5:])
    assert continued.diverged_epoch == NEVER


def test_without_terms_nothing_of_them_is_recorded(plain: Program) -> None:
    assert plain.objective.terms is None
    assert [loss.name for loss in plain.objective.recorded] == ["running_boundary_loss"]
    np.testing.assert_array_equal(plain.inputs.silent, [2, 7])
