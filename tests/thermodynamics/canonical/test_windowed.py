"""2004.09280 (5.8): the loss as it is, with a smooth window in place of the range of f."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import dblquad

from nnuniverse.experiments.ensemble import compare_with_gaussian
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.thermodynamics import WINDOWS, Ensemble
from nnuniverse.thermodynamics.canonical import (
    WINDOWED,
    build_system,
    closed_form,
    expand,
    gaussian_state,
    integrate_states,
    integrate_windowed,
    quadratic_state,
    windowed_state,
)

pytestmark = pytest.mark.optimised  # they compute more than they compile

BETAS = (0.5, 5.0)
TANH, IDENTITY = ACTIVATIONS["tanh"], ACTIVATIONS["identity"]
WEIGHTS = np.array([[0.0, 0.8], [-1.3, 0.4]])
BIAS = np.array([0.3, -0.7])


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("neurons", [1, 2, 3])
def test_a_linear_net_is_its_gaussian_form(name: str, neurons: int) -> None:
    random = np.random.default_rng(neurons)
    weights = 0.6 * random.standard_normal((neurons, neurons))
    system = build_system(weights, random.standard_normal(neurons), -0.2)
    expansion = expand(system, IDENTITY, np.zeros(neurons))
    for state in integrate_windowed(system, IDENTITY, BETAS, WINDOWS[name]):
        log_z, u, mean = quadratic_state(
            expansion, Ensemble(state.beta, system.mass, WINDOWS[name])
        )
        assert state.log_partition == pytest.approx(log_z, abs=1e-11)
        assert state.mean_loss == pytest.approx(u, rel=1e-10)
        np.testing.assert_allclose(state.mean_state, mean, atol=1e-10)


def test_a_command_solves_what_it_would_integrate_of_a_linear_net() -> None:
    system = build_system(WEIGHTS, BIAS, -0.2)
    states = [closed_form(system, IDENTITY, beta) for beta in BETAS]
    for name, window in WINDOWED.items():
        found = integrate_windowed(system, IDENTITY, BETAS, window)
        for one, exact in zip(compare_with_gaussian(system, IDENTITY, states), found, strict=True):
            np.testing.assert_allclose(one.forms[name], windowed_state(exact, 2, window), rtol=1e-9)


@pytest.mark.parametrize("name", WINDOWS)
def test_of_two_neurons_by_another_quadrature(name: str) -> None:
    window, mass = WINDOWS[name], 0.3
    system = build_system(WEIGHTS, BIAS, mass)

    def loss(x: float, y: float) -> float:
        states = np.array([x, y])
        error = states - np.tanh(WEIGHTS @ states + BIAS)
        return float(0.5 * error @ error - 0.5 * mass * states @ states)

    def weight(x: float, y: float, beta: float) -> float:
        exponent = 2 * window.log_height - 0.5 * window.stiffness * (x * x + y * y)
        return math.exp(exponent - beta * loss(x, y))

    for state in integrate_windowed(system, TANH, BETAS, window):
        z = dblquad(lambda y, x, b=state.beta: weight(x, y, b), -9, 9, -9, 9)[0]
        first = dblquad(lambda y, x, b=state.beta: loss(x, y) * weight(x, y, b), -9, 9, -9, 9)[0]
        assert state.log_partition == pytest.approx(math.log(z), abs=1e-7)
        assert state.mean_loss == pytest.approx(first / z, rel=1e-6)


def test_the_mean_loss_is_the_derivative_by_beta() -> None:
    system, step = build_system(WEIGHTS, BIAS, 0.0), 1e-4
    low, state, high = integrate_windowed(
        system, TANH, (1.0 - step, 1.0, 1.0 + step), WINDOWS["unit"]
    )
    slope = (high.log_partition - low.log_partition) / (2.0 * step)
    assert state.mean_loss == pytest.approx(-slope, rel=1e-6)


@pytest.mark.parametrize("name", WINDOWS)
def test_without_couplings_the_form_is_exact(name: str) -> None:
    # H = x^2/2 about the fixed point 0: nothing is linearised away.
    system = build_system(np.zeros((2, 2)), np.zeros(2), 0.0)
    expansion = expand(system, TANH, np.zeros(2))
    (state,) = integrate_windowed(system, TANH, [1.5], WINDOWS[name])
    form = gaussian_state(expansion, 1.5, 0.0, WINDOWS[name], "mean state")
    np.testing.assert_allclose(windowed_state(state, 2, WINDOWS[name]), form, rtol=1e-10)


def test_missing_where_the_integral_has_no_end() -> None:
    system = build_system(WEIGHTS, BIAS, 2.0)
    ended, endless = integrate_windowed(system, TANH, (0.5, 1.0), WINDOWS["unit"])
    assert math.isfinite(ended.log_partition)
    assert (endless.beta, math.isnan(endless.log_partition)) == (1.0, True)


def test_states_without_end_cost_no_digits_of_the_loss() -> None:
    # Far out H is so large that sums of its squares from any zero there would leave nothing.
    system = build_system(0.2 * np.eye(3, k=1), np.zeros(3), 0.0)
    for state in integrate_states(system, IDENTITY, [2.0]):
        assert state.mean_loss == pytest.approx(1.5 / state.beta, rel=1e-10)
        assert state.variance == pytest.approx(1.5 / state.beta**2, rel=1e-10)
