"""The splits F = A - C/beta: their own relations, and where they hold."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.thermodynamics import (
    WINDOWS,
    Ensemble,
    Spectrum,
    count_large,
    decompose,
    decompose_with_units,
    free_energy,
)

SPLITS = pytest.mark.parametrize("split", [decompose, decompose_with_units])
THETA = np.array([2.5, 0.8, 0.1, -1.0, -2.4])


@SPLITS
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("mass", [0.0, 0.2, -0.5])
@pytest.mark.parametrize("beta", [0.6, 1.7, 4.5])
def test_loss_and_entropy_are_derivatives_of_a(
    split, window: str, mass: float, beta: float
) -> None:
    # N_> is a step function of beta, so its own derivative is zero.
    with jax.enable_x64(True):
        spectrum = Spectrum(jnp.asarray(THETA), 3)

        def a(beta: jax.Array) -> jax.Array:
            return split(spectrum, Ensemble(beta, mass, WINDOWS[window])).thermodynamic_free_energy

        parts = split(spectrum, Ensemble(jnp.asarray(beta), mass, WINDOWS[window]))
        entropy = beta**2 * jax.grad(a)(beta)
        loss = jax.grad(lambda beta: beta * a(beta))(beta)
        np.testing.assert_allclose(parts.thermodynamic_entropy, entropy, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(parts.mean_loss, loss, rtol=1e-12)
        identity = beta * (parts.mean_loss - parts.thermodynamic_free_energy)
        np.testing.assert_allclose(parts.thermodynamic_entropy, identity, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_printed_parts_by_hand(beta: float) -> None:
    # beta = 1/2: two dynamical ones lie above 2; beta = 2: three of them above 1/2, and all ones.
    parts = decompose(Spectrum(THETA, 4), Ensemble(beta))
    large, sum_of_logs = {0.5: (2, 3.3), 2.0: (3 + 4, 3.4)}[beta]
    assert parts.large == large
    constant = 9 * 0.5 * np.log(2.0 * np.pi)
    np.testing.assert_allclose(parts.complexity, constant - 0.5 * sum_of_logs, rtol=1e-14)
    np.testing.assert_allclose(parts.mean_loss, large / (2.0 * beta), rtol=1e-14)
    np.testing.assert_allclose(
        parts.thermodynamic_entropy, 0.5 * large * (1.0 - np.log(beta)), rtol=1e-13
    )


def test_large_eigenvalues_are_counted_against_the_stiffness() -> None:
    spectrum = Spectrum(THETA, 4)
    assert count_large(spectrum, Ensemble(1.0)) == 3
    assert count_large(spectrum, Ensemble(0.1)) == 1  # lambda > 10
    assert count_large(spectrum, Ensemble(1.0, window=WINDOWS["matched"])) == 1  # lambda > 3
    assert count_large(spectrum, Ensemble(1.0, -9.5)) == 1  # lambda > 1 + 9.5
    np.testing.assert_array_equal(
        count_large(Spectrum(np.stack([THETA, -THETA]), 4), Ensemble(np.array([1.0, 0.5]))), [3, 2]
    )


@pytest.mark.parametrize("beta", [0.3, 1.0, 4.0])
def test_split_is_exact_where_every_eigenvalue_is_huge_or_tiny(beta: float) -> None:
    theta = np.array([70.0, 50.0, 45.0, -40.0, -55.0, -70.0])
    ensemble = Ensemble(beta)
    exact = free_energy(Spectrum(theta, 0), ensemble)
    np.testing.assert_allclose(
        decompose(Spectrum(theta, 0), ensemble).free_energy(beta), exact, rtol=1e-13
    )
    with_units = free_energy(Spectrum(theta, 20), ensemble)
    corrected = decompose_with_units(Spectrum(theta, 20), ensemble).free_energy(beta)
    np.testing.assert_allclose(corrected, with_units, rtol=1e-13)
    # The window's height is in C; for matched, only log c of the tiny ones is dropped.
    matched = Ensemble(beta, window=WINDOWS["matched"])
    error = decompose_with_units(Spectrum(theta, 20), matched).free_energy(beta) - free_energy(
        Spectrum(theta, 20), matched
    )
    np.testing.assert_allclose(error, -0.5 * 3 * np.log(3.0) / beta, rtol=1e-11)


@pytest.mark.parametrize("beta", [0.5, 1.0, 1.4])
def test_corrected_split_is_better_where_many_are_exactly_one(beta: float) -> None:
    theta = np.random.default_rng(4).normal(scale=2.0, size=80)
    spectrum, ensemble = Spectrum(theta - theta.mean(), 744), Ensemble(beta)
    exact = free_energy(spectrum, ensemble)
    printed = abs(decompose(spectrum, ensemble).free_energy(beta) - exact)
    corrected = abs(decompose_with_units(spectrum, ensemble).free_energy(beta) - exact)
    assert corrected < 0.1 * printed


@SPLITS
def test_missing_spectra_stay_missing(split) -> None:
    spectrum = Spectrum(np.stack([THETA, np.full(5, np.nan)]), 3)
    for part in split(spectrum, Ensemble(np.array([1.5, 1.5]))):
        np.testing.assert_array_equal(np.isnan(part), [False, True])


@SPLITS
def test_each_spectrum_is_split_at_its_own_beta(split) -> None:
    theta = np.random.default_rng(5).normal(size=(2, 3, 5))
    beta = np.random.default_rng(6).uniform(0.3, 3.0, (2, 3))
    together = split(Spectrum(theta, 4), Ensemble(beta))
    for at in np.ndindex(2, 3):
        alone = split(Spectrum(theta[at], 4), Ensemble(beta[at]))
        np.testing.assert_allclose([part[at] for part in together], alone, rtol=1e-13)
