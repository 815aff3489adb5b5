"""The ends of the spectrum of G for nets too large to take all of it."""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

BASIS = 100
"""Lanczos vectors kept, chosen empirically between 60 and 250 at N = 20,000."""

PRODUCTS = 1000
"""Products with G that a Lanczos iteration may take at most."""

TOLERANCE = 1e-5
"""Residual norm, relative to the largest eigenvalue, that counts as converged."""

FILL = 20_000_000
"""Entries that the factors of G may have for its smallest eigenvalues to be found with them."""


class Extremes(NamedTuple):
    """Eigenvalues of G at one end, with ``residuals`` ``|G v - lambda v|``, |v| = 1, (k,) each.

    An eigenvalue of G lies within its residual of each.  ``converged``: whether all residuals are
    within `TOLERANCE`; where they are not, eigenvalues may have been missed.
    """

    eigenvalues: np.ndarray
    residuals: np.ndarray
    converged: bool


def count_zeros(gram: Gram, smallest: Extremes) -> int | None:
    """Return how many of the ``smallest`` eigenvalues are zero up to rounding; None: unknown.

    Zero are those within `Gram.rounding`, not zero those that lie more than their residual above
    it.  A singular value s of I - A is told from zero by this only if s^2 is.

    ``gram``: G as an operator, (N, N).

    >>> gram = Gram(sp.csr_array(np.roll(np.eye(8), 1, axis=0)))  # a cycle, whose k = 0 is zero
    >>> count_zeros(gram, smallest_eigenvalues(gram, 2, largest=4.0))
    1
    """
    if not smallest.converged:
        return None
    zero = smallest.eigenvalues <= gram.rounding
    known = zero | (smallest.eigenvalues - smallest.residuals > gram.rounding)
    return int(zero.sum()) if known.all() else None


class Gram:
    """``G = (I - A)^T (I - A)`` of a sparse ``coupling`` A, (N, N), as a linear operator.

    >>> Gram(sp.csr_array([[0.0, 0.0], [2.0, 0.0]])) @ np.ones(2)
    array([ 3., -1.])
    """

    def __init__(self, coupling: sp.csr_array) -> None:
        self.neurons = coupling.shape[0]
        self.factor = (sp.eye_array(self.neurons) - coupling).tocsr()
        self.transposed = self.factor.T.tocsr()

    def __matmul__(self, states: np.ndarray) -> np.ndarray:
        return self.transposed @ (self.factor @ states)

    @cached_property
    def rounding(self) -> float:
        """Largest rounding of ``G v`` at |v| = 1: what an eigenvalue may be though it is zero.

        ``(n_r + n_c + 2) u |(|M|)|^2`` for ``M = I - A`` with at most n_r entries in a row and n_c
        in a column; ``|(|M|)|^2 <= |M|_1 |M|_inf``.
        """
        size = abs(self.factor)
        entries = sum(int(np.diff(m.indptr).max()) for m in (self.factor, self.transposed))
        norms = float(size.sum(axis=0).max() * size.sum(axis=1).max())
        return (entries + 2) * 0.5 * float(np.finfo(np.float64).eps) * norms

    def shifted(self, shift: float) -> sla.LinearOperator:
        """Return ``shift - G`` as an operator of scipy."""
        return sla.LinearOperator(
            (self.neurons, self.neurons), lambda x: shift * x - self @ x, dtype=np.float64
        )


def largest_eigenvalues(gram: Gram, count: int) -> Extremes:
    """Return the ``count`` largest eigenvalues of G, descending, by restarted Lanczos (ARPACK).

    ``gram``: G as an operator, (N, N).

    >>> cycle = sp.csr_array(np.roll(np.eye(8), 1, axis=0))  # 4 sin^2(k/2) up to k = pi
    >>> largest_eigenvalues(Gram(cycle), 1).eigenvalues.round(6).tolist()
    [4.0]
    """
    found = _lanczos(gram, 0.0, count, "SA")
    return _extremes(gram, found, descending=True)


def smallest_eigenvalues(gram: Gram, count: int, largest: float) -> Extremes:
    """Return the ``count`` smallest eigenvalues of G, ascending.

    By Lanczos on the inverse of ``G + epsilon`` where a narrow band holds G, as on a lattice or
    cycle; else on ``largest - G``, ``largest`` being the largest eigenvalue; and where that does
    not converge, as with N = 20,000 neurons at the edge of chaos, by LOBPCG, whose values are
    upper bounds with large residuals.

    ``gram``: G as an operator, (N, N).

    >>> cycle = sp.csr_array(np.roll(np.eye(8), 1, axis=0))  # of which 4 sin^2(pi/8) is the second
    >>> abs(smallest_eigenvalues(Gram(cycle), 2, largest=4.0).eigenvalues).round(4).tolist()
    [0.0, 0.5858]
    """
    matrix = (gram.transposed @ gram.factor).tocsc()
    start = _start(gram)
    if _band(matrix) * gram.neurons <= FILL:
        shift = -1e-10 * largest
        vectors = sla.eigsh(matrix, count, sigma=shift, v0=start, ncv=_basis(gram, count))[1]
        return _extremes(gram, vectors, descending=False, scale=largest)
    vectors = _lanczos(gram, largest, count, "LA")
    return _extremes(gram, vectors, descending=False, scale=largest)


def _lanczos(gram: Gram, shift: float, count: int, which: str) -> np.ndarray:
    """Return the vectors at one end of ``shift - G``; those of LOBPCG if ARPACK does not end."""
    basis = _basis(gram, count)
    try:
        vectors: np.ndarray = sla.eigsh(
            gram.shifted(shift),
            count,
            which=which,
            tol=TOLERANCE,
            ncv=basis,
            maxiter=PRODUCTS // (basis - count),
            v0=_start(gram),
        )[1]
    except sla.ArpackNoConvergence:
        block = np.random.default_rng(0).standard_normal((gram.neurons, count))
        operator = gram.shifted(shift)
        with warnings.catch_warnings():  # that it has not converged is what the residuals say
            warnings.simplefilter("ignore", UserWarning)
            vectors = sla.lobpcg(operator, block, largest=which == "LA", maxiter=200)[1]
    return vectors


def _extremes(
    gram: Gram, vectors: np.ndarray, *, descending: bool, scale: float | None = None
) -> Extremes:
    """Return the eigenvalues of ``vectors`` by their Rayleigh quotients."""
    products = gram @ vectors
    eigenvalues = np.einsum("ij,ij->j", vectors, products)
    residuals = np.linalg.norm(products - eigenvalues * vectors, axis=0)
    order = np.argsort(-eigenvalues if descending else eigenvalues)
    scale = float(eigenvalues.max()) if scale is None else scale
    converged = bool(residuals.max() <= 10 * TOLERANCE * scale)
    return Extremes(eigenvalues[order], residuals[order], converged)


def _basis(gram: Gram, count: int) -> int:
    return int(min(gram.neurons, max(BASIS, 3 * count)))


def _start(gram: Gram) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(gram.neurons)


def _band(matrix: sp.csc_array) -> int:
    """Return the width of the band that G lies in after reordering, which bounds its factors."""
    order = sp.csgraph.reverse_cuthill_mckee(matrix.tocsr(), symmetric_mode=True)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    entries = matrix.tocoo()
    return int(np.abs(place[entries.row] - place[entries.col]).max(initial=0))
