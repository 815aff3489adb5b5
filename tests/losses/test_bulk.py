"""The bulk loss against a general-purpose minimiser, its bounds and its limits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import jax
import numpy as np
import pytest
import scipy.optimize
from quick_jit import quick_jit
from small_nets import NUMPY, SAMPLES, SIZES, draw, draw_pairs, loss_at

from nnuniverse.losses import BulkMinimum, LocalObjective, bulk_minimum
from nnuniverse.losses.bulk.layered import NO_OBJECTIVE
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.propagation import Layer


@cache
def without_objective(activation: str) -> Callable[..., BulkMinimum]:
    """The minimum as a function that is traced once for all tests."""
    return quick_jit(lambda *given: bulk_minimum(given[0], ACTIVATIONS[activation], *given[1:]))


def minimise(
    net, inputs, targets, activation: str = "tanh", local: LocalObjective = NO_OBJECTIVE
) -> BulkMinimum:
    compiled = without_objective(activation)
    if local is not NO_OBJECTIVE:
        compiled = quick_jit(
            lambda *given: bulk_minimum(given[0], ACTIVATIONS[activation], *given[1:], local)
        )
    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, compiled(net, inputs, targets))


def outputs_of(net, inputs, activation: str) -> np.ndarray:
    for weights, bias in net:
        inputs = NUMPY[activation](inputs @ weights.T + bias)
    return inputs


def boundary(net, inputs, targets, activation: str = "tanh") -> np.ndarray:
    return 0.5 * ((outputs_of(net, inputs, activation) - targets) ** 2).sum(axis=1)


@pytest.mark.parametrize("gain", [1.0, 3.0])
@pytest.mark.parametrize("activation", NUMPY)
def test_is_where_a_general_purpose_minimiser_ends(activation: str, gain: float) -> None:
    net, inputs, targets = draw(gain)
    minimum = minimise(net, inputs, targets, activation)
    low, high = ACTIVATIONS[activation].range
    assert minimum.converged.all()
    assert (minimum.loss <= boundary(net, inputs, targets, activation) + 1e-15).all()
    for sample in range(SAMPLES):
        found = np.concatenate([states[sample] for states in minimum.states])
        assert found.min() >= low
        assert found.max() <= high
        arguments = (net, inputs[sample], targets[sample], activation)
        np.testing.assert_allclose(loss_at(found, *arguments), minimum.loss[sample], rtol=1e-12)
        better = scipy.optimize.minimize(
            loss_at,
            found,
            arguments,
            method="L-BFGS-B",
            bounds=[(low, high)] * len(found),
            options={"ftol": 0.0, "gtol": 1e-10},
        )
        np.testing.assert_allclose(better.fun, minimum.loss[sample], rtol=1e-9)


@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_is_where_it_ends_from_the_forward_pass_too(activation: str) -> None:
    net, inputs, targets = draw(1.0)
    minimum = minimise(net, inputs, targets, activation)
    low, high = ACTIVATIONS[activation].range
    for sample in range(SAMPLES):
        states, x = [], inputs[sample]
        for weights, bias in net[:-1]:
            x = NUMPY[activation](weights @ x + bias)
            states.append(x)
        end = scipy.optimize.minimize(
            loss_at,
            np.concatenate(states),
            (net, inputs[sample], targets[sample], activation),
            method="L-BFGS-B",
            bounds=[(low, high)] * sum(SIZES[1:-1]),
            options={"ftol": 1e-15, "gtol": 1e-9},
        )
        np.testing.assert_allclose(minimum.loss[sample], end.fun, rtol=1e-6)


def test_linearised_at_weak_weights() -> None:
    net, inputs, targets = draw(0.3)
    minimum = minimise(net, inputs, targets)
    for sample in range(SAMPLES):
        x, J = inputs[sample], np.zeros((SIZES[1], 0))
        for weights, bias in net:
            x = np.tanh(weights @ x + bias)
            A = (1 - x**2)[:, None] * weights
            identity = np.eye(len(x)) if weights is not net[-1].weights else np.zeros((len(x), 0))
            J = np.hstack([A @ J if J.size else np.zeros((len(x), 0)), identity])
        r = targets[sample] - x
        linear = 0.5 * r @ np.linalg.solve(np.eye(len(r)) + J @ J.T, r)
        np.testing.assert_allclose(minimum.loss[sample], linear, rtol=0.01)
        assert linear < 0.99 * 0.5 * r @ r, "couplings too weak to tell anything"


def test_some_states_are_held_at_the_ends_of_their_range() -> None:
    net, inputs, targets = draw(3.0)
    minimum = minimise(net, inputs, targets)
    assert max(np.abs(states).max() for states in minimum.states) == 1.0


def test_without_hidden_layers_it_is_the_boundary_loss() -> None:
    net, inputs, targets = draw(1.0, (5, 3))
    minimum = minimise(net, inputs, targets)
    np.testing.assert_allclose(minimum.loss, boundary(net, inputs, targets), rtol=1e-14)
    assert minimum.converged.all()
    assert not minimum.iterations.any()


def test_nothing_to_do_without_error() -> None:
    net, inputs, _ = draw(1.0)
    with jax.enable_x64(True):
        state = inputs
        for weights, bias in net:
            state = jax.numpy.tanh(state @ weights.T + bias)
    minimum = minimise(net, inputs, np.asarray(state))
    np.testing.assert_allclose(minimum.loss, 0.0, atol=1e-30)
    assert minimum.converged.all()
    net = tuple(Layer(0 * weights, 0 * bias) for weights, bias in net)
    minimum = minimise(net, inputs, np.zeros((SAMPLES, SIZES[-1])))
    assert not minimum.loss.any()
    assert not minimum.iterations.any()
    assert minimum.converged.all()


@pytest.mark.parametrize("gain", [10.0, 1e4])
def test_saturated_nets_converge(gain: float) -> None:
    net, inputs, targets = draw(gain)
    minimum = minimise(net, inputs, targets)
    assert minimum.converged.all()
    assert (minimum.loss <= boundary(net, inputs, targets) + 1e-15).all()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_net_that_is_not_finite_does_not_hang(value: float) -> None:
    net, inputs, targets = draw(1.0)
    net[1].weights[0, 0] = value
    minimum = minimise(net, inputs, targets, "identity")
    assert not minimum.converged.any()
    assert minimum.iterations.max() <= 1


def test_samples_do_not_know_of_each_other() -> None:
    net, inputs, targets = draw(2.0)
    many = np.concatenate([inputs * scale for scale in np.linspace(0.1, 1.0, 60)])
    wanted = np.concatenate([targets] * 60)
    together = minimise(net, many, wanted)
    np.testing.assert_allclose(
        together.loss[-SAMPLES:], minimise(net, inputs, targets).loss, rtol=1e-12
    )
    np.testing.assert_array_equal(together.converged, True)
    assert (together.loss <= boundary(net, many, wanted) + 1e-15).all()


# --- local objectives --------------------------------------------------------------------------

LOCAL = {
    "tachyonic": (LocalObjective(mass=0.4), False),
    "massive": (LocalObjective(mass=-0.7), True),
    "both": (LocalObjective(mass=1.3, pairs=draw_pairs(strength=0.3)), True),
    "pairs": (LocalObjective(pairs=draw_pairs()), False),
}
"""Local objectives, and whether the outputs are clamped."""


@pytest.mark.parametrize("name", LOCAL)
def test_no_lower_states_are_near_with_local_objectives(name: str) -> None:
    local, clamped = LOCAL[name]
    net, inputs, targets = draw(1.5)
    minimum = minimise(net, inputs, targets if clamped else None, local=local)
    assert minimum.converged.all()
    for sample in range(SAMPLES):
        found = np.concatenate([states[sample] for states in minimum.states])
        assert len(found) == sum(SIZES[1:-1] if clamped else SIZES[1:])
        assert np.abs(found).max() <= 1.0
        target = targets[sample] if clamped else None
        arguments = (net, inputs[sample], target, "tanh", local)
        np.testing.assert_allclose(
            loss_at(found, *arguments), minimum.loss[sample], rtol=1e-12, atol=1e-14
        )
        better = scipy.optimize.minimize(
            loss_at,
            found,
            arguments,
            method="L-BFGS-B",
            bounds=[(-1.0, 1.0)] * len(found),
            options={"ftol": 0.0, "gtol": 1e-10},
        )
        np.testing.assert_allclose(better.fun, minimum.loss[sample], rtol=1e-9, atol=1e-12)


def test_a_tachyonic_objective_drives_states_to_the_ends() -> None:
    net, inputs, targets = draw(1.5)
    minimum = minimise(net, inputs, targets, local=LocalObjective(mass=10.0))
    for states in minimum.states:
        np.testing.assert_array_equal(np.abs(states), 1.0)


def test_free_outputs_without_objective_are_those_of_the_forward_pass() -> None:
    net, inputs, _ = draw(1.5)
    minimum = minimise(net, inputs, None)
    np.testing.assert_allclose(minimum.loss, 0.0, atol=1e-28)
    np.testing.assert_allclose(minimum.states[-1], outputs_of(net, inputs, "tanh"), atol=1e-14)


def test_an_objective_that_vanishes_changes_nothing() -> None:
    net, inputs, targets = draw(1.5)
    nothing = LocalObjective(pairs=np.zeros((sum(SIZES), sum(SIZES))))
    one, other = (minimise(net, inputs, targets, local=local) for local in (nothing, NO_OBJECTIVE))
    np.testing.assert_allclose(one.loss, other.loss, rtol=1e-13)


def test_a_wall_of_negative_curvature_is_left() -> None:
    # One hidden neuron and no weights: H = x^2/2 - m x^2/2, and x = f(0) = 0 its maximum for m > 1.
    net = (Layer(np.zeros((1, 1)), np.array([1e-3])), Layer(np.zeros((1, 1)), np.zeros(1)))
    minimum = minimise(net, np.ones((1, 1)), np.zeros((1, 1)), local=LocalObjective(mass=3.0))
    expected = 0.5 * (1.0 - np.tanh(1e-3)) ** 2 - 1.5
    np.testing.assert_allclose(minimum.loss, expected, rtol=1e-12)
