"""Strings of neurons that saturate: states run along them and die out slowly."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Num

from nnuniverse.physics.strings.movers import Response
from nnuniverse.physics.strings.string_net import StringNet


def transported(
    net: StringNet, start: Float[np.ndarray, "*lead sites"], steps: int, response: Response
) -> Float[np.ndarray, "*lead sites"]:
    """Return each site's state after ``steps``, by following its own signal alone, (..., sites).

    ``x_i(t) = f(w_i f(w_(i-1) ... f(w_(i-t+1) x_(i-t)(0))))``; with unit weights f applied t times
    to x_(i-t)(0), exactly, whatever f.

    ``net``: the net, whose weights are a weighted permutation; ``start``: x at the beginning, (...,
    sites); ``response``: f, elementwise.

    Source: 2008.01540 (7.13) (B14).
    """
    behind = [np.arange(net.sites)]
    for _ in range(steps):
        behind.append(net.before[behind[-1]])
    signal = np.asarray(start, float)[..., behind.pop()]
    while behind:
        signal = response(net.weights[behind.pop()] * signal)
    return signal


def tanh_decay(steps: Num[np.ndarray, "*shape"] | int) -> Float[np.ndarray, "*shape"]:
    """Return ``sqrt(3/(2 t))``, what |x| of a tanh string of unit weights tends to after t steps.

    ``1/tanh^2 x = 1/x^2 + 2/3 + O(x^2)``, so that a step adds 2/3 to 1/x^2, whatever x(0) is.

    >>> from nnuniverse.physics.strings.saturation import tanh_decay
    >>> round(float(tanh_decay(75)), 6)
    0.141421
    """
    return np.asarray(np.sqrt(1.5 / np.asarray(steps, float)))
