"""Motifs of a directed graph: loops of two and of three neurons, and feed-forward loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from jaxtyping import Int, Shaped

MOTIFS = ("loop2", "loop3", "ffl")


DENSE_UP_TO = 300
"""Neurons up to which whole matrices are faster than sparse ones, however few edges there are."""


class Motifs(NamedTuple):
    """Something of loops of two, loops of three and feed-forward loops."""

    loop2: int
    loop3: int
    ffl: int


class MotifEdges(NamedTuple):
    """The edges of every loop of two, (n, 2), of three, (n, 3), and feed-forward loop, (n, 3).

    Edges are numbered as their ends were given; those of j -> k -> i, j -> i stand in this order.
    """

    loop2: np.ndarray
    loop3: np.ndarray
    ffl: np.ndarray


def motif_counts(adjacency: Shaped[np.ndarray, "N N"] | sp.sparray) -> Motifs:
    """Return how many motifs a graph has.

    ``loop2 = tr B^2/2``, ``loop3 = tr B^3/3``, ``ffl = sum (B^2 o B)``, B[i, j] = 1 for an edge
    j -> i; self-loops are left out.  ``adjacency``: what is not zero is an edge, (N, N).

    Source: 2008.01540 Sec. 11.

    >>> import numpy as np
    >>> from nnuniverse.physics.structure.motifs import motif_counts
    >>> motif_counts(np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]))
    Motifs(loop2=3, loop3=2, ffl=6)
    """
    neurons = adjacency.shape[0]
    if isinstance(adjacency, np.ndarray) and neurons <= DENSE_UP_TO:
        return _dense_counts(adjacency)
    edges = without_self_loops(adjacency)
    paths = edges @ edges
    backwards = edges.T.tocsr()
    return Motifs(
        int(edges.multiply(backwards).sum()) // 2,
        int(paths.multiply(backwards).sum()) // 3,
        int(paths.multiply(edges).sum()),
    )


def _dense_counts(adjacency: np.ndarray) -> Motifs:
    """Return the same by products of whole matrices, exact in float64."""
    edges = (adjacency != 0).astype(float)
    np.fill_diagonal(edges, 0.0)
    paths = edges @ edges
    counts = (edges * edges.T).sum() / 2.0, (paths * edges.T).sum() / 3.0, (paths * edges).sum()
    return Motifs(*map(int, counts))


def without_self_loops(adjacency: Shaped[np.ndarray, "N N"] | sp.sparray) -> sp.csr_array:
    """Return B, (N, N), of whole numbers: 1 where ``adjacency`` is not zero off its diagonal.

    >>> without_self_loops(np.array([[3, 2], [0, 1]])).toarray().tolist()
    [[0, 1], [0, 0]]
    """
    found = sp.coo_array(adjacency)
    kept = (found.data != 0) & (found.row != found.col)
    ones = np.ones(int(kept.sum()), np.int64)
    return sp.csr_array((ones, (found.row[kept], found.col[kept])), shape=found.shape)


def motif_edges(rows: Int[np.ndarray, " E"], columns: Int[np.ndarray, " E"]) -> MotifEdges:
    """Return the motifs of the edges j -> i, ``rows`` i and ``columns`` j, (E,) each, all unlike.

    As many as `motif_counts` counts; self-loops are in none.
    """
    number = {edge: at for at, edge in enumerate(zip(rows.tolist(), columns.tolist(), strict=True))}
    receivers: dict[int, list[int]] = {}
    for i, j in number:
        if i != j:
            receivers.setdefault(j, []).append(i)
    two, three, forward = [], [], []
    for k, j in number:
        if k == j:
            continue
        if k < j and (j, k) in number:
            two.append((number[k, j], number[j, k]))
        for i in receivers.get(k, ()):
            path = (number[k, j], number[i, k])
            if i == j:
                continue
            if (j, i) in number and j < min(i, k):
                three.append((*path, number[j, i]))
            if (i, j) in number:
                forward.append((*path, number[i, j]))
    return MotifEdges(_array(two, 2), _array(three, 3), _array(forward, 3))


def _array(edges: Sequence[tuple[int, ...]], width: int) -> np.ndarray:
    return np.array(edges, np.int64).reshape(-1, width)
