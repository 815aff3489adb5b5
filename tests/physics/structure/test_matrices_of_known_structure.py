"""Participation, singular values, blocks, nulls and free energies that are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnuniverse.physics.structure.block import block_of, closed, closed_block
from nnuniverse.physics.structure.cycle_free_energy import cycle_free_energy
from nnuniverse.physics.structure.null_quantiles import QUANTILES, null_quantiles
from nnuniverse.physics.structure.participation import participation
from nnuniverse.physics.structure.permutation_share import nearest_permutation
from nnuniverse.physics.structure.singular_values import singular_values

LAYER = np.array([0, 0, 1, 1, 1, 2, 2])
ALLOWED = LAYER[:, None] == LAYER[None, :] + 1


def wires() -> np.ndarray:
    matrix = np.zeros((7, 7))
    for j, i in ((0, 3), (1, 2), (3, 5), (2, 6)):
        matrix[i, j] = -2.0
    return matrix


def test_participation_counts_equal_entries() -> None:
    matrix = np.array([[3.0, 0.0, 0.0], [1.0, -1.0, 0.0], [2.0, 2.0, 2.0], [0.0, 0.0, 0.0]])
    expected = np.array([1.0, 2.0, 3.0, np.nan])
    np.testing.assert_allclose(participation(1e-200 * matrix), expected, rtol=1e-14)


def test_singular_values_of_a_partial_permutation_are_alike() -> None:
    found = singular_values(wires())
    assert found.spread == pytest.approx(0.0, abs=1e-14)
    assert found.stable_rank == pytest.approx(4.0, rel=1e-14)
    assert np.isnan(singular_values(np.zeros((2, 3)))).all()


def test_singular_values_of_two_sizes() -> None:
    found = singular_values(np.diag([1.0, 3.0, 0.0]))
    assert found.spread == pytest.approx(0.5)
    assert found.stable_rank == pytest.approx(10.0 / 9.0)


def test_wires_are_all_permutation_open_and_closed() -> None:
    """All of A between layers, for a wire leads from an input to an output."""
    inputs, outputs = np.array([0, 1]), np.array([5, 6])
    open_ends = block_of(wires(), ALLOWED, inputs, LAYER)
    assert open_ends.rows.tolist() == [2, 3, 4, 5, 6]
    assert open_ends.columns.tolist() == [0, 1, 2, 3, 4]
    joined = closed_block(wires(), ALLOWED, inputs, outputs, LAYER)
    assert joined.rows.tolist() == [0, 1, 2, 3, 4]
    for block in (open_ends, joined):
        assert nearest_permutation(block.matrix).share == 1.0
        assert block.allowed.sum() == ALLOWED.sum()
        assert (block.matrix[~block.allowed] == 0.0).all()
        assert block.groups is not None
        assert len(np.unique(block.groups[block.allowed])) == 2


def test_of_a_graph_the_block_is_that_of_the_free_neurons() -> None:
    matrix = np.arange(25.0).reshape(5, 5)
    block = block_of(matrix, np.ones((5, 5), bool), np.array([1, 3]), None)
    assert block.rows.tolist() == block.columns.tolist() == [0, 2, 4]
    assert (block.matrix == matrix[np.ix_([0, 2, 4], [0, 2, 4])]).all()


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9))
def test_closing_is_the_product_with_what_identifies_neurons(seed: int, neurons: int) -> None:
    random = np.random.default_rng(seed)
    matrix, order = random.normal(size=(neurons, neurons)), random.permutation(neurons)
    ends = int(random.integers(0, neurons // 2 + 1))
    inputs, outputs = order[:ends], order[ends : 2 * ends]
    into = np.eye(neurons)
    into[inputs, outputs] = 1.0
    kept = np.setdiff1d(np.arange(neurons), outputs)
    expected = (into @ matrix @ into.T)[np.ix_(kept, kept)]
    np.testing.assert_allclose(closed(matrix, inputs, outputs), expected, atol=1e-14)


@pytest.mark.parametrize("draws", [39, 200])
def test_the_null_has_the_size_that_it_says(draws: int) -> None:
    """Of numbers alike, one lies beyond the k-th of n others with the probability k/(n + 1)."""
    numbers = np.random.default_rng(draws).exponential(size=(draws + 1, 4000))
    low, median, high = null_quantiles(numbers[1:]).T
    beyond = int(QUANTILES[0] * (draws + 1)) / (draws + 1)
    for share in ((numbers[0] < low).mean(), (numbers[0] > high).mean()):
        assert abs(share - beyond) < 4.0 * np.sqrt(beyond / 4000)
    assert (median == np.median(numbers[1:], axis=0)).all()


@settings(max_examples=40)
@given(st.integers(1, 40), st.floats(0.05, 50.0), st.floats(0.05, 5.0), st.sampled_from([1, -1]))
def test_free_energy_of_a_cycle(length: int, beta: float, mass: float, sign: int) -> None:
    w = np.roll(np.eye(length), 1, axis=0)
    w[0] *= sign
    gram = (np.eye(length) - w).T @ (np.eye(length) - w)
    expected = np.linalg.slogdet(mass * np.eye(length) + beta * gram)[1] / (2.0 * beta)
    found = cycle_free_energy(length, beta, mass, sign)
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-10)


def test_free_energy_per_neuron_rises_with_the_length() -> None:
    per_neuron = [cycle_free_energy(n, 4.0) / n for n in (1, 2, 3, 4, 8, 1000)]
    printed = [0.0, 0.1771, 0.2137, 0.2259, 0.2346, 0.2352]
    np.testing.assert_allclose(per_neuron, printed, atol=5e-5)
    assert per_neuron == sorted(per_neuron)
