"""The directions in which the loss is stiffest."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

ACCURACY = 1e-6
"""Of the eigenvalues, relative: far below how much they differ between seeds."""


class Stiffest(NamedTuple):
    """The stiffest directions of a loss, the stiffest first.

    ``curvatures``: h, (n,); ``directions``: orthonormal, (n, K).
    """

    curvatures: np.ndarray
    directions: np.ndarray


def stiffest_directions(
    product: Callable[[np.ndarray], np.ndarray], variables: int, count: int, seed: int = 0
) -> Stiffest:
    """Return the eigenvectors of the ``count`` largest eigenvalues of a Hessian, by Lanczos.

    ``product``: Hv of v, (K,); ``variables``: K, more than ``count``; ``seed``: of the first
    vector.
    """
    first = np.random.default_rng(seed).normal(size=variables)
    hessian = LinearOperator((variables, variables), matvec=product, dtype=np.float64)
    values, vectors = eigsh(hessian, k=count, which="LA", v0=first, tol=ACCURACY)
    order = np.argsort(-values)
    return Stiffest(values[order], vectors.T[order])
