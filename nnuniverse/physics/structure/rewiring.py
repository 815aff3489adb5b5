"""Graphs with the same degrees, drawn at random: what motifs are compared with."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from nnuniverse.physics.structure.motifs import motif_counts, without_self_loops

SWAPS = 10
"""Of every edge, between two graphs that are drawn."""

MOST_ROUNDS = 100
"""Between two graphs, where most swaps are impossible."""


def rewired_graphs(
    kept: Bool[np.ndarray, "N N"],
    allowed: Bool[np.ndarray, "N N"],
    draws: int,
    random: np.random.Generator,
) -> Iterator[Bool[np.ndarray, "N N"]]:
    """Yield ``draws`` graphs with the in- and out-degree of every neuron of ``kept``, bool (N, N).

    Edges j -> i, l -> k become j -> k, l -> i, where these are ``allowed``, bool (N, N), no
    self-loops, and not there yet.  In a round some edges, from two to all, are paired at random,
    and pairs that meet another's edges, old or new, stay as they are: as this is the same seen from
    after the swap, graphs are drawn evenly of all that swaps reach.  They turn no loop of three
    alone around.  About `SWAPS` swaps of every edge lie between two graphs, fewer where few are
    possible.
    """
    swaps = _Swaps.of(kept, allowed, random)
    moved = sum(swaps.round() for _ in range(2 * SWAPS))
    rounds = math.ceil(2 * SWAPS * SWAPS * len(swaps.rows) / moved) if moved else 0
    for _ in range(draws):
        for _ in range(min(rounds, MOST_ROUNDS)):
            swaps.round()
        yield swaps.there.copy()


@dataclass(frozen=True)
class _Swaps:
    """A graph that is rewired in place: its edges as ``rows``, ``columns`` and where ``there``.

    ``possible``: where edges may be; ``met``: zeros, (N^2,).
    """

    rows: np.ndarray
    columns: np.ndarray
    there: np.ndarray
    possible: np.ndarray
    met: np.ndarray
    random: np.random.Generator

    @classmethod
    def of(cls, kept: np.ndarray, allowed: np.ndarray, random: np.random.Generator) -> _Swaps:
        """Return that of the edges ``kept``, self-loops left out."""
        off = ~np.eye(len(kept), dtype=bool)
        there = kept & off
        rows, columns = np.nonzero(there)
        return cls(rows, columns, there, allowed & off, np.zeros(kept.size, np.int64), random)

    def round(self) -> int:
        """Swap the ends of random pairs of edges; return how many edges were moved."""
        rows, columns, neurons = self.rows, self.columns, len(self.there)
        there, possible = self.there.reshape(-1), self.possible.reshape(-1)
        order = self.random.permutation(len(rows))
        half = int(self.random.integers(1, len(rows) // 2 + 1)) if len(rows) > 1 else 0
        one, other = order[:half], order[half : 2 * half]
        old = np.stack([rows[one] * neurons + columns[one], rows[other] * neurons + columns[other]])
        new = np.stack([rows[other] * neurons + columns[one], rows[one] * neurons + columns[other]])
        np.add.at(self.met, old, 1)
        np.add.at(self.met, new, 1)
        alone = (self.met[old] == 1) & (self.met[new] == 1)
        self.met[old], self.met[new] = 0, 0
        moved = (alone & possible[new] & ~there[new]).all(axis=0)
        there[old[:, moved]] = False
        there[new[:, moved]] = True
        one, other = one[moved], other[moved]
        rows[one], rows[other] = rows[other], rows[one]
        return 2 * len(one)


def rewired_motifs(
    kept: Bool[np.ndarray, "N N"],
    allowed: Bool[np.ndarray, "N N"],
    draws: int,
    random: np.random.Generator,
) -> Int[np.ndarray, "{draws} motif"]:
    """Return the motifs of graphs that `rewired_graphs` draws, (draws, motif).

    None of them is drawn where the ``allowed`` edges have no motif at all, as those of layers, or
    where all of them are kept, so that there is no other graph.

    ``kept``: bool, (N, N); ``random``: where its numbers are drawn from.
    """
    every = motif_counts(allowed)
    if not any(every) or np.array_equal(kept != 0, allowed != 0):
        return np.tile(np.array(every, np.int64), (draws, 1))
    return np.array([motif_counts(graph) for graph in rewired_graphs(kept, allowed, draws, random)])


def two_paths(adjacency: Bool[np.ndarray, "N N"]) -> int:
    """Return ``sum_k d_in(k) d_out(k)``, the paths of two edges, there and back counted.

    Rewiring conserves it, so that what it adds to loops of two it takes from open paths, twice.

    ``adjacency``: bool, (N, N).

    >>> two_paths(np.array([[0, 1], [1, 0]], bool))
    2
    """
    edges = without_self_loops(adjacency)
    return int((edges.sum(axis=0) * edges.sum(axis=1)).sum())
