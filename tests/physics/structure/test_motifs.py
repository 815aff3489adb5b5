"""Motifs, counted by products of matrices, against networkx and against their list."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from nnuniverse.physics.structure.motifs import Motifs, motif_counts, motif_edges

TRIANGLES = {
    "030T": (0, 1),
    "030C": (1, 0),
    "120D": (0, 2),
    "120U": (0, 2),
    "120C": (1, 1),
    "210": (1, 3),
    "300": (2, 6),
}
"""Loops of three and feed-forward loops in every triad that is a triangle."""


def random_edges(neurons: int, links: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return np.nonzero(random.random((neurons, neurons)) < links / neurons)


@pytest.mark.parametrize(("neurons", "links"), [(40, 6.0), (300, 3.0)])
def test_counts_are_those_of_the_triadic_census(neurons: int, links: float) -> None:
    rows, columns = random_edges(neurons, links, 0)
    off = rows != columns
    graph = nx.DiGraph()
    graph.add_nodes_from(range(neurons))
    graph.add_edges_from(zip(columns[off].tolist(), rows[off].tolist(), strict=True))
    census = nx.triadic_census(graph)
    pairs = sum(graph.has_edge(i, j) for j, i in graph.edges) // 2
    loops, forward = (sum(census[t] * n[k] for t, n in TRIANGLES.items()) for k in (0, 1))
    matrix = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(neurons, neurons))
    assert motif_counts(matrix) == Motifs(pairs, loops, forward)
    assert loops > 0
    assert pairs > 0


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.floats(0.0, 5.0))
def test_lists_are_as_long_as_the_counts_and_hold_motifs(
    seed: int, neurons: int, links: float
) -> None:
    rows, columns = random_edges(neurons, links, seed)
    matrix = np.zeros((neurons, neurons))
    matrix[rows, columns] = -2.0
    motifs = motif_edges(rows, columns)
    assert Motifs(*map(len, motifs)) == motif_counts(matrix)
    for loop in (motifs.loop2, motifs.loop3):
        assert (columns[np.roll(loop, -1, axis=1)] == rows[loop]).all()
    first, second, direct = motifs.ffl.T
    assert (rows[first] == columns[second]).all()
    assert (columns[first] == columns[direct]).all()
    assert (rows[second] == rows[direct]).all()
    assert all(len(np.unique(np.sort(m, axis=1), axis=0)) == len(m) for m in motifs)
