"""Entropies of the bulk and of the boundary, and the identity between them."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from jaxtyping import Int
from scipy.sparse.linalg import splu


def state_entropies(weights: sp.csr_array, boundary: Int[np.ndarray, " B"]) -> tuple[float, float]:
    """Return ``1/2 log det P G(w)^-1 P^T`` and the same of ``w^T``, ``G = (1 - w)^T (1 - w)``.

    Entropies of the boundary states in the canonical ensemble without a window, less constants.
    ``weights``: w, (N, N); ``boundary``: neurons, (B,).  Raises RuntimeError if ``1 - w`` is
    singular.

    Source: 2004.09280 (5.4), (5.9).
    """
    solver = splu(sp.csc_array(sp.eye_array(weights.shape[0]) - weights))
    chosen = np.zeros((weights.shape[0], len(boundary)))
    chosen[boundary, np.arange(len(boundary))] = 1.0
    # Rows of P (1 - w)^-1, and columns of (1 - w)^-1 P^T.
    rows, columns = solver.solve(chosen, trans="T"), solver.solve(chosen)
    return _half_log_det(rows), _half_log_det(columns)


def boundary_entropy(weights: sp.csr_array, boundary: Int[np.ndarray, " B"]) -> float:
    """Return ``1/2 log det Cov(w_b)`` at eps = 1, for noise of unit variance on all entries of w.

    To first order in the noise ``Cov = (L L^T) x (R^T R)``, L the rows of P (1 - w)^-1 and R the
    columns of (1 - w)^-1 P^T, so that it is ``B [S_x(w) + S_x(w^T)]`` of `state_entropies`.
    Noise of deviation sigma adds ``B^2 log sigma``.

    ``weights``: w, (N, N), rows receive; ``boundary``: the neurons of the boundary, (B,).

    Source: an addition to 2008.01540 (10.3), (10.5) (B35).
    """
    return float(len(boundary) * sum(state_entropies(weights, boundary)))


def _half_log_det(factor: np.ndarray) -> float:
    """Return ``1/2 log det F^T F``, from the triangle of its QR."""
    triangle = np.linalg.qr(factor, mode="r")
    return float(np.log(np.abs(np.diag(triangle))).sum())
