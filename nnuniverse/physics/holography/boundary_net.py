"""The net of the boundary neurons alone that does what the whole linear net does on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int
from scipy.sparse.linalg import splu


@dataclass(frozen=True)
class BoundaryNet:
    """``weights`` w_s, (B, B), and ``bias`` b_s, (B,), of the boundary neurons."""

    weights: np.ndarray
    bias: np.ndarray


def boundary_net(
    weights: sp.csr_array, bias: Float[np.ndarray, " N"], boundary: Int[np.ndarray, " B"]
) -> BoundaryNet:
    """Return the boundary net of a linear net ``x = w x + b``, whose fixed points agree exactly.

    ``w_s = w_dd + w_db (1 - w_bb)^-1 w_bd`` and ``b_s = b_d + w_db (1 - w_bb)^-1 b_b``, d the
    boundary and b the bulk, whatever the boundary is clamped to.  Equal to ``w_b (1 + w_b)^-1`` of
    the map w_b of (10.3) at eps = 1, which itself counts paths through the boundary as well, and
    is not the weights that (10.2) says.  ``weights``: w, (N, N); ``bias``: b, (N,); ``boundary``:
    neurons, (B,).  Raises RuntimeError if ``1 - w_bb`` is singular.

    Source: 2008.01540 (10.1)-(10.3), corrected (B23).

    >>> w = sp.csr_array(np.array([[0.0, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]))
    >>> boundary_net(w, np.zeros(3), np.array([0, 2])).weights.tolist()  # of 0 -> 1 -> 2
    [[0.0, 0.0], [0.25, 0.0]]
    """
    bulk = np.setdiff1d(np.arange(weights.shape[0]), boundary)
    rows = weights[boundary]
    inner, outer = rows[:, boundary].toarray(), np.asarray(bias, float)[boundary]
    if not len(bulk):
        return BoundaryNet(inner, outer)
    of_bulk = weights[bulk]
    solve = splu(sp.csc_array(sp.eye_array(len(bulk)) - of_bulk[:, bulk])).solve
    given = np.column_stack([of_bulk[:, boundary].toarray(), np.asarray(bias, float)[bulk]])
    passed_on = rows[:, bulk] @ solve(given)
    return BoundaryNet(inner + passed_on[:, :-1], outer + passed_on[:, -1])


def weights_of_map(mapped: Float[np.ndarray, "B B"]) -> Float[np.ndarray, "B B"]:
    """Return ``w_b (1 + w_b)^-1``, the weights of the boundary net whose map at eps = 1 is w_b.

    ``mapped``: w_b at eps = 1, (B, B).

    Source: 2008.01540 (10.3), corrected (B23).

    >>> import numpy as np
    >>> from nnuniverse.physics.holography.boundary_net import weights_of_map
    >>> weights_of_map(np.array([[0.0, 0.0], [0.25, 0.0]])).tolist()
    [[0.0, 0.0], [0.25, 0.0]]
    """
    return np.asarray(np.linalg.solve((np.eye(len(mapped)) + mapped).T, mapped.T).T)
