"""The exponential factor is in every function of F, as automatic differentiation has it."""

from __future__ import annotations

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.states import thermodynamic_states
from nnuniverse.thermodynamics import (
    WINDOWS,
    Ensemble,
    Spectrum,
    decompose,
    decompose_with_units,
    free_energy,
    negative_laplacian,
    unit_share_of_laplacian,
)

THETA = np.array([2.1, 0.4, -0.3, -2.2])
SQUARES = np.array([0.1, 0.5, 0.02, 1.3])
ONES = np.array([0.3, 0.0, 0.1])
"""Squared components of the mean state along the directions of the exact ones."""

CASES = pytest.mark.parametrize(
    ("window", "mass", "beta"), list(product(WINDOWS, (0.0, 0.1, -0.5), (0.4, 1.0, 3.0)))
)


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


def spectrum() -> Spectrum:
    squares, rest = jnp.asarray(SQUARES), jnp.asarray(ONES.sum())
    return Spectrum(jnp.asarray(THETA), len(ONES), squares, rest)


@CASES
def test_laplacian_is_the_trace_of_the_hessian(window: str, mass: float, beta: float) -> None:
    ensemble = Ensemble(beta, mass, WINDOWS[window])
    squares = jnp.asarray(np.append(SQUARES, ONES))

    def of_eigenvalues(eigenvalues: jax.Array) -> jax.Array:
        return free_energy(Spectrum(jnp.log(eigenvalues), 0, squares, jnp.zeros(())), ensemble)

    hessian = jax.hessian(of_eigenvalues)(jnp.exp(jnp.append(THETA, jnp.zeros(len(ONES)))))
    laplacian = negative_laplacian(spectrum(), ensemble)
    np.testing.assert_allclose(laplacian, -jnp.trace(hessian), rtol=1e-12)
    assert laplacian > negative_laplacian(spectrum()._replace(mean_squares=None), ensemble)
    exact = -jnp.trace(hessian[len(THETA) :, len(THETA) :])
    share = unit_share_of_laplacian(spectrum(), ensemble)
    np.testing.assert_allclose(share, exact / laplacian, rtol=1e-12)


@CASES
def test_parts_of_the_split_are_derivatives_of_a(window: str, mass: float, beta: float) -> None:
    def a(beta: jax.Array) -> jax.Array:
        ensemble = Ensemble(beta, mass, WINDOWS[window])
        return decompose_with_units(spectrum(), ensemble).thermodynamic_free_energy

    at = jnp.asarray(beta)
    parts = decompose_with_units(spectrum(), Ensemble(at, mass, WINDOWS[window]))
    loss = jax.grad(lambda beta: beta * a(beta))(at)
    np.testing.assert_allclose(parts.mean_loss, loss, rtol=1e-12)
    entropy = beta**2 * jax.grad(a)(at)
    np.testing.assert_allclose(parts.thermodynamic_entropy, entropy, rtol=1e-12, atol=1e-13)
    # C depends on the net alone.
    other = decompose_with_units(spectrum(), Ensemble(1.001 * at, mass, WINDOWS[window]))
    np.testing.assert_allclose(parts.complexity, other.complexity, rtol=1e-13)


@pytest.mark.parametrize("mass", [0.0, 0.1, -0.5])
@pytest.mark.parametrize("beta", [0.4, 3.0])
def test_split_is_exact_where_every_eigenvalue_is_huge_or_tiny(mass: float, beta: float) -> None:
    theta = np.array([70.0, 50.0, -45.0, -60.0])
    net, ensemble = Spectrum(theta, 3, SQUARES, ONES.sum()), Ensemble(beta, mass)
    dropped = 0.5 * 2 * np.log(ensemble.stiffness) / beta  # log c of the tiny ones
    split = decompose_with_units(net, ensemble).free_energy(beta) + dropped
    np.testing.assert_allclose(split, free_energy(net, ensemble), rtol=1e-12)


def test_what_is_called_printed_has_no_mean_state() -> None:
    settings = AnalysisSettings(betas=(1.4,))
    net = Spectrum(THETA[None, None], 3, SQUARES[None, None], np.full((1, 1), ONES.sum()))
    found = {}
    for kept in (False, True):
        shown = net if kept else net._replace(mean_squares=None)
        states = thermodynamic_states(shown, {"b": np.full((1, 1), 1.4)}, settings)
        found[kept] = {variable.name: values.item() for variable, values in states}
    same = {name for name, value in found[True].items() if value == found[False][name]}
    assert same == {
        "beta",
        "entropy",  # -<log p> does not know where the mean is
        "large_eigenvalues",
        "small_eigenvalues",
        "printed_thermodynamic_free_energy",
        "printed_thermodynamic_entropy",
        "printed_split_error",
        "printed_entropy_remainder",
        "printed_entropy_from_loss",
        "printed_counted_laplacian",
        *("large_log_sum", "large_log_sum_limit", "small_log_sum", "small_log_sum_limit"),
        "unit_log_sum",
        "large_truncation_error",
    }
    assert abs(found[True]["split_error"]) < abs(
        decompose(spectrum(), Ensemble(1.4)).free_energy(1.4) - found[True]["free_energy"]
    )
