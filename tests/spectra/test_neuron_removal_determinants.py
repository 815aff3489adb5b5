"""log det(c + beta G) without each neuron, from one inverse, against that of smaller nets."""

from __future__ import annotations

from itertools import pairwise

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnuniverse.precision import in_float64
from nnuniverse.spectra import layered_removal_log_determinants, removal_log_determinants

BETAS = (0.5, 1.4, 20.0)


def log_determinant(coupling: np.ndarray, beta: float, stiffness: float = 1.0) -> float:
    residual = np.eye(len(coupling)) - coupling
    matrix = stiffness * np.eye(len(coupling)) + beta * residual.T @ residual
    return float(np.linalg.slogdet(matrix)[1])


def deleted(coupling: np.ndarray, neuron: int) -> np.ndarray:
    return np.delete(np.delete(coupling, neuron, 0), neuron, 1)


@pytest.mark.parametrize(("beta", "stiffness"), [*((beta, 1.0) for beta in BETAS), (1.4, 0.58)])
def test_all_removals_from_a_graph_of_thirty_neurons(beta: float, stiffness: float) -> None:
    """Cycles, skipping edges, self-couplings: whatever A is; five inputs receive nothing."""
    random, inputs = np.random.default_rng(1), 5
    coupling = random.normal(0, 0.25, (30, 30))
    coupling[:inputs] = 0.0
    whole = log_determinant(coupling, beta, stiffness)
    found = removal_log_determinants(
        coupling[inputs:, :inputs], coupling[inputs:, inputs:], beta, stiffness
    )
    expected = [
        log_determinant(deleted(coupling, neuron), beta, stiffness) - whole
        for neuron in range(inputs, 30)
    ]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    assert np.ptp(expected) > 0.1


@pytest.mark.parametrize("beta", BETAS)
def test_all_removals_from_layers(beta: float) -> None:
    random, sizes = np.random.default_rng(2), (12, 8, 6, 4)
    blocks = [random.normal(0, 0.5, (b, a)) for a, b in pairwise(sizes)]
    coupling, ends = np.zeros((30, 30)), np.cumsum((0, *sizes))
    for l, block in enumerate(blocks):
        coupling[ends[l + 1] : ends[l + 2], ends[l] : ends[l + 1]] = block
    found = layered_removal_log_determinants(blocks, beta, 1.0)
    whole = log_determinant(coupling, beta)
    expected = [log_determinant(deleted(coupling, i), beta) - whole for i in range(12, 30)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@settings(max_examples=20)
@given(st.floats(0.1, 50.0), st.floats(0.0, 3.0), st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_isolated_neuron_in_closed_form(
    beta: float, stiffness: float, neuron: int, seed: int
) -> None:
    """-log(c + beta): its row and column are gone; masked in place it would change nothing."""
    coupling = np.random.default_rng(seed).normal(0, 0.3, (6, 9))
    coupling[neuron] = coupling[:, 3 + neuron] = 0.0
    found = removal_log_determinants(coupling[:, :3], coupling[:, 3:], beta, stiffness)
    assert found[neuron] == pytest.approx(-np.log(stiffness + beta), rel=1e-12)


@in_float64
def test_outside_the_domain_there_is_nothing() -> None:
    coupling = np.random.default_rng(0).normal(0, 0.3, (6, 9))
    for stiffness in (-2.0, -1.0):
        found = removal_log_determinants(coupling[:, :3], coupling[:, 3:], 1.0, stiffness)
        assert np.isnan(found).all()


def test_compiles_inside_a_program_of_float32() -> None:
    coupling = np.float32(np.random.default_rng(0).normal(0, 0.3, (6, 9)))
    found = jax.jit(removal_log_determinants)(coupling[:, :3], coupling[:, 3:], 1.0, 1.0)
    assert found.dtype == np.float64
