"""Thermodynamic functions against one another by automatic differentiation."""

from __future__ import annotations

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.thermodynamics import (
    WINDOWS,
    Ensemble,
    Spectrum,
    canonical_entropy,
    entropy,
    free_energy,
    log_partition,
    mean_loss,
    negative_laplacian,
    unit_share_of_laplacian,
)

FUNCTIONS = [
    log_partition,
    free_energy,
    mean_loss,
    canonical_entropy,
    entropy,
    negative_laplacian,
    unit_share_of_laplacian,
]
THETA = np.array([2.1, 0.4, -0.3, -2.2])
UNITS = 3
BETAS = (0.4, 1.0, 3.0)
CASES = pytest.mark.parametrize(
    ("window", "mass", "with_mean"), list(product(WINDOWS, (0.0, 0.1, -0.5), (False, True)))
)


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


def spectrum(with_mean: bool) -> Spectrum:
    if not with_mean:
        return Spectrum(jnp.asarray(THETA), UNITS)
    squares = jnp.asarray([0.1, 0.5, 0.02, 1.3])
    return Spectrum(jnp.asarray(THETA), UNITS, squares, jnp.asarray(0.4))


@CASES
def test_mean_loss_is_minus_the_derivative_of_log_z(
    window: str, mass: float, with_mean: bool
) -> None:
    net = spectrum(with_mean)
    slope = jax.jit(
        jax.grad(lambda beta: log_partition(net, Ensemble(beta, mass, WINDOWS[window])))
    )
    for beta in BETAS:
        loss = mean_loss(net, Ensemble(beta, mass, WINDOWS[window]))
        np.testing.assert_allclose(loss, -slope(beta), rtol=1e-12)


@CASES
def test_canonical_entropy_is_beta_squared_times_the_slope_of_f(
    window: str, mass: float, with_mean: bool
) -> None:
    net = spectrum(with_mean)
    slope = jax.jit(jax.grad(lambda beta: free_energy(net, Ensemble(beta, mass, WINDOWS[window]))))
    for beta in BETAS:
        actual = canonical_entropy(net, Ensemble(beta, mass, WINDOWS[window]))
        np.testing.assert_allclose(actual, beta**2 * slope(beta), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("mass", [0.0, 0.1, -0.5])
@pytest.mark.parametrize(("window", "s"), [("unit", 1.0), ("matched", 3.0)])
def test_entropies_differ_by_the_windows_term(
    beta: float, mass: float, window: str, s: float
) -> None:
    # A17, without the exponential factor, which only the one relative to the window sees.
    ensemble = Ensemble(beta, mass, WINDOWS[window])
    eigenvalues = np.exp(np.append(THETA, np.zeros(UNITS)))
    term = 0.5 * s * (1.0 / (s - beta * mass + beta * eigenvalues)).sum()
    if window == "matched":  # the window is not one at its top
        height = np.log(2.0) + 0.5 * np.log(3.0) - 0.5 * np.log(2.0 * np.pi)
        term -= len(eigenvalues) * height
    expected = canonical_entropy(spectrum(False), ensemble) + term
    np.testing.assert_allclose(entropy(spectrum(False), ensemble), expected, rtol=1e-13)
    assert entropy(spectrum(True), ensemble) == entropy(spectrum(False), ensemble)


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("mass", [0.0, 0.1, -0.5])
@pytest.mark.parametrize("window", WINDOWS)
def test_negative_laplacian_is_minus_the_trace_of_the_hessian(
    beta: float, mass: float, window: str
) -> None:
    ensemble = Ensemble(beta, mass, WINDOWS[window])

    def of_eigenvalues(eigenvalues: jax.Array) -> jax.Array:
        return free_energy(Spectrum(jnp.log(eigenvalues), 0), ensemble)

    eigenvalues = jnp.exp(jnp.append(jnp.asarray(THETA), jnp.zeros(UNITS)))
    hessian = jax.jit(jax.hessian(of_eigenvalues))(eigenvalues)
    laplacian = negative_laplacian(spectrum(False), ensemble)
    np.testing.assert_allclose(laplacian, -jnp.trace(hessian), rtol=1e-12)
    exact = -jnp.trace(hessian[len(THETA) :, len(THETA) :])
    share = unit_share_of_laplacian(spectrum(False), ensemble)
    np.testing.assert_allclose(share, exact / laplacian, rtol=1e-12)


def test_share_of_the_laplacian_is_all_or_nothing_at_the_ends() -> None:
    assert unit_share_of_laplacian(Spectrum(THETA, 0), Ensemble(1.0)) == 0.0
    np.testing.assert_allclose(
        unit_share_of_laplacian(Spectrum(np.empty(0), 5), Ensemble(1.0)), 1.0, rtol=1e-15
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_spectrum_is_taken_at_its_own_beta(function) -> None:
    random = np.random.default_rng(2)
    theta, squares = random.normal(size=(2, 3, 5)), random.random((2, 3, 5))
    rest, beta = random.random((2, 3)), random.uniform(0.2, 2.0, (2, 3))
    together = function(Spectrum(theta, 4, squares, rest), Ensemble(beta, -0.2))
    assert together.shape == (2, 3)
    for at in np.ndindex(2, 3):
        alone = function(Spectrum(theta[at], 4, squares[at], rest[at]), Ensemble(beta[at], -0.2))
        np.testing.assert_allclose(together[at], alone, rtol=1e-13)
    shared = function(Spectrum(theta, 4, squares, rest), Ensemble(0.7, -0.2))
    everywhere = function(Spectrum(theta, 4, squares, rest), Ensemble(np.full((2, 3), 0.7), -0.2))
    np.testing.assert_allclose(shared, everywhere, rtol=1e-14)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_numpy_and_jax_arrays_give_the_same(function) -> None:
    beta = np.array([0.5, 2.0])
    theta = np.stack([THETA, 0.5 * THETA])
    by_numpy = function(Spectrum(theta, UNITS), Ensemble(beta, 0.05))
    by_jax = jax.jit(lambda x, b: function(Spectrum(x, UNITS), Ensemble(b, 0.05)))(theta, beta)
    assert isinstance(by_numpy, np.ndarray)
    assert isinstance(by_jax, jax.Array)
    np.testing.assert_allclose(by_jax, by_numpy, rtol=1e-13)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_are_missing_where_they_do_not_exist(function) -> None:
    # At m = 0.3 and beta = 10, c + beta lambda = -2 + 10 lambda is negative for lambda < 0.2.
    theta = np.array([[0.5, -0.5], [2.0, -2.0], [np.nan, np.nan]])
    values = function(Spectrum(theta, UNITS), Ensemble(10.0, 0.3))
    np.testing.assert_array_equal(np.isnan(values), [False, True, True])
