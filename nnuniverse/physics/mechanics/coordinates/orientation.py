"""The sign of directions, which eigenvectors and principal components leave open."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def oriented(directions: Float[np.ndarray, "coordinate K"]) -> Float[np.ndarray, "coordinate K"]:
    """Return ``directions`` (coordinate, K), each with its largest component positive.

    >>> oriented(np.array([[0.6, -0.8]])).tolist()
    [[-0.6, 0.8]]
    """
    largest = np.argmax(np.abs(directions), axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    return directions * np.where(signs == 0.0, 1.0, signs)[:, None]
