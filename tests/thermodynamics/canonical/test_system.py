"""The loss of a state, clamped neurons, and whether the ensemble exists."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nets import FUNCTIONS, plain_loss, random_net

from nnuniverse.errors import ConfigError
from nnuniverse.losses import boundary_loss
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.coupling import coupling_matrix
from nnuniverse.networks.propagation import Layer, preactivations
from nnuniverse.thermodynamics.canonical import (
    build_system,
    check_normalisable,
    input_bias,
    log_volume,
    loss,
)
from nnuniverse.thermodynamics.canonical.unbounded import log_jacobian, to_state

TANH = ACTIVATIONS["tanh"]


def value(system, activation, state) -> float:
    with jax.enable_x64(True):
        return float(loss(system, activation, jnp.asarray(state)))


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("mass", [0.0, 0.3, -0.5])
def test_loss_is_the_sum_over_neurons(name: str, mass: float) -> None:
    w, b = random_net(4)
    w[1] = 0.0  # a neuron that nothing reaches
    w[:, 2] = 0.0  # and one that reaches nothing
    x = np.array([0.3, -0.8, 0.1, 0.5])
    expected = plain_loss(w, b, list(x), FUNCTIONS[name], mass)
    result = value(build_system(w, b, mass), ACTIVATIONS[name], x)
    np.testing.assert_allclose(result, expected, rtol=1e-14)


@given(clamped=st.lists(st.booleans(), min_size=5, max_size=5).filter(lambda c: not all(c)))
def test_clamping_only_fixes_states(clamped: list[bool]) -> None:
    w, b = random_net(5)
    x = np.linspace(-0.9, 0.7, 5)
    mask = np.array(clamped)
    system = build_system(w, b, 0.0, np.where(mask, x, np.nan))
    assert system.neurons == (~mask).sum()
    expected = plain_loss(w, b, list(x), FUNCTIONS["tanh"], 0.0)
    np.testing.assert_allclose(value(system, TANH, x[~mask]), expected, rtol=1e-13)


def test_clamped_inputs_have_no_error() -> None:
    w, b = np.zeros((2, 2)), np.array([7.0, 0.1])
    w[1, 0] = 0.5
    system = build_system(w, b, 0.4, np.array([0.9, np.nan]))
    expected = 0.5 * (0.2 - np.tanh(0.1 + 0.45)) ** 2 - 0.2 * 0.2**2
    np.testing.assert_allclose(value(system, TANH, [0.2]), expected, rtol=1e-14)


def test_clamped_forward_state_has_the_boundary_loss() -> None:
    # A4: with the boundary clamped and the hidden neurons at the forward pass.
    random = np.random.default_rng(1)
    with jax.enable_x64(True):
        parameters = tuple(
            Layer(jnp.asarray(random.normal(size=(n, m))), jnp.asarray(random.normal(size=n)))
            for m, n in ((3, 4), (4, 2))
        )
        w = np.asarray(coupling_matrix([layer.weights for layer in parameters]))
        inputs, targets = random.uniform(-1, 1, 3), np.array([0.0, 1.0])
        y = preactivations(parameters, jnp.asarray(inputs)[None], TANH)
        outputs = jnp.tanh(y[-1])
        expected = boundary_loss(outputs, jnp.asarray(targets)[None])
    clamped = np.concatenate([inputs, np.full(4, np.nan), targets])
    b = np.concatenate([np.zeros(3), *(np.asarray(layer.bias) for layer in parameters)])
    result = value(build_system(w, b, 0.0, clamped), TANH, np.tanh(y[0][0]))
    np.testing.assert_allclose(result, np.asarray(expected).item(), rtol=1e-14)


def test_volume_of_the_states() -> None:
    system = build_system(*random_net(3))
    np.testing.assert_allclose(log_volume(system, TANH), 3 * np.log(2.0))
    assert log_volume(system, ACTIVATIONS["logistic"]) == 0.0
    assert log_volume(system, ACTIVATIONS["relu"]) == np.inf


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_coordinates(name: str) -> None:
    bounds = ACTIVATIONS[name].range
    with jax.enable_x64(True):
        y = jnp.asarray([-30.0, -2.0, 0.0, 0.7, 12.0])
        x = np.asarray(to_state(y, bounds))
        slopes = jax.vmap(jax.grad(lambda one: to_state(one, bounds)))(y)
        result = log_jacobian(y, bounds)
        np.testing.assert_allclose(result, np.log(np.asarray(slopes)).sum(), rtol=1e-5)
    assert (np.diff(x) > 0.0).all()
    assert (bounds[0] <= x).all() & (x <= bounds[1]).all()


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("tanh", [-0.9, 0.0, 0.5]),
        ("logistic", [0.1, 0.5]),
        ("relu", [0.0, 2.0]),
        ("identity", [-3]),
    ],
)
def test_input_bias_holds_the_inputs(name: str, x: list[float]) -> None:
    held = [FUNCTIONS[name](b) for b in input_bias(np.array(x), ACTIVATIONS[name])]
    np.testing.assert_allclose(held, x, atol=1e-15)


@pytest.mark.parametrize(("name", "x"), [("tanh", 1.0), ("tanh", -1.5), ("logistic", 0.0)])
def test_inputs_at_the_end_of_the_range(name: str, x: float) -> None:
    with pytest.raises(ConfigError, match=f"is {x:g} at input 1. Try --bulk"):
        input_bias(np.array([0.5, x]), ACTIVATIONS[name])


# --- whether Z exists ----------------------------------------------------------------------------


def check(w: np.ndarray, mass: float, name: str) -> None:
    check_normalisable(build_system(w, np.zeros(len(w)), mass), ACTIVATIONS[name])


def test_bounded_ranges_take_any_mass() -> None:
    check(random_net(3)[0], 50.0, "tanh")


def test_identity_needs_a_positive_form() -> None:
    w, _ = random_net(3)
    jacobian = np.eye(3) - w
    smallest = np.linalg.eigvalsh(jacobian.T @ jacobian)[0]
    check(w, smallest - 1e-9, "identity")
    with pytest.raises(ConfigError, match="be below the smallest eigenvalue of G"):
        check(w, smallest + 1e-9, "identity")
    with pytest.raises(ConfigError, match="Try other weights"):
        check(np.eye(2), 0.0, "identity")


def test_relu_needs_growth() -> None:
    chain = np.array([[0.0, 0.0], [9.0, 0.0]])
    check(chain, -1.0, "relu")
    check(0.9 * np.eye(2), 0.0, "relu")
    with pytest.raises(ConfigError, match="not be positive with relu"):
        check(chain, 0.1, "relu")
    with pytest.raises(ConfigError, match="have cycles and the norm 9"):
        check(chain + chain.T, 0.0, "relu")


@pytest.mark.parametrize(
    ("w", "b", "clamped", "message"),
    [
        (np.zeros((2, 3)), np.zeros(2), None, "have the shapes"),
        (np.zeros((0, 0)), np.zeros(0), None, "have the shapes"),
        (np.full((1, 1), np.nan), np.zeros(1), None, "be finite"),
        (np.zeros((1, 1)), np.zeros(1), np.zeros(1), "have a neuron that is not clamped"),
    ],
)
def test_what_is_no_net(w, b, clamped, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_system(w, b, 0.0, clamped)
