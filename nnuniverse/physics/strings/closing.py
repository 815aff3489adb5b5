"""Nets whose outputs are their inputs, so that chains from one to the other become cycles."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from jaxtyping import Int


def closed_matrix(
    weights: sp.coo_array, inputs: Int[np.ndarray, " n"], outputs: Int[np.ndarray, " n"]
) -> sp.coo_array:
    """Return w with every output neuron taken for the input neuron of its place, (N, N).

    ``inputs`` and ``outputs``: neurons, as many of either, in order.  What led into an output leads
    into its input, and what led out of it comes from there; its own row and column are empty.

    ``weights``: w, (N, N), rows receive.
    """
    label = np.arange(weights.shape[0])
    label[outputs] = inputs
    ends = label[weights.row], label[weights.col]
    merged = sp.coo_array((weights.data, ends), shape=weights.shape)
    merged.sum_duplicates()
    return merged
