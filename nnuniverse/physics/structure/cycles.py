"""The cycles of a permutation, or of a matrix that is nearly one."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int, Num


def cycles_of(following: Int[np.ndarray, " N"]) -> list[Int[np.ndarray, " _"]]:
    """Return the cycles of a partial permutation, each from its smallest neuron, ascending.

    ``following``: which neuron comes after each, -1 for none, (N,); none comes after two.
    Neurons of open chains are in no cycle.

    >>> import numpy as np
    >>> from nnuniverse.physics.structure.cycles import cycles_of
    >>> [cycle.tolist() for cycle in cycles_of(np.array([1, 2, 0, 4, 3]))]
    [[0, 1, 2], [3, 4]]
    """
    after = following.tolist()
    seen = bytearray(len(after))
    cycles = []
    for start in range(len(after)):
        path, neuron = [], start
        while neuron >= 0 and not seen[neuron]:
            seen[neuron] = 1
            path.append(neuron)
            neuron = after[neuron]
        if neuron == start and path:
            cycles.append(np.array(path))
    return cycles


def cycle_weight(matrix: Num[np.ndarray, "N N"], cycle: Int[np.ndarray, " n"]) -> float:
    """Return the product of the weights along a ``cycle``, matrix[i, j] being that of j -> i."""
    return float(np.prod(matrix[np.roll(cycle, -1), cycle]))


def following_of(
    rows: Int[np.ndarray, " edges"], columns: Int[np.ndarray, " edges"], neurons: int
) -> Int[np.ndarray, " {neurons}"]:
    """Return which neuron comes after each along edges j -> i, -1 for none, (neurons,).

    ``rows``: i, ``columns``: j, no two alike among either.
    """
    following = np.full(neurons, -1)
    following[columns] = rows
    return following
