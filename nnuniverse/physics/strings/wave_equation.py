"""The wave equation on the lattice, which both movers and their average obey."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.strings.string_net import StringNet


def wave_defect(
    net: StringNet, states: Float[np.ndarray, "*lead times sites"]
) -> Float[np.ndarray, "*lead times-2 sites"]:
    """Return ``x(t + 1) + x(t - 1) - (w + w^T) x(t)``, (..., steps - 1, sites).

    ``states``: x, (..., steps + 1, sites).  Zero for either mover and their average if w^T w = 1:
    the wave equation with central second differences, and exact on the lattice.

    ``net``: the net, whose weights are a weighted permutation.

    Source: 2008.01540 (8.8), (8.9).
    """
    now = states[..., 1:-1, :]
    around = net.forward(now) + net.backward(now)
    return np.asarray(states[..., 2:, :] + states[..., :-2, :] - around)


def relative_size(defect: Float[np.ndarray, " ..."], states: Float[np.ndarray, " ..."]) -> float:
    """Return the largest |defect| over the largest |x|; NaN where there are no states to compare.

    Zero over zero is zero.
    """
    if not defect.size:
        return float("nan")
    largest = float(np.abs(states).max())
    return float(np.abs(defect).max()) / largest if largest > 0.0 else 0.0
