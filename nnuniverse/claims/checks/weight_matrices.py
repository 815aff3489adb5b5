"""Weight matrices of recurrent nets, for checks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnuniverse.networks.masks import permutation_mask
from nnuniverse.physics.strings.string_net import StringNet, closed_strings


def permutation(cycles: Sequence[int], weight: float = 1.0) -> np.ndarray:
    """Return the matrix of the package's `permutation_mask`, cycles of these lengths.

    ``weight``: of every edge.
    """
    mask = permutation_mask(cycles, weight)
    matrix = np.zeros((mask.neurons, mask.neurons))
    matrix[mask.rows, mask.columns] = mask.weights
    return matrix


def strings(cycles: Sequence[int], weight: float = 1.0) -> StringNet:
    """Return the same as closed strings, on which the package's movers run.

    ``cycles``: their lengths; ``weight``: of every edge.
    """
    mask = permutation_mask(cycles, weight)
    weights = np.full(mask.neurons, weight)
    return closed_strings(mask.rows, mask.columns, weights)


def random_weights(random: np.random.Generator, neurons: int, gain: float = 1.0) -> np.ndarray:
    """Return normal weights of variance ``gain^2/N`` between all neurons.

    ``random``: where its numbers are drawn from.
    """
    return gain / np.sqrt(neurons) * random.normal(size=(neurons, neurons))
