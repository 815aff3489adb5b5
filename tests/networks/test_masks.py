"""Which neurons each mask connects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnuniverse.errors import ConfigError
from nnuniverse.networks.masks import (
    Mask,
    block_mask,
    full_mask,
    lattice_mask,
    layers_mask,
    permutation_mask,
    random_mask,
)


def matrix(mask: Mask) -> np.ndarray:
    allowed = np.zeros((mask.neurons, mask.neurons), int)
    np.add.at(allowed, (mask.rows, mask.columns), 1)
    return allowed


def test_full() -> None:
    np.testing.assert_array_equal(matrix(full_mask(4)), 1 - np.eye(4, dtype=int))
    np.testing.assert_array_equal(matrix(full_mask(4, self_loops=True)), np.ones((4, 4)))


@given(st.integers(2, 30), st.data())
def test_random_links(neurons: int, data: st.DataObject) -> None:
    links = data.draw(st.integers(1, neurons - 1))
    allowed = matrix(random_mask(neurons, links, seed=data.draw(st.integers(0, 9))))
    np.testing.assert_array_equal(allowed.sum(axis=1), links)
    assert allowed.max() == 1
    assert not np.diag(allowed).any()


def test_random_probability() -> None:
    allowed = matrix(random_mask(300, probability=0.1, seed=2))
    assert allowed.max() == 1
    assert not np.diag(allowed).any()
    assert abs(allowed.sum() - 8970) < 5 * np.sqrt(8970 * 0.9)
    assert abs(allowed[:150].sum() - allowed[150:].sum()) < 5 * np.sqrt(8970)


def test_seeds_differ() -> None:
    assert (matrix(random_mask(20, 4, seed=0)) != matrix(random_mask(20, 4, seed=1))).any()
    np.testing.assert_array_equal(random_mask(20, 4, seed=7).columns, random_mask(20, 4, seed=7)[2])


def test_ring_and_chain() -> None:
    ring = np.roll(np.eye(5, dtype=int), 1, axis=0) + np.roll(np.eye(5, dtype=int), -1, axis=0)
    np.testing.assert_array_equal(matrix(lattice_mask((5,))), ring)
    chain = np.eye(5, k=1, dtype=int) + np.eye(5, k=-1, dtype=int)
    np.testing.assert_array_equal(matrix(lattice_mask((5,), periodic=False)), chain)
    twice = chain + np.eye(5, k=2, dtype=int) + np.eye(5, k=-2, dtype=int)
    reach = lattice_mask((5,), periodic=False, neighbours=2)
    np.testing.assert_array_equal(matrix(reach), twice)
    np.testing.assert_array_equal(matrix(lattice_mask((2,), neighbours=2)), [[0, 1], [1, 0]])


def test_square_lattice_is_a_sum_of_chains() -> None:
    for periodic in (True, False):
        first, second = (matrix(lattice_mask((n,), periodic)) for n in (4, 5))
        expected = np.kron(first, np.eye(5)) + np.kron(np.eye(4), second)
        np.testing.assert_array_equal(matrix(lattice_mask((4, 5), periodic)), expected)


def test_permutation() -> None:
    mask = permutation_mask([3, 1, 2])
    w = np.zeros((6, 6))
    w[mask.rows, mask.columns] = mask.weights
    np.testing.assert_array_equal(w @ np.arange(6), [2, 0, 1, 3, 5, 4])
    assert permutation_mask([3], weight=None).weights is None


def test_blocks() -> None:
    allowed = matrix(block_mask((2, 3), [(0, 1), (1, 1)]))
    np.testing.assert_array_equal(allowed[2:, :2], 1)
    np.testing.assert_array_equal(allowed[2:, 2:], 1 - np.eye(3))
    assert not allowed[:2].any()


def test_impossible_masks() -> None:
    with pytest.raises(ConfigError, match=r"links` must be at most the 3 other neurons, but is 4"):
        random_mask(4, links=4)
    with pytest.raises(ConfigError, match="must join blocks 0 to 1, but names 2"):
        block_mask((2, 3), [(0, 2)])


def test_layers_are_full_blocks_or_random_links_from_the_one_before() -> None:
    np.testing.assert_array_equal(matrix(layers_mask((2, 3, 1))), matrix(block_mask((2, 3, 1))))
    sparse, full = matrix(layers_mask((6, 9, 5), links=4)), matrix(block_mask((6, 9, 5)))
    assert (sparse <= full).all()
    np.testing.assert_array_equal(sparse.sum(axis=1), [0] * 6 + [4] * 14)
    assert (sparse != matrix(layers_mask((6, 9, 5), links=4, seed=1))).any()
    counts = sum(matrix(layers_mask((6, 300), links=2, seed=seed))[6:, :6] for seed in range(5))
    received = counts.sum(axis=0)
    assert np.abs(received - 500).max() < 5 * np.sqrt(1500 / 3 * 2 / 3), "senders are alike"


def test_layers_with_more_links_than_senders() -> None:
    with pytest.raises(ConfigError, match="at most the 3 neurons of the smallest layer that sends"):
        layers_mask((8, 3, 9), links=4)
