"""Random layered nets in NumPy and float64, for checks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from nnuniverse.networks.propagation import Layer, Parameters


def random_blocks(
    random: np.random.Generator, sizes: Sequence[int], gain: float = 1.0
) -> list[np.ndarray]:
    """Return normal blocks, (n_l, n_{l-1}) each, of variance ``gain^2/n_{l-1}``.

    For the couplings A_l of `reduced_log_eigenvalues` and `power_norms`, or as weights W_l.

    ``random``: where its numbers are drawn from; ``sizes``: neurons per layer.
    """
    return [
        gain / np.sqrt(columns) * random.normal(size=(rows, columns))
        for columns, rows in pairwise(sizes)
    ]


def random_parameters(
    random: np.random.Generator, sizes: Sequence[int], gain: float = 1.0, bias: float = 0.3
) -> Parameters:
    """Return a layered net with the weights of `random_blocks` and normal biases.

    ``random``: where its numbers are drawn from; ``sizes``: neurons per layer; ``gain``: g: weights
    have the variance g^2/n_(l-1); ``bias``: standard deviation of the biases.
    """
    return tuple(
        Layer(weights, bias * random.normal(size=len(weights)))  # type: ignore[arg-type]
        for weights in random_blocks(random, sizes, gain)
    )


def whole_matrix(blocks: Sequence[ArrayLike]) -> np.ndarray:
    """Return the matrix of all neurons, (N, N), that has these blocks below its diagonal.

    Without JAX; the package's own is `coupling_matrix`.
    """
    arrays = [np.asarray(block) for block in blocks]
    ends = np.cumsum([arrays[0].shape[1], *(len(block) for block in arrays)])
    starts = np.concatenate([[0], ends])
    matrix = np.zeros((ends[-1], ends[-1]))
    for l, block in enumerate(arrays):
        matrix[ends[l] : ends[l + 1], starts[l] : ends[l]] = block
    return matrix


def gram_matrix(coupling: np.ndarray) -> np.ndarray:
    """Return ``G = (I - A)^T (I - A)``, 2004.09280 (5.6).

    ``coupling``: A = f'w, (N, N), rows receive.
    """
    rest = np.eye(len(coupling)) - coupling
    return rest.T @ rest
