"""The share of a matrix that is a permutation, against what is known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnuniverse.physics.structure.permutation_share import nearest_permutation, shuffled_shares


def weighted_permutation(neurons: int, random: np.random.Generator) -> np.ndarray:
    matrix = np.zeros((neurons, neurons))
    matrix[np.arange(neurons), random.permutation(neurons)] = random.normal(size=neurons)
    return matrix


@pytest.mark.parametrize("neurons", [1, 2, 17, 200])
def test_weighted_permutation_is_all_permutation(neurons: int) -> None:
    matrix = weighted_permutation(neurons, np.random.default_rng(neurons))
    found = nearest_permutation(matrix)
    assert abs(found.share - 1.0) <= 1e-15
    assert (np.flatnonzero(matrix) == found.rows * neurons + found.columns).all()


@pytest.mark.parametrize("neurons", [2, 5, 16, 100])
def test_all_to_all_without_self_loops(neurons: int) -> None:
    found = nearest_permutation(np.ones((neurons, neurons)) - np.eye(neurons))
    assert found.share == pytest.approx(1.0 / (neurons - 1), rel=1e-14)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9))
def test_share_depends_on_neither_order_nor_signs_nor_scale(
    seed: int, rows: int, columns: int
) -> None:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(rows, columns)) * (random.random((rows, columns)) < 0.7)
    share = nearest_permutation(matrix).share
    signs = random.choice([-1.0, 1.0], size=matrix.shape)
    moved = (1e-150 * signs * matrix)[random.permutation(rows)][:, random.permutation(columns)]
    assert nearest_permutation(moved).share == pytest.approx(share, rel=1e-13, nan_ok=True)
    assert nearest_permutation(matrix.T).share == pytest.approx(share, rel=1e-13, nan_ok=True)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_share_is_the_largest_of_all_permutations(seed: int, neurons: int) -> None:
    from itertools import permutations

    matrix = np.random.default_rng(seed).normal(size=(neurons, neurons))
    squares = matrix**2
    best = max(squares[np.arange(neurons), list(p)].sum() for p in permutations(range(neurons)))
    assert nearest_permutation(matrix).share == pytest.approx(best / squares.sum(), rel=1e-13)


def test_zeros_have_no_share() -> None:
    found = nearest_permutation(np.zeros((3, 4)))
    assert np.isnan(found.share)
    assert len(found.rows) == len(found.columns) == 0


def test_shuffling_keeps_entries_in_their_group() -> None:
    """Of groups with equal entries each, nothing is left to shuffle: Q stays what it is."""
    groups = np.arange(12).reshape(4, 3) % 3
    matrix = 1.0 + groups
    shares = shuffled_shares(matrix, matrix > 0.0, 5, np.random.default_rng(0), groups)
    assert shares == pytest.approx(nearest_permutation(matrix).share)


def test_shuffling_stays_on_the_edges() -> None:
    """Where the only edges are those of a permutation, entries are one wherever they are."""
    random = np.random.default_rng(1)
    matrix = weighted_permutation(9, random)
    shares = shuffled_shares(matrix, matrix != 0.0, 6, random)
    assert (shares == 1.0).all()
    assert (shuffled_shares(matrix, np.ones((9, 9), bool), 6, random) < 1.0).any()
