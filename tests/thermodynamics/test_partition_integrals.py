"""The partition function and the entropy against integrals over all states."""

from __future__ import annotations

import math

import numpy as np
import pytest
from quadratic_forms import Form, all_states, grid_over_the_cube, random_form

from nnuniverse.thermodynamics import (
    WINDOWS,
    Ensemble,
    Window,
    entropy,
    free_energy,
    log_partition,
    mean_loss,
)

WINDOW_NAMES = pytest.mark.parametrize("window", WINDOWS.values(), ids=list(WINDOWS))
NEURONS = pytest.mark.parametrize("neurons", [1, 2, 3, 4])


@NEURONS
@WINDOW_NAMES
@pytest.mark.parametrize("mass", [0.0, 0.3, -0.5])
@pytest.mark.parametrize("with_mean", [False, True])
def test_log_partition_is_the_gaussian_integral(
    neurons: int, window: Window, mass: float, with_mean: bool
) -> None:
    form = random_form(neurons, with_mean)
    states = all_states(neurons, with_mean, window.stiffness)
    ensemble = Ensemble(0.7, mass, window)
    weights = np.exp(states.exponent(ensemble, neurons))
    z = weights.sum() * states.volume
    np.testing.assert_allclose(
        log_partition(form.spectrum, ensemble), math.log(z), rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(
        free_energy(form.spectrum, ensemble), -math.log(z) / 0.7, rtol=0, atol=1e-12
    )
    mean = weights @ states.loss(mass) * states.volume / z
    np.testing.assert_allclose(mean_loss(form.spectrum, ensemble), mean, rtol=0, atol=1e-12)


@pytest.mark.parametrize("neurons", [1, 2, 3])
@WINDOW_NAMES
@pytest.mark.parametrize("mass", [0.0, 0.3])
@pytest.mark.parametrize("with_mean", [False, True])
def test_entropy_is_the_mean_of_minus_log_p(
    neurons: int, window: Window, mass: float, with_mean: bool
) -> None:
    form = random_form(neurons, with_mean)
    states = all_states(neurons, with_mean, window.stiffness)
    ensemble = Ensemble(0.7, mass, window)
    exponent = states.exponent(ensemble, neurons)
    log_p = exponent - math.log(np.exp(exponent).sum() * states.volume)
    expected = -(np.exp(log_p) @ log_p) * states.volume
    np.testing.assert_allclose(entropy(form.spectrum, ensemble), expected, rtol=0, atol=1e-12)


def cube(form: Form, beta: float) -> tuple[float, float]:
    """log Z and U of exp(-beta H) over (-1, 1)^N."""
    states, weights = grid_over_the_cube(form.spectrum.neurons)
    energy = form.energy(states, 0.0)
    z = (weights * np.exp(-beta * energy)).sum()
    return math.log(z), (weights * energy * np.exp(-beta * energy)).sum() / z


@NEURONS
def test_unit_window_errs_by_a_known_constant_as_beta_vanishes(neurons: int) -> None:
    # A9: 0.2258 per neuron in log Z, and three times the loss.
    form, ensemble = random_form(neurons), Ensemble(1e-9)
    log_z, loss = cube(form, 1e-9)
    error = (log_partition(form.spectrum, ensemble) - log_z) / neurons
    np.testing.assert_allclose(error, 0.5 * math.log(2.0 * math.pi) - math.log(2.0), atol=1e-7)
    np.testing.assert_allclose(error, 0.2258, atol=5e-5)
    np.testing.assert_allclose(loss, np.trace(form.G) / 6.0, rtol=1e-7)
    np.testing.assert_allclose(mean_loss(form.spectrum, ensemble), 3.0 * loss, rtol=1e-7)


@NEURONS
def test_matched_window_is_exact_as_beta_vanishes(neurons: int) -> None:
    form, ensemble = random_form(neurons), Ensemble(1e-9, window=WINDOWS["matched"])
    log_z, loss = cube(form, 1e-9)
    np.testing.assert_allclose(log_z, neurons * math.log(2.0), atol=1e-7)
    np.testing.assert_allclose(log_partition(form.spectrum, ensemble), log_z, rtol=0, atol=1e-12)
    np.testing.assert_allclose(mean_loss(form.spectrum, ensemble), loss, rtol=1e-7)


@NEURONS
@pytest.mark.parametrize("beta", [0.01, 0.3, 1.0])
def test_matched_window_is_nearer_to_the_cube_up_to_beta_1(neurons: int, beta: float) -> None:
    form = random_form(neurons)
    log_z, loss = cube(form, beta)
    of = {name: Ensemble(beta, window=window) for name, window in WINDOWS.items()}
    log_z_error = {n: abs(log_partition(form.spectrum, e) - log_z) for n, e in of.items()}
    loss_error = {n: abs(mean_loss(form.spectrum, e) - loss) for n, e in of.items()}
    assert log_z_error["matched"] < log_z_error["unit"]
    assert loss_error["matched"] < loss_error["unit"]


@NEURONS
def test_unit_window_is_nearer_to_the_cube_at_large_beta(neurons: int) -> None:
    form = random_form(neurons)
    log_z, _ = cube(form, 5.0)
    errors = [
        abs(log_partition(form.spectrum, Ensemble(5.0, window=window)) - log_z)
        for window in (WINDOWS["unit"], WINDOWS["matched"])
    ]
    assert errors[0] < errors[1]


def test_matched_window_has_the_integral_and_the_variance_of_the_interval() -> None:
    x = np.linspace(-8.0, 8.0, 4001)
    stiffness, log_height = WINDOWS["matched"]
    density = np.exp(log_height - 0.5 * stiffness * x**2)
    np.testing.assert_allclose(np.trapezoid(density, x), 2.0, rtol=1e-12)
    np.testing.assert_allclose(np.trapezoid(x**2 * density, x) / 2.0, 1.0 / 3.0, rtol=1e-12)
