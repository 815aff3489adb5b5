"""The scales of neurons in which all weights along a string are equal."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.strings.string_net import StringNet


def gauge_scales(net: StringNet) -> Float[np.ndarray, " {net.sites}"]:
    """Return the diagonal S with ``S^-1 w S = g pi``, (sites,), of either sign, 1 on average.

    ``g = |P|^(1/n)`` is the gain of each string, and pi its permutation with the weight -1 into its
    first site if P < 0, else 1: see `unit_string`.  The geometric mean of |S| along a string is 1.
    S leaves the eigenvalues of w, but not those of G.

    ``net``: the net, whose weights are a weighted permutation.

    Source: 2008.01540 (7.12) (B14).
    """
    steps = np.log(np.abs(net.weights)) - np.log(net.gains)[net.cycle]
    signs = (net.weights < 0.0).astype(int)
    steps[net.starts], signs[net.starts] = 0.0, 0
    heights, turns = (_along(net, one) for one in (steps, signs))
    heights -= (np.add.reduceat(heights, net.starts) / net.lengths)[net.cycle]
    return np.asarray(np.where(turns % 2 == 1, -1.0, 1.0) * np.exp(heights))


def unit_string(net: StringNet) -> StringNet:
    """Return the same strings with all weights 1, but -1 into the first site where P < 0.

    ``pi^T pi = 1`` holds of these: of an antiperiodic string as of a permutation.

    ``net``: the net, whose weights are a weighted permutation.
    """
    weights = np.ones(net.sites)
    weights[net.starts[net.antiperiodic]] = -1.0
    return StringNet(net.neurons, net.lengths, weights)


def gauge_residual(net: StringNet) -> float:
    """Return how far ``S^-1 w S`` is from ``g pi``, over g, at the worst site.

    ``net``: the net, whose weights are a weighted permutation.
    """
    scales, unit = gauge_scales(net), unit_string(net)
    fixed = net.weights * scales[net.before] / scales / net.gains[net.cycle]
    return float(np.abs(fixed - unit.weights).max())


def _along(net: StringNet, steps: np.ndarray) -> np.ndarray:
    """Return the sums of ``steps`` along each string up to each site, (sites,)."""
    sums = np.cumsum(steps)
    return np.asarray(sums - (sums[net.starts] - steps[net.starts])[net.cycle])
