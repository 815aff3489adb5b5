"""Which edges are kept, and what rewiring keeps of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnuniverse.physics.structure.kept_edges import (
    fewest_edges,
    is_partial_permutation,
    strongest_edges,
)
from nnuniverse.physics.structure.motifs import motif_counts
from nnuniverse.physics.structure.rewiring import rewired_graphs, rewired_motifs, two_paths

seeds = st.integers(0, 2**32 - 1)


def graph_in(neurons: int, density: float, random: np.random.Generator) -> np.ndarray:
    return random.random((neurons, neurons)) < density


@settings(max_examples=30)
@given(seeds, st.integers(1, 8))
def test_the_strongest_are_no_weaker_than_the_others(seed: int, neurons: int) -> None:
    random = np.random.default_rng(seed)
    allowed, strength = graph_in(neurons, 0.6, random), random.normal(size=(neurons, neurons))
    count = int(random.integers(0, allowed.sum() + 1))
    kept = strongest_edges(strength, allowed, count)
    assert kept.sum() == count
    assert not (kept & ~allowed).any()
    others = np.abs(strength[allowed & ~kept])
    assert np.abs(strength[kept]).min(initial=np.inf) >= others.max(initial=0.0)


@pytest.mark.parametrize("needed", [0, 1, 7, 12])
def test_fewest_edges_are_as_many_as_the_loss_needs(needed: int) -> None:
    strength = np.arange(16.0).reshape(4, 4)
    allowed = strength >= 4.0
    kept = fewest_edges(strength, allowed, lambda kept: float(kept.sum() < needed), 0.5)
    assert kept.sum() == needed
    assert (strength[kept] >= 16 - needed).all()


def test_partial_permutations() -> None:
    assert is_partial_permutation(np.eye(3, k=1, dtype=bool))
    assert not is_partial_permutation(np.array([[True, True], [False, False]]))
    assert not is_partial_permutation(np.array([[True, False], [True, False]]))


@settings(max_examples=20)
@given(seeds, st.integers(2, 12), st.floats(0.05, 0.5))
def test_rewiring_keeps_degrees_the_mask_and_paths_of_two(
    seed: int, neurons: int, density: float
) -> None:
    random = np.random.default_rng(seed)
    allowed = graph_in(neurons, 0.8, random) & ~np.eye(neurons, dtype=bool)
    kept = allowed & graph_in(neurons, density, random)
    for graph in rewired_graphs(kept, allowed, 3, random):
        assert (graph.sum(axis=0) == kept.sum(axis=0)).all()
        assert (graph.sum(axis=1) == kept.sum(axis=1)).all()
        assert not (graph & ~allowed).any()
        paths = (graph.astype(int) @ graph.astype(int))[~np.eye(neurons, dtype=bool)].sum()
        assert paths + 2 * motif_counts(graph).loop2 == two_paths(kept)


def test_all_graphs_of_the_same_degrees_are_drawn_evenly() -> None:
    """Of 4 neurons with an edge in and out each there are 9, derangements; chi-square of 8."""
    kept = np.roll(np.eye(4, dtype=bool), 1, axis=0)
    random, seen = np.random.default_rng(0), {}
    for graph in rewired_graphs(kept, np.ones((4, 4), bool), 1500, random):
        seen[graph.tobytes()] = seen.get(graph.tobytes(), 0) + 1
    assert len(seen) == 9
    expected = 1500 / 9
    assert sum((n - expected) ** 2 for n in seen.values()) / expected < 30.0  # P = 2e-4


def test_a_planted_motif_is_more_than_rewired_graphs_have() -> None:
    random = np.random.default_rng(1)
    kept = graph_in(30, 0.06, random) & ~np.eye(30, dtype=bool)
    loops = kept | kept.T
    rewired = rewired_motifs(loops, np.ones((30, 30), bool), 40, random)
    assert motif_counts(loops).loop2 > rewired[:, 0].max()
    plain = rewired_motifs(kept, np.ones((30, 30), bool), 40, random)
    assert plain[:, 0].min() <= motif_counts(kept).loop2 <= plain[:, 0].max()


def test_layers_have_no_motifs_to_draw() -> None:
    layer = np.repeat([0, 1, 2], 3)
    allowed = layer[:, None] == layer[None, :] + 1
    assert (rewired_motifs(allowed, allowed, 5, np.random.default_rng(0)) == 0).all()


def test_all_edges_of_a_mask_are_the_one_graph_there_is() -> None:
    random = np.random.default_rng(0)
    mask = graph_in(12, 0.5, random)
    rewired = rewired_motifs(mask, mask, 5, random)
    assert rewired.tolist() == [list(motif_counts(mask))] * 5
    assert np.ptp(rewired_motifs(mask, np.ones((12, 12), bool), 20, random)[:, 0]) > 0
