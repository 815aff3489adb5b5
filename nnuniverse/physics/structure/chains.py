"""Clean chains: paths from an input to an output along which nothing else is connected."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int, Num

PURITY = 0.9
"""Share of squared weights that an edge of a chain has of what its ends send and receive."""


def clean_edges(matrix: Num[np.ndarray, "N N"], purity: float = PURITY) -> Int[np.ndarray, " N"]:
    """Return the neuron that every neuron passes its state on to alone, -1 for none, (N,).

    An edge j -> i is clean if ``A_ij^2`` is at least ``purity`` of what j sends, ``sum_k A_kj^2``,
    and of what i receives, ``sum_k A_ik^2``.  ``matrix``: A or w, (N, N); ``purity``: in (0, 1]; of
    several clean edges of a neuron, which there may be up to 1/2, the strongest counts.
    """
    squares = (matrix / np.abs(matrix).max(initial=np.finfo(float).tiny)) ** 2
    to = squares.argmax(axis=0)
    senders = np.arange(len(matrix))
    strength = squares[to, senders]
    sent, received = squares.sum(axis=0), squares.sum(axis=1)[to]
    least = purity * (1.0 - 4.0 * len(matrix) * np.finfo(float).eps)  # sums are rounded
    clean = (strength > 0.0) & (strength >= least * sent) & (strength >= least * received)
    return np.where(clean, to, -1)


def clean_chains(
    matrix: Num[np.ndarray, "N N"],
    inputs: Int[np.ndarray, " inputs"],
    outputs: Int[np.ndarray, " outputs"],
    purity: float = PURITY,
) -> list[Int[np.ndarray, " _"]]:
    """Return the neurons of every clean chain, from an input to the first output on it.

    ``matrix``: A or w, (N, N), A[i, j] of the edge j -> i; ``inputs``, ``outputs``: neurons;
    ``purity``: see `clean_edges`.
    """
    following = clean_edges(matrix, purity)
    ends = set(outputs.tolist())
    chains = []
    for start in inputs.tolist():
        chain, neuron = [start], int(following[start])
        while neuron >= 0 and neuron not in chain:
            chain.append(neuron)
            if neuron in ends:
                chains.append(np.array(chain))
                break
            neuron = int(following[neuron])
    return chains
