"""The virial theorem, the stationary free energy and the quadratic form, by other means."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from nnuniverse.physics.mechanics.virial import (
    eigenvalue_slopes,
    forces,
    quadratic_form,
    stationary_free_energy,
    virial,
)
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import Ensemble, Spectrum, free_energy, mean_loss

BETAS = np.array([0.3, 1.0, 40.0])
LOGS = np.random.default_rng(0).normal(size=6)


def spectra(units: int) -> Spectrum:
    """The same spectrum at every beta."""
    return Spectrum(np.broadcast_to(LOGS, (3, 6)), units)


@pytest.mark.parametrize("mass", [0.0, 0.02])
def test_forces_are_the_derivatives_of_the_free_energy(mass: float) -> None:
    found = forces(np.exp(spectra(0).log_eigenvalues), Ensemble(BETAS, mass))
    for beta, of_beta in zip(BETAS, found, strict=True):
        stepped = Spectrum(np.log(np.exp(LOGS) + 1e-30j)[:, None], 0)
        each = free_energy(stepped, Ensemble(np.full(6, beta), mass))  # F is a sum over them
        np.testing.assert_allclose(of_beta, each.imag * 1e30, rtol=1e-12)


@pytest.mark.parametrize("mass", [0.0, 0.02])
def test_the_virial_is_the_mean_loss_at_every_beta(mass: float) -> None:
    spectrum, ensemble = spectra(4), Ensemble(BETAS, mass)
    loss = mean_loss(spectrum, ensemble)
    np.testing.assert_allclose(virial(spectrum, ensemble), loss, rtol=1e-13)
    without_mass = virial(spectrum, ensemble._replace(mass=0.0))
    assert (np.abs(without_mass / loss - 1.0) > 1e-4).all() == bool(mass)


def test_the_stationary_free_energy_is_the_canonical_one() -> None:
    beta, mass, neurons = 0.7, 0.3, 6
    ensemble = Ensemble(np.float64(beta), mass)
    constants = np.full(neurons, 2.0 * (1.0 - beta * mass))
    constant = -neurons / (2.0 * beta) * np.log(4.0 * np.pi)
    found = stationary_free_energy(np.exp(LOGS), 2.0 * beta, constants, constant)
    np.testing.assert_allclose(found, free_energy(Spectrum(LOGS, 0), ensemble), rtol=1e-13)


# --- the quadratic form --------------------------------------------------------------------------


@in_float64
def test_slopes_of_eigenvalues_are_their_differences() -> None:
    random = np.random.default_rng(2)
    first, second = (one + one.T for one in random.normal(size=(2, 5, 5)))

    def matrix(q: jax.Array) -> jax.Array:
        return jnp.asarray(first) * jnp.cos(q[0]) + jnp.asarray(second) * q[1]

    q, step = np.array([0.4, 0.8]), 1e-6
    found = quick_jit(lambda q: eigenvalue_slopes(matrix, q))(q)
    for k in range(2):
        ends = [np.linalg.eigvalsh(matrix(q + side * step * np.eye(2)[k])) for side in (1, -1)]
        np.testing.assert_allclose(found.slopes[:, k], (ends[0] - ends[1]) / 2e-6, rtol=1e-6)


@in_float64
def test_the_form_is_the_laplacian_where_eigenvalues_are_linear() -> None:
    """``G = diag(1 + R q)``: its eigenvalues are linear in q, and (6.11) lacks nothing."""
    rows = np.random.default_rng(3).uniform(0.1, 1.0, (5, 3))
    q, beta = np.array([0.2, 0.5, 0.1]), 3.0

    def matrix(q: jax.Array) -> jax.Array:
        return jnp.diag(1.0 + jnp.asarray(rows) @ q)

    form = quadratic_form(quick_jit(lambda q: eigenvalue_slopes(matrix, q))(q), [beta])
    values, squares = 1.0 + rows @ q, np.sum(rows**2, axis=1)
    np.testing.assert_allclose(form, [-np.sum(beta * squares / (1.0 + beta * values) ** 2) / 2.0])
