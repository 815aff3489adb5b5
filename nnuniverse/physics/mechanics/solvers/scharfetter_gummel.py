"""The Fokker-Planck operator between cells, whose stationary state is exp(-U/D) to rounding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse
from jaxtyping import Float

from nnuniverse.physics.mechanics.solvers.lattice import spacing


def scharfetter_gummel(
    potential: Float[np.ndarray, "*points"],
    grids: Sequence[Float[np.ndarray, " _"]],
    diffusions: Sequence[float],
) -> scipy.sparse.csc_array:
    """Return the matrix L of ``dp/dt = div(p grad U) + sum_k D_k d^2 p/dq_k^2`` as ``dp/dt = L p``.

    Between neighbours at a distance h flows ``J = D/h [B(x) p_here - B(-x) p_there]`` with
    ``x = (U_there - U_here)/D`` and ``B(x) = x/(exp(x) - 1)``, through the walls nothing.  Its
    columns sum to 0 (mass) and it is 0 or above off the diagonal (positivity).  Error of order 2.

    ``potential``: U at the cells' centres, (points of each axis ...), unit of D;  ``grids``: the
    centres along each axis, equally spaced;  ``diffusions``: D_k > 0 along each axis; of a matrix D
    that is not diagonal, turn to its axes first.
    Return: (cells, cells), cells in the order of ``potential.ravel()``.

    Source: 2008.01540 (4.3) with U = -gamma F; Scharfetter and Gummel, IEEE Trans. Electron
    Devices 16 (1969) 64.
    """
    cells = np.arange(potential.size).reshape(potential.shape)
    rows, columns, entries = [], [], []
    for axis, (grid, diffusion) in enumerate(zip(grids, diffusions, strict=True)):
        rise = np.diff(potential, axis=axis).ravel() / diffusion
        here = np.delete(cells, -1, axis=axis).ravel()
        there = np.delete(cells, 0, axis=axis).ravel()
        over = diffusion / spacing(grid) ** 2 * bernoulli(rise)
        back = diffusion / spacing(grid) ** 2 * bernoulli(-rise)
        rows += [there, here, here, there]
        columns += [here, here, there, there]
        entries += [over, -over, back, -back]
    triple = np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))
    return scipy.sparse.csc_array(scipy.sparse.coo_array(triple, shape=(cells.size, cells.size)))


def bernoulli(x: Float[np.ndarray, "*x"]) -> Float[np.ndarray, "*x"]:
    """Return ``B(x) = x/(exp(x) - 1)``, 1 at 0.

    >>> bernoulli(np.array([0.0, 1.0])).round(4).tolist()
    [1.0, 0.582]
    """
    small = np.abs(x) < 1e-9
    with np.errstate(over="ignore"):  # x/inf = 0 is right
        return np.where(small, 1.0 - 0.5 * x, x / np.expm1(np.where(small, 1.0, x)))
