"""How near a matrix is to a weighted permutation matrix, and to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, Num


@dataclass(frozen=True)
class NearestPermutation:
    """The ``share`` Q of a matrix that its best partial permutation holds, and where this is.

    ``rows`` and ``columns``: its entries, those that are zero left out, rows ascending.
    """

    share: float
    rows: np.ndarray
    columns: np.ndarray


def nearest_permutation(matrix: Num[np.ndarray, "rows columns"]) -> NearestPermutation:
    """Return the partial permutation that holds most of ``|A|_F^2``.

    ``Q = max_sigma sum_i A_(i sigma(i))^2 / |A|_F^2``: 1 of a weighted permutation, 1/(N - 1) of
    ``11^T - 1``, NaN of zeros.  ``matrix``: A, (rows, columns), any real numbers; of a rectangular
    one as many rows as columns take part.

    Source: 2008.01540 (7.11), which asks for w to be a permutation.

    >>> import numpy as np
    >>> from nnuniverse.physics.structure.permutation_share import nearest_permutation
    >>> nearest_permutation(np.array([[0.0, 2.0], [2.0, 0.0]])).share
    1.0
    >>> nearest_permutation(np.ones((3, 3)) - np.eye(3)).share
    0.5
    """
    from scipy.optimize import linear_sum_assignment  # loads much

    scale = np.abs(matrix).max(initial=0.0)
    if not scale > 0.0:
        nowhere = np.zeros(0, np.int64)
        return NearestPermutation(np.nan, nowhere, nowhere)
    squares = (matrix / scale) ** 2
    rows, columns = linear_sum_assignment(squares, maximize=True)
    there = matrix[rows, columns] != 0.0
    rows, columns = rows[there], columns[there]
    # Summed alike, so that of a permutation both are the same to the last digit.
    held = np.sort(squares[rows, columns]).sum()
    return NearestPermutation(float(held / np.sort(squares[squares > 0.0]).sum()), rows, columns)


def shuffled_shares(
    matrix: Num[np.ndarray, "rows columns"],
    allowed: Bool[np.ndarray, "rows columns"],
    draws: int,
    random: np.random.Generator,
    groups: Int[np.ndarray, "rows columns"] | None = None,
) -> Float[np.ndarray, " {draws}"]:
    """Return Q of the same entries in random places, (draws,).

    ``allowed``: the places, bool (rows, columns); ``groups``: whole numbers, (rows, columns):
    entries stay in places of the same one, None for all together.

    ``matrix``: w or A = f'w, (rows, columns), rows receive.
    """
    places = _places(allowed, groups)
    shares, shuffled = np.empty(draws), np.zeros_like(matrix)
    for draw in range(draws):
        for rows, columns in places:
            shuffled[rows, columns] = random.permutation(matrix[rows, columns])
        shares[draw] = nearest_permutation(shuffled).share
    return shares


def _places(
    allowed: np.ndarray, groups: np.ndarray | None
) -> Sequence[tuple[np.ndarray, np.ndarray]]:
    rows, columns = np.nonzero(allowed)
    if groups is None:
        return [(rows, columns)]
    group = groups[rows, columns]
    return [(rows[group == one], columns[group == one]) for one in np.unique(group)]
