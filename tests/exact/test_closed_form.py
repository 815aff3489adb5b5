"""Spectra that README.md of this folder derives in closed form; the section is in each name."""

from __future__ import annotations

from itertools import pairwise

import jax
import numpy as np
import pytest
import scipy.linalg

from nnuniverse.networks.coupling import coupling_matrix
from nnuniverse.networks.initialisation import initialise
from nnuniverse.networks.layered import Layered
from nnuniverse.observables.moments import trace_of_power
from nnuniverse.observables.power_norms import power_norms
from nnuniverse.spectra import dense_log_eigenvalues, reduced_log_eigenvalues

ROUNDING = 1e-12

# Compiled, as in the training program; op by op, every new shape would cost a second.
reduced_spectrum = jax.jit(reduced_log_eigenvalues)
dense_spectrum = jax.jit(dense_log_eigenvalues)
whole = jax.jit(coupling_matrix)
norms_of_powers = jax.jit(power_norms)


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


def random_blocks(sizes: tuple[int, ...], scale: float = 1.0) -> list[np.ndarray]:
    random = np.random.default_rng(sum(sizes))
    return [
        scale * random.normal(size=(rows, columns)) / np.sqrt(columns)
        for columns, rows in pairwise(sizes)
    ]


def chain_log_eigenvalues(neurons: int) -> np.ndarray:
    """Section 3, descending."""
    m = np.arange(neurons, 0, -1)
    return 2.0 * np.log(2.0 * np.sin((2 * m - 1) * np.pi / (4 * neurons + 2)))


@pytest.mark.parametrize("sizes", [(5, 3), (6, 4, 2), (1, 1, 1)])
def test_1_zero_weights_have_all_eigenvalues_one(sizes: tuple[int, ...]) -> None:
    blocks = [0.0 * block for block in random_blocks(sizes)]
    reduced = np.asarray(reduced_spectrum(blocks))
    np.testing.assert_array_equal(reduced, np.zeros(Layered(sizes).dynamical_eigenvalues))
    dense = np.asarray(dense_spectrum(whole(blocks)))
    np.testing.assert_array_equal(dense, np.zeros(sum(sizes)))


@pytest.mark.parametrize("sizes", [(30, 6), (4, 4), (5, 12), (1, 1), (7, 1)])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 10.0])
def test_2_two_layers(sizes: tuple[int, int], scale: float) -> None:
    (block,) = random_blocks(sizes, scale)
    theta = 2.0 * np.arcsinh(np.linalg.svd(block, compute_uv=False) / 2.0)
    expected = np.sort(np.concatenate([theta, -theta]))[::-1]
    reduced = np.asarray(reduced_spectrum([block]))
    np.testing.assert_allclose(reduced, expected, rtol=0, atol=ROUNDING)
    # An error d of theta is one of 3 theta^2 d of its cube.
    np.testing.assert_allclose(trace_of_power(reduced, 3), 0.0, atol=ROUNDING * np.sum(theta**2))


@pytest.mark.parametrize("neurons", [2, 3, 4, 7, 12])
def test_3_chain(neurons: int) -> None:
    blocks = [np.ones((1, 1))] * (neurons - 1)
    expected = chain_log_eigenvalues(neurons)
    reduced = np.asarray(reduced_spectrum(blocks))
    np.testing.assert_allclose(reduced, expected, rtol=0, atol=ROUNDING)
    dense = np.asarray(dense_spectrum(whole(blocks)))
    np.testing.assert_allclose(dense, expected, rtol=0, atol=ROUNDING)


def test_4_orthogonal_layers_are_copies_of_a_chain() -> None:
    width, layers = 4, 3
    key = jax.random.key(3, impl="unsafe_rbg")
    net = initialise(key, Layered((width,) * layers), "orthogonal")
    reduced = np.asarray(reduced_spectrum([layer.weights for layer in net]))
    expected = np.repeat(chain_log_eigenvalues(layers), width)
    # The weights are drawn in float32, so they are orthogonal to its rounding only.
    np.testing.assert_allclose(reduced, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("sizes", [(6, 3), (3, 5)])
def test_5_logarithm_of_two_layers(sizes: tuple[int, int]) -> None:
    blocks = random_blocks(sizes, 1.5)
    A = np.asarray(whole(blocks))
    expected = scipy.linalg.logm((np.eye(len(A)) - A).T @ (np.eye(len(A)) - A))

    def K(symmetric: np.ndarray) -> np.ndarray:
        squares, vectors = np.linalg.eigh(symmetric)
        theta = 2.0 * np.arcsinh(np.sqrt(np.maximum(squares, 0.0)) / 2.0)
        ratio = np.where(theta < 1e-6, 1.0, theta / np.sinh(np.maximum(theta, 1e-6)))
        return (vectors * ratio) @ vectors.T

    inputs, outputs = A.T @ A, A @ A.T
    log_g = 0.5 * K(inputs) @ inputs - 0.5 * K(outputs) @ outputs - K(outputs) @ A - K(inputs) @ A.T
    np.testing.assert_allclose(log_g, expected, rtol=0, atol=ROUNDING)

    reduced = np.asarray(reduced_spectrum(blocks))
    padded = np.sort(np.concatenate([reduced, np.zeros(sum(sizes) - len(reduced))]))
    np.testing.assert_allclose(padded, np.linalg.eigvalsh(log_g), rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(trace_of_power(reduced, 2), np.trace(log_g @ log_g), rtol=ROUNDING)


@pytest.mark.parametrize("sizes", [(9, 6), (9, 6, 4), (8, 5, 7, 3), (6, 5, 4, 5, 2)])
def test_6_sinh_identity(sizes: tuple[int, ...]) -> None:
    blocks = random_blocks(sizes)
    A = np.asarray(whole(blocks))
    powers = [np.linalg.matrix_power(A, k) for k in range(2, len(sizes))]
    expected = -0.5 * sum(np.sum(power**2) for power in powers)
    sinh = np.sinh(np.asarray(reduced_spectrum(blocks)))
    # Large terms of both signs cancel, so rounding is relative to them.
    np.testing.assert_allclose(sinh.sum(), expected, rtol=0, atol=ROUNDING * np.abs(sinh).sum())
    np.testing.assert_allclose(-0.5 * np.sum(norms_of_powers(blocks)), expected, rtol=ROUNDING)
