"""What is left of planted chains and loops in another net."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.physics.structure.kept_structures import (
    KeptStructures,
    chains_of,
    crossed_chains,
    edges_that_count,
)
from nnuniverse.physics.structure.perturbed import STRUCTURES

WIRES, LAYERS = 5, 4
NEURONS = WIRES * LAYERS
LAYER = np.repeat(np.arange(LAYERS), WIRES)
INPUTS, OUTPUTS = np.arange(WIRES), np.arange(NEURONS - WIRES, NEURONS)


def wires(random: np.random.Generator) -> np.ndarray:
    """One chain from every input, through neurons in random order, of random weights."""
    matrix = np.zeros((NEURONS, NEURONS))
    for layer in range(1, LAYERS):
        to = WIRES * layer + random.permutation(WIRES)
        matrix[to, WIRES * (layer - 1) + np.arange(WIRES)] = random.uniform(0.5, 1.5, WIRES)
    return matrix


def structures(matrix: np.ndarray, layer: np.ndarray | None = LAYER) -> KeptStructures:
    kept = matrix != 0
    return KeptStructures.of(matrix, kept, chains_of(matrix, kept, INPUTS, OUTPUTS), layer)


def left(before: KeptStructures, matrix: np.ndarray) -> dict[str, np.ndarray]:
    kept = matrix != 0
    chains = chains_of(matrix, kept, INPUTS, OUTPUTS)
    return before.left_in(kept, chains, 50, np.random.default_rng(0))


@pytest.fixture
def matrix() -> np.ndarray:
    return wires(np.random.default_rng(2))


def test_a_net_survives_as_itself(matrix: np.ndarray) -> None:
    before = structures(matrix)
    assert before.counts.tolist() == [WIRES * (LAYERS - 1), WIRES, 0, 0, 0]
    found = left(before, -2.0 * matrix)
    assert found["survival"][:2].tolist() == [1.0, 1.0]
    assert np.isnan(found["survival"][2:]).all()
    assert found["survival_independent"][:2].tolist() == [1.0, 1.0]
    assert found["chain_survival_in_layers"] == 1.0
    assert found["same_chains"] == found["chains_after"] == WIRES
    assert found["edges_after"] == WIRES * (LAYERS - 1)


def test_a_chain_dies_with_any_of_its_edges(matrix: np.ndarray) -> None:
    before = structures(matrix)
    cut = matrix.copy()
    first, middle = sorted(before.chains)[0][1:3]
    cut[middle, first] = 0.0
    found = left(before, cut)
    edges = WIRES * (LAYERS - 1)
    assert found["survival"][:2] == pytest.approx([1.0 - 1.0 / edges, 1.0 - 1.0 / WIRES])
    assert found["chain_survival_in_layers"] == pytest.approx(1.0 - 1.0 / WIRES)
    assert found["same_chains"] == found["chains_after"] == WIRES - 1


def test_crossed_chains_have_an_edge_of_each_of_several(matrix: np.ndarray) -> None:
    before = structures(matrix)
    assert len(before.crossed) == WIRES
    one = min(before.chains)
    gone = matrix.copy()
    gone[list(one[1:]), list(one[:-1])] = 0.0
    found = left(before, gone)
    assert found["survival"][1] == 1.0 - 1.0 / WIRES
    assert found["crossed_survival"] == 1.0 - (LAYERS - 1) / WIRES
    alone = found["crossed_survival_independent"]
    assert alone == pytest.approx((1.0 - 1.0 / WIRES) ** (LAYERS - 1), abs=0.1)
    kept = [edges[:2] for edges in np.arange(6).reshape(2, 3)]
    assert [edges.tolist() for edges in crossed_chains(kept)] == [[0, 4], [3, 1]]
    assert crossed_chains(kept[:1]) == []


def test_a_chain_whose_edges_are_kept_need_not_be_clean_again(matrix: np.ndarray) -> None:
    before = structures(matrix)
    joined = matrix.copy()
    one, other = sorted(before.chains)[:2]
    joined[other[1], one[0]] = matrix[one[1], one[0]]
    found = left(before, joined)
    assert found["survival"][1] == 1.0
    assert found["same_chains"] == WIRES - 2


def test_other_chains_are_as_many_but_none_of_the_same(matrix: np.ndarray) -> None:
    before = structures(matrix)
    moved = np.zeros_like(matrix)
    turned = np.where(LAYER == 1, WIRES + (np.arange(NEURONS) + 1) % WIRES, np.arange(NEURONS))
    moved[np.ix_(turned, turned)] = matrix
    found = left(before, moved)
    assert found["chains_after"] == WIRES
    assert found["same_chains"] == 0
    assert found["survival"][0] == pytest.approx(1.0 / 3.0)
    assert found["survival"][1] == 0.0


def test_loops_are_counted_by_their_edges() -> None:
    graph = np.zeros((6, 6))
    for j, i in ((0, 1), (1, 0), (1, 2), (2, 3), (3, 1), (0, 2)):
        graph[i, j] = 1.0
    before = structures_of_graph(graph)
    counts = dict(zip(STRUCTURES, before.counts.tolist(), strict=True))
    assert counts == {"edge": 6, "chain": 0, "loop2": 1, "loop3": 1, "ffl": 2}
    without = graph.copy()
    without[1, 3] = 0.0
    survived = before.left_in(without != 0, frozenset(), 9, np.random.default_rng(0))["survival"]
    assert survived.tolist() == pytest.approx([5 / 6, np.nan, 1.0, 0.0, 1.0], nan_ok=True)


def structures_of_graph(graph: np.ndarray) -> KeptStructures:
    return KeptStructures.of(graph, graph != 0, frozenset(), None)


def test_the_strongest_edges_count() -> None:
    random = np.random.default_rng(4)
    matrix = random.normal(size=(7, 7)) * (random.random((7, 7)) < 0.6)
    present = matrix != 0
    assert edges_that_count(matrix, present, None) is present
    for keep in (1, 5, int(present.sum())):
        kept = edges_that_count(matrix, present, keep)
        assert kept.sum() == keep
        assert np.abs(matrix[kept]).min() >= np.abs(matrix[~kept]).max(initial=0.0)
    assert edges_that_count(matrix, present, 1000).sum() == present.sum()
    even = edges_that_count(np.ones((3, 3)), np.eye(3, dtype=bool), 2)
    assert (even <= np.eye(3, dtype=bool)).all()
    assert even.sum() == 2
