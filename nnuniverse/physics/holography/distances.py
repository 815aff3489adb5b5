"""Distances of boundary neurons through the net: by search, and from the holographic map."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int
from scipy.sparse import csgraph

from nnuniverse.physics.holography.boundary_map import BoundaryMap

BLOCK_NUMBERS = 10**7
"""Of distances to all neurons that are searched at once, 80 MB."""


def graph_distances(
    weights: sp.csr_array, boundary: Int[np.ndarray, " B"]
) -> Float[np.ndarray, "B B"]:
    """Return how many neurons are between on the shortest path j -> i, (B, B), by search.

    NaN where there is no path; for i = j on the shortest loop.  ``weights``: w, (N, N), whose
    entries are edges, none of them stored as zero; ``boundary``: neurons, (B,).

    Source: 2008.01540 (10.4).

    >>> import numpy as np
    >>> import scipy.sparse as sp
    >>> from nnuniverse.physics.holography.distances import graph_distances
    >>> chain = sp.csr_array(np.diag([0.5, 0.5], -1))
    >>> graph_distances(chain, np.array([0, 2])).tolist()
    [[nan, nan], [1.0, nan]]
    """
    edges = sp.csr_array((weights.T != 0.0).astype(float))
    width = max(1, BLOCK_NUMBERS // max(weights.shape[0], 1))
    between = np.empty((len(boundary), len(boundary)))
    for start in range(0, len(boundary), width):
        senders = boundary[start : start + width]
        steps = csgraph.dijkstra(edges, indices=senders, unweighted=True)
        between[:, start : start + width] = steps[:, boundary].T - 1.0
        for row, sender in enumerate(senders):
            before = weights.indices[weights.indptr[sender] : weights.indptr[sender + 1]]
            between[start + row, start + row] = steps[row, before].min(initial=np.inf)
    between[~np.isfinite(between)] = np.nan
    return between


def printed_distance(mapped: BoundaryMap, eps: float) -> Float[np.ndarray, "B B"]:
    """Return ``log_eps |w_b| - 1``, (B, B), NaN where w_b is zero, or ``eps`` is one.

    Converges to the number of neurons between as 1/log eps: k equal shortest paths of weight P add
    ``log(k P)/log eps``.

    ``mapped``: w_b in logarithms and signs, (B, B).

    Source: 2008.01540 (10.4), under a condition (B23).
    """
    if eps == 1.0:
        return np.full(mapped.log.shape, np.nan)
    return np.asarray(mapped.log / np.log(eps) - 1.0)


def slope_distance(mapped: BoundaryMap) -> Float[np.ndarray, "B B"]:
    """Return ``d log|w_b| / d log eps - 1``, (B, B), off by order eps; NaN where w_b is zero.

    Neither the number of the shortest paths nor their weights matter.

    ``mapped``: w_b in logarithms and signs, (B, B).

    Source: an addition to 2008.01540 (10.4) (B23).
    """
    return mapped.slope - 1.0
