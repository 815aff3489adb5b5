"""Chains that are planted are found, cycles of permutations are those of their components."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from nnuniverse.physics.structure.chains import clean_chains, clean_edges
from nnuniverse.physics.structure.cycles import cycle_weight, cycles_of, following_of

CHAINS = [[0, 5, 3, 9], [1, 6, 8], [2, 7]]
INPUTS, OUTPUTS = np.array([0, 1, 2]), np.array([7, 8, 9])


def planted(noise: float = 0.0) -> np.ndarray:
    random = np.random.default_rng(3)
    matrix = noise * random.normal(size=(10, 10))
    for chain in CHAINS:
        for j, i in pairwise(chain):
            matrix[i, j] = random.choice([-1.0, 1.0]) * random.uniform(0.5, 1.5)
    return matrix


def found(matrix: np.ndarray, purity: float = 0.9) -> list[list[int]]:
    return [chain.tolist() for chain in clean_chains(matrix, INPUTS, OUTPUTS, purity)]


@pytest.mark.parametrize("purity", [0.1, 0.9, 1.0])
def test_planted_chains_are_found(purity: float) -> None:
    assert found(planted(), purity) == CHAINS
    assert found(-1e-200 * planted(), purity) == CHAINS


def test_chains_are_found_in_noise() -> None:
    assert found(planted(0.02)) == CHAINS
    assert found(planted(0.02), purity=1.0) == []


@pytest.mark.parametrize(("side", "chains"), [(0.3, 3), (0.35, 2)])
def test_a_side_link_above_purity_breaks_a_chain(side: float, chains: int) -> None:
    """Of a weight w, a side link of share 1 - purity, (side/w)^2 = 1/9, is at the edge."""
    matrix = np.sign(planted())
    matrix[4, 6] = side
    assert len(found(matrix)) == chains
    matrix = np.sign(planted())
    matrix[6, 4] = side
    assert len(found(matrix)) == chains


def test_a_chain_that_runs_into_a_loop_ends() -> None:
    matrix = np.zeros((10, 10))
    for j, i in ((0, 3), (3, 4), (4, 5), (5, 4)):
        matrix[i, j] = 1.0
    assert found(matrix, purity=0.5) == []


def test_zeros_have_no_clean_edges() -> None:
    assert (clean_edges(np.zeros((4, 4))) == -1).all()


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.floats(0.51, 1.0))
def test_clean_edges_are_a_partial_permutation(seed: int, neurons: int, purity: float) -> None:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(neurons, neurons)) * (random.random((neurons, neurons)) < 0.2)
    following = clean_edges(matrix, purity)
    reached = following[following >= 0]
    assert len(np.unique(reached)) == len(reached)
    assert (matrix[reached, np.flatnonzero(following >= 0)] != 0.0).all()


def components(following: np.ndarray) -> np.ndarray:
    """Return the sizes of the strong components that an edge leads around in, ascending."""
    there = np.flatnonzero(following >= 0)
    shape = (len(following), len(following))
    graph = sp.csr_array((np.ones(len(there)), (following[there], there)), shape=shape)
    _, component = connected_components(graph, connection="strong")
    sizes = np.bincount(component)
    loops = component[following == np.arange(len(following))]
    return np.sort(np.concatenate([sizes[sizes > 1], np.ones(len(loops), np.int64)]))


def test_cycles_of_a_million_are_the_components_of_csgraph() -> None:
    following = np.random.default_rng(0).permutation(1_000_000)
    cycles = cycles_of(following)
    lengths = np.array([len(cycle) for cycle in cycles])
    assert lengths.sum() == 1_000_000
    assert (np.sort(lengths) == components(following)).all()
    longest = cycles[int(lengths.argmax())]
    assert (following[longest] == np.roll(longest, -1)).all()


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 15))
def test_cycles_of_partial_permutations(seed: int, neurons: int) -> None:
    random = np.random.default_rng(seed)
    count = random.integers(0, neurons + 1)
    rows, columns = (random.permutation(neurons)[:count] for _ in range(2))
    following = following_of(rows, columns, neurons)
    cycles = cycles_of(following)
    assert sorted(map(len, cycles)) == components(following).tolist()
    assert all(cycle[0] == cycle.min() for cycle in cycles)


def test_weight_along_a_cycle() -> None:
    matrix = np.zeros((4, 4))
    matrix[2, 0], matrix[3, 2], matrix[0, 3], matrix[1, 1] = 2.0, -3.0, 5.0, 7.0
    cycles = cycles_of(following_of(*np.nonzero(matrix), 4))
    assert [cycle.tolist() for cycle in cycles] == [[0, 2, 3], [1]]
    assert [cycle_weight(matrix, cycle) for cycle in cycles] == [-30.0, 7.0]
