"""The limits of large and small eigenvalues: by hand, where they are reached, and what is left."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.thermodynamics import (
    WINDOWS,
    Ensemble,
    Spectrum,
    canonical_entropy,
    counted_laplacian,
    decompose,
    decompose_with_units,
    entropy_from_loss,
    entropy_remainder,
    free_energy,
    large_truncation_error,
    log_partition,
    log_sums,
    mean_loss,
    negative_laplacian,
    printed_counted_laplacian,
    printed_entropy_from_loss,
    printed_entropy_remainder,
    truncation_error,
)

THETA = np.array([2.5, 0.8, 0.1, -1.0, -2.4])
FAR = np.array([40.0, 40.0, -40.0, -40.0, -40.0])
"""Eigenvalues that have reached both limits."""

ENSEMBLES = [
    Ensemble(np.asarray(beta), mass, WINDOWS[window])
    for beta in (0.3, 0.8, 1.7, 4.5)
    for mass in (0.0, 0.08, -0.5)
    for window in WINDOWS
]

FUNCTIONS = (
    entropy_remainder,
    printed_entropy_remainder,
    printed_entropy_from_loss,
    counted_laplacian,
    printed_counted_laplacian,
    large_truncation_error,
    *(lambda s, e, part=part: log_sums(s, e)[part] for part in range(5)),
)


# --- the inequality before (6.6) ---------------------------------------------------------------


def test_sums_by_hand() -> None:
    # beta = 1/2: two dynamical ones above 2, and the exact ones are small.
    sums = log_sums(Spectrum(THETA, 4), Ensemble(np.asarray(0.5)))
    values = np.exp(THETA)
    np.testing.assert_allclose(sums.large, np.log(1.0 + values[:2] / 2.0).sum(), rtol=1e-14)
    np.testing.assert_allclose(sums.large_limit, 3.3 + 2.0 * np.log(0.5), rtol=1e-14)
    small = np.append(values[2:], np.ones(4)) / 2.0
    np.testing.assert_allclose(sums.small, np.log(1.0 + small).sum(), rtol=1e-14)
    np.testing.assert_allclose(sums.small_limit, small.sum(), rtol=1e-14)
    np.testing.assert_allclose(sums.units, 4.0 * np.log(1.5), rtol=1e-14)
    # beta = 2: with two more dynamical ones above 1/2 the exact ones have changed sides.
    sums = log_sums(Spectrum(THETA, 4), Ensemble(np.asarray(2.0)))
    np.testing.assert_allclose(sums.large_limit, 3.4 + 7.0 * np.log(2.0), rtol=1e-14)
    np.testing.assert_allclose(sums.small_limit, 2.0 * values[3:].sum(), rtol=1e-14)
    # With c = 3 the third and the exact ones are small at beta = 2.
    sums = log_sums(Spectrum(THETA, 4), Ensemble(np.asarray(2.0), 0.0, WINDOWS["matched"]))
    np.testing.assert_allclose(sums.large_limit, 3.3 + 2.0 * np.log(2.0), rtol=1e-14)
    small = np.append(values[2:], np.ones(4))
    np.testing.assert_allclose(
        sums.small_limit, 7.0 * np.log(3.0) + 2.0 * small.sum() / 3.0, rtol=1e-14
    )


@pytest.mark.parametrize("ensemble", ENSEMBLES)
def test_both_sums_are_the_free_energy(ensemble: Ensemble) -> None:
    spectrum = Spectrum(THETA, 4)
    sums = log_sums(spectrum, ensemble)
    constant = spectrum.neurons * (ensemble.window.log_height + 0.5 * np.log(2.0 * np.pi))
    whole = constant - 0.5 * (sums.large + sums.small)
    np.testing.assert_allclose(whole, log_partition(spectrum, ensemble), rtol=1e-13)


@pytest.mark.parametrize("beta", [0.3, 4.5])
def test_the_limits_of_the_sums_are_reached(beta: float) -> None:
    sums = log_sums(Spectrum(FAR, 0), Ensemble(np.asarray(beta), 0.0, WINDOWS["matched"]))
    np.testing.assert_allclose(sums.large, sums.large_limit, rtol=1e-14)
    np.testing.assert_allclose(sums.small, sums.small_limit, rtol=1e-14)


def test_where_c_is_not_positive_all_eigenvalues_are_large() -> None:
    theta = np.array([1.0, 0.5, 0.3])
    for mass in (0.5, 0.9):  # c = 0 and -0.8 at beta = 2
        ensemble = Ensemble(np.asarray(2.0), mass)
        sums = log_sums(Spectrum(theta, 2), ensemble)
        assert sums.small == sums.small_limit == 0.0
        np.testing.assert_allclose(sums.large_limit, 1.8 + 5.0 * np.log(2.0), rtol=1e-14)
        assert printed_counted_laplacian(Spectrum(theta, 2), ensemble) == 0.0
        units = 2.0 * (ensemble.stiffness + 2.0) ** -2.0
        np.testing.assert_allclose(counted_laplacian(Spectrum(theta, 2), ensemble), units)


# --- (7.2) -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ensemble", ENSEMBLES)
def test_exact_ones_alone_leave_nothing(ensemble: Ensemble) -> None:
    spectrum = Spectrum(np.empty(0), 7)
    np.testing.assert_allclose(entropy_remainder(spectrum, ensemble), 0.0, atol=1e-13)


@pytest.mark.parametrize("beta", [1.2, 2.0, 50.0])
def test_what_the_printed_split_leaves_of_exact_ones(beta: float) -> None:
    remainder = printed_entropy_remainder(Spectrum(np.empty(0), 7), Ensemble(beta))
    expected = -3.5 * (np.log1p(1.0 / beta) + 1.0 / (1.0 + beta))
    np.testing.assert_allclose(remainder, expected, rtol=1e-12)


@pytest.mark.parametrize("ensemble", ENSEMBLES)
@pytest.mark.parametrize(
    ("remainder", "split"),
    [
        (entropy_remainder, decompose_with_units),
        (printed_entropy_remainder, decompose),
    ],
)
def test_the_remainder_is_that_of_loss_and_free_energy(remainder, split, ensemble) -> None:
    spectrum, beta = Spectrum(THETA, 4), ensemble.beta
    parts = split(spectrum, ensemble)
    np.testing.assert_allclose(
        canonical_entropy(spectrum, ensemble),
        parts.thermodynamic_entropy + parts.complexity + remainder(spectrum, ensemble),
        rtol=1e-13,
    )
    loss = mean_loss(spectrum, ensemble) - parts.mean_loss
    energy = free_energy(spectrum, ensemble) - parts.free_energy(beta)
    np.testing.assert_allclose(
        remainder(spectrum, ensemble), beta * (loss - energy), rtol=1e-11, atol=1e-12
    )


def test_entropy_decomposes_in_the_limit() -> None:
    spectrum, ensemble = Spectrum(FAR, 6), Ensemble(np.asarray(1.7))
    np.testing.assert_allclose(entropy_remainder(spectrum, ensemble), 0.0, atol=1e-12)


# --- (7.4) -------------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [0.2, 1.0, 30.0])
def test_both_lines_of_the_entropy_are_one_where_u_is_half_n_over_beta(beta: float) -> None:
    large = np.array([1.0, 5.0, 844.0])
    first = 0.5 * large * (1.0 - np.log(beta))
    np.testing.assert_allclose(entropy_from_loss(large, large / (2.0 * beta)), first, rtol=1e-12)


@pytest.mark.parametrize("ensemble", ENSEMBLES)
def test_elsewhere_the_lines_differ_by_the_error_of_u(ensemble: Ensemble) -> None:
    spectrum = Spectrum(THETA, 4)
    first, loss = decompose(spectrum, ensemble), mean_loss(spectrum, ensemble)
    if loss > 0.0 and first.large:
        error = 0.5 * first.large * np.log(loss / first.mean_loss)
        second = printed_entropy_from_loss(spectrum, ensemble)
        np.testing.assert_allclose(second, first.thermodynamic_entropy + error, rtol=1e-12)


def test_no_large_eigenvalue_has_no_entropy() -> None:
    large = np.array([0.0, 0.0, 2.0, np.nan])
    loss = np.array([0.3, np.nan, np.nan, 0.3])
    np.testing.assert_array_equal(entropy_from_loss(large, loss), [0.0, np.nan, np.nan, np.nan])


# --- (8.12) ------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", WINDOWS)
def test_the_laplacian_counts_the_small_ones_in_the_limit(window: str) -> None:
    ensemble = Ensemble(np.asarray(1.7), 0.0, WINDOWS[window])
    exact = negative_laplacian(Spectrum(FAR, 6), ensemble)
    np.testing.assert_allclose(counted_laplacian(Spectrum(FAR, 6), ensemble), exact, rtol=1e-14)
    alone = Spectrum(FAR, 0)
    exact = negative_laplacian(alone, ensemble)
    np.testing.assert_allclose(printed_counted_laplacian(alone, ensemble), exact, rtol=1e-14)
    if window == "unit":
        np.testing.assert_allclose(exact, 0.5 * 1.7 * 3, rtol=1e-14)


@pytest.mark.parametrize("window", WINDOWS)
def test_the_mean_state_has_its_limit_too(window: str) -> None:
    spectrum = Spectrum(FAR, 6, np.array([0.5, 0.1, 0.3, 0.2, 0.7]), np.asarray(0.4))
    ensemble = Ensemble(np.asarray(1.7), 0.1, WINDOWS[window])
    exact = negative_laplacian(spectrum, ensemble)
    np.testing.assert_allclose(counted_laplacian(spectrum, ensemble), exact, rtol=1e-14)
    at_rest = Ensemble(np.asarray(1.7))  # else the small ones have log c, which no split keeps
    np.testing.assert_allclose(entropy_remainder(spectrum, at_rest), 0.0, atol=1e-12)


@pytest.mark.parametrize("ensemble", ENSEMBLES)
def test_the_count_is_off_by_no_more_than_its_limits_say(ensemble: Ensemble) -> None:
    spectrum = Spectrum(THETA, 4)
    exact, counted = (f(spectrum, ensemble) for f in (negative_laplacian, counted_laplacian))
    unit = 0.5 * ensemble.beta * ensemble.stiffness**-2.0
    small = (ensemble.beta * np.exp(THETA) <= ensemble.stiffness).sum()
    assert -0.75 * small * unit <= exact - counted <= 0.25 * (len(THETA) - small) * unit


def test_the_printed_count_jumps_where_the_exact_ones_change_sides() -> None:
    before, after = (
        printed_counted_laplacian(Spectrum(THETA, 400), Ensemble(np.asarray(beta)))
        for beta in (1.0, 1.0 + 1e-9)
    )
    np.testing.assert_allclose(before - after, 200.0, rtol=1e-6)


# --- all of them -------------------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS)
def test_numpy_and_jax_agree_and_what_is_missing_stays_so(function) -> None:
    theta = np.stack([THETA, THETA[::-1], np.full(5, np.nan)])
    beta = np.array([0.5, 1.7, 0.5])
    here = function(Spectrum(theta, 4), Ensemble(beta, -0.3))
    with jax.enable_x64(True):
        there = jax.jit(lambda t, b: function(Spectrum(t, 4), Ensemble(b, -0.3)))(
            jnp.asarray(theta), jnp.asarray(beta)
        )
    np.testing.assert_allclose(here, there, rtol=1e-12)
    assert np.isfinite(here[:2]).all()
    if function is not FUNCTIONS[-1]:  # that of the exact ones does not need the others
        assert np.isnan(here[2])


def test_truncation_error_of_arrays_of_jax() -> None:
    kept = np.array([0, 1, 4, 9])
    with jax.enable_x64(True):
        there = truncation_error(Spectrum(jnp.asarray(THETA), 4), jnp.asarray(kept))
    np.testing.assert_allclose(truncation_error(Spectrum(THETA, 4), kept), there, rtol=1e-13)
