"""The Gaussian forms of the ensemble, and the ensemble that is Gaussian."""

from __future__ import annotations

import math

import numpy as np
import pytest
from nets import random_net
from scipy.optimize import fsolve

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.spectra import dense_log_eigenvalues
from nnuniverse.thermodynamics import WINDOWS, Ensemble
from nnuniverse.thermodynamics.canonical import (
    build_system,
    closed_form,
    expand,
    gaussian_state,
    integrate_states,
    quadratic_state,
)

TANH, IDENTITY = ACTIVATIONS["tanh"], ACTIVATIONS["identity"]
UNIT = WINDOWS["unit"]


def test_spectrum_is_that_of_the_couplings() -> None:
    w, b = random_net(5)
    x = np.linspace(-0.5, 0.6, 5)
    coupling = (1.0 - np.tanh(w @ x + b) ** 2)[:, None] * w
    spectrum = expand(build_system(w, b), TANH, x).spectrum
    np.testing.assert_allclose(
        spectrum.log_eigenvalues, dense_log_eigenvalues(coupling), atol=1e-12
    )
    G = (np.eye(5) - coupling).T @ (np.eye(5) - coupling)
    moment = (np.exp(spectrum.log_eigenvalues) * spectrum.mean_squares).sum()
    np.testing.assert_allclose(moment, x @ G @ x, rtol=1e-12)


def linear_model(w, b, clamped, x):
    """Errors and Jacobian of the free neurons at x, then those of the clamped one."""
    free = np.isnan(clamped)
    whole = np.where(free, 0.0, clamped)
    whole[free] = x
    coupling = (1.0 - np.tanh(w @ whole + b) ** 2)[:, None] * w
    order = np.concatenate([np.flatnonzero(free), np.flatnonzero(~free)])
    error = whole - np.tanh(w @ whole + b)
    return error[order], (np.eye(len(b)) - coupling)[order][:, free]


@pytest.mark.parametrize("window", WINDOWS.values(), ids=list(WINDOWS))
@pytest.mark.parametrize("mass", [0.0, 0.3])
def test_residual_form_is_the_integral_of_the_linear_model(window, mass: float) -> None:
    w, b = random_net(3)
    clamped, x, beta = np.array([np.nan, 0.7, np.nan]), np.array([0.3, -0.4]), 1.3
    error, jacobian = linear_model(w, b, clamped, x)
    line = np.linspace(-9.0, 9.0, 401)
    states = np.stack(np.meshgrid(line, line, indexing="ij"), -1).reshape(-1, 2)
    squared = ((error + (states - x) @ jacobian.T) ** 2).sum(axis=1)
    norm = (states**2).sum(axis=1)
    energy = 0.5 * squared - 0.5 * mass * norm
    density = np.exp(-beta * energy - 0.5 * window.stiffness * norm + 2 * window.log_height)
    z = density.sum() * (line[1] - line[0]) ** 2
    mean = density @ energy / density.sum()
    expansion = expand(build_system(w, b, mass, clamped), TANH, x)
    form = gaussian_state(expansion, beta, mass, window, "residual")
    np.testing.assert_allclose(form.log_partition, math.log(z), rtol=1e-10)
    np.testing.assert_allclose(form.mean_loss, mean, rtol=1e-10)
    state = quadratic_state(expansion, Ensemble(np.asarray(beta), mass, window))[2]
    np.testing.assert_allclose(state, density @ states / density.sum(), atol=1e-10)


def test_residual_vanishes_at_a_fixed_point() -> None:
    w, b = random_net(3, gain=0.4)
    x = fsolve(lambda x: x - np.tanh(w @ x + b), np.zeros(3), xtol=1e-13)
    expansion = expand(build_system(w, b, 0.2), TANH, x)
    printed, whole = (
        gaussian_state(expansion, 1.4, 0.2, UNIT, terms) for terms in ("mean state", "residual")
    )
    np.testing.assert_allclose(whole, printed, rtol=1e-10)


def test_entropies_differ_by_the_window() -> None:
    expansion = expand(build_system(*random_net(3)), TANH, np.zeros(3))
    form = gaussian_state(expansion, 2.0, 0.0, UNIT, "determinant")
    term = 0.5 * (1.0 / (1.0 + 2.0 * np.exp(expansion.spectrum.log_eigenvalues))).sum()
    np.testing.assert_allclose(form.entropy - form.canonical_entropy, term, rtol=1e-12)  # A17
    np.testing.assert_allclose(form.canonical_entropy, form.log_partition + 2.0 * form.mean_loss)


@pytest.mark.parametrize("terms", ["determinant", "mean state", "residual"])
def test_outside_the_domain_there_is_no_form(terms: str) -> None:
    expansion = expand(build_system(*random_net(3), 9.0), TANH, np.full(3, 0.1))
    assert np.isnan(gaussian_state(expansion, 5.0, 9.0, UNIT, terms)).all()


@pytest.mark.parametrize("mass", [0.0, -0.5])
def test_identity_is_gaussian(mass: float) -> None:
    w, b = random_net(3, gain=0.3)
    beta, jacobian = 1.7, np.eye(3) - w
    form = jacobian.T @ jacobian - mass * np.eye(3)
    mean = np.linalg.solve(form, jacobian.T @ b)
    least = 0.5 * b @ b - 0.5 * mean @ form @ mean
    log_z = 1.5 * math.log(2.0 * math.pi / beta) - 0.5 * np.linalg.slogdet(form)[1] - beta * least
    state = closed_form(build_system(w, b, mass), IDENTITY, beta)
    np.testing.assert_allclose(state.mean_state, mean, rtol=1e-12)
    np.testing.assert_allclose(state.log_partition, log_z, rtol=1e-12)
    np.testing.assert_allclose(state.mean_loss, least + 1.5 / beta, rtol=1e-12)
    np.testing.assert_allclose(state.variance, 1.5 / beta**2)


def test_identity_by_quadrature() -> None:
    w, b = random_net(2, gain=0.3)
    system = build_system(w, b, -0.5)
    (state,) = integrate_states(system, IDENTITY, [1.7])
    exact = closed_form(system, IDENTITY, 1.7)
    for name in ("log_partition", "mean_loss", "variance", "mean_state"):
        np.testing.assert_allclose(getattr(state, name), getattr(exact, name), rtol=1e-8)
