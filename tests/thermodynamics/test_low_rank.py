"""The truncation of G against the matrix itself, and where its spectrum is known."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.thermodynamics import (
    Ensemble,
    Spectrum,
    count_large,
    large_truncation_error,
    truncation_error,
)


def shallow_net(seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    """A of a net 7-4 without hidden layers, its log lambda = +-2 asinh(s/2) and exact ones."""
    block = np.random.default_rng(seed).normal(size=(4, 7))
    A = np.zeros((11, 11))
    A[7:, :7] = block
    theta = 2.0 * np.arcsinh(0.5 * np.linalg.svd(block, compute_uv=False))
    return A, np.concatenate([theta, -theta]), 3


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_error_of_the_matrix(seed: int) -> None:
    A, theta, units = shallow_net(seed)
    B = np.eye(11) - A
    G = B.T @ B
    values, vectors = np.linalg.eigh(G)
    kept = np.arange(12)
    expected = []
    for n in kept:
        largest = vectors[:, 11 - n :]
        truncated = largest @ np.diag(values[11 - n :]) @ largest.T
        expected.append(np.linalg.norm(G - truncated) / np.linalg.norm(G))
    error = truncation_error(Spectrum(theta, units), kept)
    np.testing.assert_allclose(error, expected, rtol=1e-10, atol=1e-13)
    assert (error[0], error[-1]) == (1.0, 0.0)
    assert (np.diff(error) < 0.0).all()


def test_a_cycle_of_four() -> None:
    # G of a permutation of four: 4 sin^2(pi k/4) = 0, 2, 4, 2.
    theta = np.log([4.0, 2.0, 2.0, 1e-200])
    error = truncation_error(Spectrum(theta, 0), np.arange(5))
    np.testing.assert_allclose(error, np.sqrt([1.0, 8 / 24, 4 / 24, 0.0, 0.0]), atol=1e-14)


@pytest.mark.parametrize("beta", [0.05, 0.7, 1.0, 1.6, 40.0])
def test_the_large_ones_are_as_many_as_are_kept(beta: float) -> None:
    _, theta, units = shallow_net(0)
    spectrum, ensemble = Spectrum(theta, units), Ensemble(np.asarray(beta))
    kept = count_large(spectrum, ensemble) + units * (beta > 1.0)
    error = truncation_error(spectrum, np.array([kept]))[0]
    np.testing.assert_allclose(large_truncation_error(spectrum, ensemble), error, atol=1e-14)


def test_exact_ones_that_are_dropped_keep_the_error_up() -> None:
    # A21: it vanishes only in the limit of the large eigenvalue, not of the small one.
    kept = np.array([1])
    for theta in (1.0, 4.0, 9.0):
        error = truncation_error(Spectrum(np.array([theta, -theta]), 100), kept)[0]
        rest = 100.0 + np.exp(-2.0 * theta)
        np.testing.assert_allclose(error, np.sqrt(rest / (rest + np.exp(2.0 * theta))), rtol=1e-14)
