"""The exact ensemble of few neurons against SciPy's integrals and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from nets import FUNCTIONS, plain_loss, random_net
from scipy.integrate import nquad
from scipy.special import erf

from nnuniverse.errors import ConfigError
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.thermodynamics.canonical import (
    FORMS,
    build_system,
    expand,
    gaussian_state,
    integrate_states,
)

TANH = ACTIVATIONS["tanh"]
CUBE = (-1.0, 1.0)


def integrals(w, b, beta: float, mass: float, name: str, bounds) -> dict[str, float]:
    """log Z, U, the variance of H, S = -<log p> and <x_1> by adaptive quadrature."""

    def integral(of, tolerance: float = 1e-11) -> float:
        def weighted(*x: float) -> float:
            energy = plain_loss(w, b, list(x), FUNCTIONS[name], mass)
            return of(energy, x) * math.exp(-beta * energy)

        options = {"epsabs": tolerance, "epsrel": tolerance}
        return nquad(weighted, [bounds] * len(b), opts=options)[0]

    z = integral(lambda energy, x: 1.0)
    u = integral(lambda energy, x: energy) / z
    return {
        "log_partition": math.log(z),
        "mean_loss": u,
        "variance": integral(lambda energy, x: (energy - u) ** 2) / z,
        "entropy": integral(lambda energy, x: beta * energy + math.log(z)) / z,
        "first": integral(lambda energy, x: x[0]) / z,
    }


@pytest.mark.parametrize(
    ("neurons", "beta", "mass", "name"),
    [
        (1, 0.5, 0.0, "tanh"),
        (1, 20.0, 0.3, "tanh"),
        (1, 2.0, -0.5, "logistic"),
        (2, 0.5, 0.3, "tanh"),
        (2, 5.0, -0.5, "tanh"),
        (2, 1.4, 0.0, "logistic"),
        (3, 1.4, 0.3, "tanh"),
    ],
)
def test_against_adaptive_quadrature(neurons: int, beta: float, mass: float, name: str) -> None:
    w, b = random_net(neurons)
    activation = ACTIVATIONS[name]
    (state,) = integrate_states(build_system(w, b, mass), activation, [beta])
    expected = integrals(w, b, beta, mass, name, activation.range)
    assert state.mean_state[0] == pytest.approx(expected.pop("first"), abs=1e-9)
    for quantity, value in expected.items():
        assert getattr(state, quantity) == pytest.approx(value, abs=1e-9), quantity
    assert max(state.log_partition_error, state.mean_loss_error, state.entropy_error) < 1e-9
    assert state.mixed


def test_clamped_neurons_are_not_integrated_over() -> None:
    w, b = random_net(3)
    clamped = np.array([0.4, np.nan, np.nan])
    (state,) = integrate_states(build_system(w, b, 0.0, clamped), TANH, [2.0])

    def density(x: float, y: float) -> float:
        return math.exp(-2.0 * plain_loss(w, b, [0.4, x, y], math.tanh, 0.0))

    z = nquad(density, [CUBE, CUBE], opts={"epsabs": 1e-11})[0]
    np.testing.assert_allclose(state.log_partition, math.log(z), atol=1e-9)


def test_relu_over_unbounded_states() -> None:
    w, b = np.array([[0.7]]), np.array([-0.4])
    (state,) = integrate_states(build_system(w, b), ACTIVATIONS["relu"], [3.0])
    expected = integrals(w, b, 3.0, 0.0, "relu", (0.0, 30.0))
    assert max(state.mean_loss_error, state.log_partition_error) < 1e-10
    assert state.log_partition == pytest.approx(expected["log_partition"], abs=1e-5)
    assert state.mean_loss == pytest.approx(expected["mean_loss"], abs=1e-5)


def test_thermodynamic_relations() -> None:
    beta, step = 1.2, 1e-3
    states = integrate_states(
        build_system(*random_net(3), 0.3), TANH, [beta - step, beta, beta + step]
    )
    low, state, high = states
    slope = (high.log_partition - low.log_partition) / (2.0 * step)
    np.testing.assert_allclose(slope, -state.mean_loss, rtol=1e-6)
    slope = (high.mean_loss - low.mean_loss) / (2.0 * step)
    np.testing.assert_allclose(slope, -state.variance, rtol=1e-6)
    slope = (high.free_energy - low.free_energy) / (2.0 * step)
    np.testing.assert_allclose(beta**2 * slope, state.entropy, rtol=1e-5)


@pytest.mark.parametrize("neurons", [1, 3])
def test_gaussian_form_errs_as_known(neurons: int) -> None:
    # A11 with w = 0, b = 0, where Z = (sqrt(2 pi/beta) erf sqrt(beta/2))^N; A9 for the windows.
    system = build_system(np.zeros((neurons, neurons)), np.zeros(neurons))
    betas = [0.01, 0.5, 5.0, 30.0, 200.0]
    expansion = expand(system, TANH, np.zeros(neurons))
    deviations: dict[str, list[float]] = {}
    for state in integrate_states(system, TANH, betas):
        one = math.sqrt(2.0 * math.pi / state.beta) * erf(math.sqrt(state.beta / 2.0))
        np.testing.assert_allclose(state.log_partition, neurons * math.log(one), atol=1e-9)
        for name, (window, terms) in FORMS.items():
            form = gaussian_state(expansion, state.beta, 0.0, window, terms)
            deviation = (form.log_partition - state.log_partition) / neurons
            deviations.setdefault(name, []).append(deviation)
    unit, matched = deviations["unit (5.13)"], deviations["matched (5.13)"]
    np.testing.assert_allclose(unit, [0.226, 0.10, -0.07, -0.02, -0.003], atol=5e-3)
    assert abs(matched[0]) < 1e-5
    assert abs(matched[1]) < 0.1 * abs(unit[1])
    assert abs(matched[2]) > abs(unit[2])


def test_too_many_neurons() -> None:
    with pytest.raises(ConfigError, match="at most 4 free neurons for quadrature, but has 5"):
        integrate_states(build_system(*random_net(5)), TANH, [1.0])
