"""Activation functions and their slopes."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.networks.activation import ACTIVATIONS

FUNCTIONS = {
    "tanh": np.tanh,
    "relu": lambda y: np.maximum(y, 0.0),
    "logistic": lambda y: 1.0 / (1.0 + np.exp(-y)),
    "identity": lambda y: y,
}


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


def test_each_has_its_own_name() -> None:
    assert {name: activation.name for name, activation in ACTIVATIONS.items()} == {
        name: name for name in FUNCTIONS
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name: str) -> None:
    y = np.linspace(-5.0, 5.0, 101)
    actual = jax.jit(ACTIVATIONS[name].function)(y)
    np.testing.assert_allclose(actual, FUNCTIONS[name](y), rtol=1e-14)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slope_is_the_gradient(name: str) -> None:
    y = jnp.asarray(np.arange(-30, 31) / 10)  # with relu's kink at zero
    gradient = jax.jit(jax.vmap(jax.grad(ACTIVATIONS[name].function)))(y)
    np.testing.assert_allclose(jax.jit(ACTIVATIONS[name].slope)(y), gradient, rtol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_slope_of_a_saturated_neuron_keeps_its_digits(dtype: str) -> None:
    # Where 1 - tanh(y)^2, which is also JAX's gradient, has long been exactly zero.
    y = np.array([-30.0, -12.0, 12.0, 30.0])
    rounding = 100 * np.finfo(dtype).eps  # y itself multiplies that of the exponential by |y|
    tanh = jax.jit(ACTIVATIONS["tanh"].slope)(y.astype(dtype))
    np.testing.assert_allclose(tanh, 1.0 / np.cosh(y) ** 2, rtol=rounding)
    logistic = jax.jit(ACTIVATIONS["logistic"].slope)(y.astype(dtype))
    np.testing.assert_allclose(logistic, 0.25 / np.cosh(y / 2.0) ** 2, rtol=rounding)


def test_slope_underflows_to_zero_rather_than_to_nan() -> None:
    y = np.array([-1e4, 0.0, 0.0, 1e4])
    np.testing.assert_array_equal(jax.jit(ACTIVATIONS["tanh"].slope)(y), [0, 1, 1, 0])
    np.testing.assert_array_equal(jax.jit(ACTIVATIONS["logistic"].slope)(y), [0, 0.25, 0.25, 0])


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_keeps_the_dtype(name: str, dtype: str) -> None:
    y = jax.ShapeDtypeStruct((3,), dtype)
    assert jax.eval_shape(ACTIVATIONS[name].function, y) == y
    assert jax.eval_shape(ACTIVATIONS[name].slope, y) == y


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("tanh", lambda y: -2.0 * np.tanh(y) / np.cosh(y) ** 2),
        ("logistic", lambda y: -0.25 * np.tanh(y / 2.0) / np.cosh(y / 2.0) ** 2),
        ("relu", np.zeros_like),
        ("identity", np.zeros_like),
    ],
)
def test_slope_has_the_right_derivative(name: str, second) -> None:
    y = np.array([-30.0, -2.0, -1e-3, 0.0, 1e-9, 0.5, 30.0])
    derivative = jax.jit(jax.vmap(jax.grad(ACTIVATIONS[name].slope)))(y)
    np.testing.assert_allclose(derivative, second(y), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_inverse_undoes_the_function(name: str) -> None:
    activation = ACTIVATIONS[name]
    low, high = np.clip(activation.range, -3.0, 3.0)
    x = np.linspace(low, high, 21)[1:-1]
    with jax.enable_x64(True):
        np.testing.assert_allclose(activation.function(activation.inverse(x)), x, rtol=1e-13)
