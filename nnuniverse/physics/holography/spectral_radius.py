"""The spectral radius of a sparse weight matrix, from its loops alone."""

from __future__ import annotations

import math

import numpy as np
import scipy.sparse as sp
from scipy.sparse import csgraph
from scipy.sparse.linalg import ArpackNoConvergence, eigs

MOST_DENSE = 600
"""Neurons on loops whose eigenvalues are all computed."""

MOST_SEARCHED = 5000
"""Neurons on loops whose largest eigenvalue is searched for: of more the search takes long."""

RESTARTS = 30
"""Of the search for the largest eigenvalues of many."""

PRODUCTS, LEAST_PRODUCTS, MOST_WORK = 1000, 100, 10**7
"""With w, where the largest eigenvalue is not found by itself; fewer of more neurons."""


def spectral_radius(weights: sp.csr_array) -> float:
    """Return ``rho(w)``, the largest absolute eigenvalue; exactly zero for nets without loops.

    Eigenvalues are those of the neurons on loops, the others contribute zero.  Where many have the
    same size, and of many neurons, it is the growth of a random state, to a hundredth or so.  The
    series of (10.3) converges for ``eps rho(w) < 1``.

    ``weights``: w, (N, N), rows receive.

    Source: 2008.01540 (10.3), under a condition (B23).

    >>> import numpy as np
    >>> import scipy.sparse as sp
    >>> from nnuniverse.physics.holography.spectral_radius import spectral_radius
    >>> round(spectral_radius(sp.csr_array(np.array([[0.0, 0.5], [0.5, 0.0]]))), 6)
    0.5
    """
    groups, label = csgraph.connected_components(weights, connection="strong")
    large = np.bincount(label, minlength=groups)[label] > 1
    on_loops = np.flatnonzero(large | (weights.diagonal() != 0.0))
    if not len(on_loops):
        return 0.0
    inner = weights[on_loops][:, on_loops]
    if len(on_loops) <= MOST_DENSE:
        return float(np.abs(np.linalg.eigvals(inner.toarray())).max())
    start = np.random.default_rng(0).normal(size=len(on_loops))
    if len(on_loops) > MOST_SEARCHED:
        return _growth(inner, start)
    try:
        found = eigs(inner, k=4, v0=start, return_eigenvectors=False, tol=1e-4, maxiter=RESTARTS)
    except ArpackNoConvergence:
        return _growth(inner, start)
    return float(np.abs(found).max())


def _growth(weights: sp.csr_array, state: np.ndarray) -> float:
    """Return the growth of a state per product, over the later half of them."""
    total, products = 0.0, MOST_WORK // len(state)
    products = max(LEAST_PRODUCTS, min(PRODUCTS, products))
    for product in range(products):
        state = weights @ state
        size = float(np.linalg.norm(state))
        if size == 0.0:
            return 0.0
        state = state / size
        total += math.log(size) if product >= products // 2 else 0.0
    return math.exp(total / (products - products // 2))
