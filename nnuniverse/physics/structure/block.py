"""Which part of a net's matrix could be a permutation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Num, Shaped


@dataclass(frozen=True)
class WeightBlock:
    """What of a matrix A is asked whether it is a permutation.

    ``matrix``: (R, C); ``allowed``: where the mask has edges, bool (R, C); ``rows`` and
    ``columns``: which neurons, (R,) and (C,); ``groups``: the same number at edges between the same
    layers, (R, C), None without layers.
    """

    matrix: np.ndarray
    allowed: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    groups: np.ndarray | None


def block_of(
    matrix: Num[np.ndarray, "N N"],
    allowed: Bool[np.ndarray, "N N"],
    inputs: Int[np.ndarray, " inputs"],
    layer: Int[np.ndarray, " N"] | None,
) -> WeightBlock:
    """Return the block of a net, (N, N), whose ends are open.

    With layers: from all neurons that send to all that receive, for a wire leads from an input to
    an output.  Without: between the free neurons, the w of (7.11), where inputs only drive.

    ``matrix``: w or A = f'w, (N, N), rows receive; ``allowed``: where edges may be, bool, (N, N);
    ``layer``: to which layer each neuron belongs, (N,); None: a graph.

    Source: 2008.01540 (7.11).
    """
    if layer is None:
        rows = columns = np.setdiff1d(np.arange(len(matrix)), inputs)
    else:
        rows, columns = (np.flatnonzero(allowed.any(axis=axis)) for axis in (1, 0))
    return _cut(matrix, allowed, rows, columns, layer)


def closed(
    array: Shaped[np.ndarray, "N N"], inputs: Int[np.ndarray, " n"], outputs: Int[np.ndarray, " n"]
) -> Shaped[np.ndarray, "N-n N-n"]:
    """Return (N, N) numbers of edges, outputs being the inputs, in order, (N - n, N - n).

    What leads to an output, or from it, leads to the input of the same place, or from it; entries
    that meet are added.  Of neurons the outputs are left out; others keep their order.

    ``array``: numbers of edges, (N, N).

    Source: 2004.09280 Sec. 2, footnote 2.
    """
    merged = np.arange(len(array))
    merged[outputs] = inputs
    whole = np.zeros_like(array)
    rows, columns = np.nonzero(array)
    np.add.at(whole, (merged[rows], merged[columns]), array[rows, columns])
    kept = np.setdiff1d(np.arange(len(array)), outputs)
    return whole[np.ix_(kept, kept)]


def closed_block(
    matrix: Num[np.ndarray, "N N"],
    allowed: Bool[np.ndarray, "N N"],
    inputs: Int[np.ndarray, " n"],
    outputs: Int[np.ndarray, " n"],
    layer: Int[np.ndarray, " N"] | None,
) -> WeightBlock:
    """Return the block of a net, (N, N), whose outputs are its inputs, of all that are left.

    See `closed`.

    ``matrix``: w or A = f'w, (N, N), rows receive; ``allowed``: where edges may be, bool, (N, N);
    ``layer``: to which layer each neuron belongs, (N,); None: a graph.
    """
    neurons = np.setdiff1d(np.arange(len(matrix)), outputs)
    joined = closed(allowed, inputs, outputs)
    groups = None
    if layer is not None:
        number = np.where(allowed, 1 + layer[:, None] * (layer.max() + 1) + layer[None, :], 0)
        groups = closed(number, inputs, outputs)
    return WeightBlock(closed(matrix, inputs, outputs), joined, neurons, neurons, groups)


def _cut(
    matrix: np.ndarray,
    allowed: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    layer: np.ndarray | None,
) -> WeightBlock:
    part = np.ix_(rows, columns)
    groups = None
    if layer is not None:
        groups = layer[rows][:, None] * (layer.max() + 1) + layer[columns][None, :]
    return WeightBlock(matrix[part], allowed[part], rows, columns, groups)
