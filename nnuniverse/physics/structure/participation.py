"""Over how many neurons the weights into, or out of, a neuron are spread."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Num


def participation(matrix: Num[np.ndarray, "rows columns"]) -> Float[np.ndarray, " rows"]:
    """Return over how many entries every row is spread, (rows,), NaN of rows of zeros.

    ``(sum_j A_ij^2)^2 / sum_j A_ij^4``: 1 of a row with one entry, n of one with n alike.
    ``matrix``: A, (rows, columns).

    Source: 2008.01540 (7.11), of which every row and column of w has one entry.

    >>> participation(np.array([[1.0, 0.0], [1.0, 1.0]])).tolist()
    [1.0, 2.0]
    """
    largest = np.abs(matrix).max(axis=1, keepdims=True, initial=0.0)
    squares = np.divide(matrix, largest, out=np.zeros_like(matrix), where=largest > 0.0) ** 2
    total, fourth = squares.sum(axis=1), (squares**2).sum(axis=1)
    return np.divide(total**2, fourth, out=np.full(len(matrix), np.nan), where=fourth > 0.0)
