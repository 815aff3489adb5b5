"""States that run along strings: to the right by w, to the left by its transpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.strings.gauge import gauge_scales
from nnuniverse.physics.strings.string_net import StringNet

Response = Callable[[Float[np.ndarray, " ..."]], Float[np.ndarray, " ..."]]

OVERLAP = 2
"""Steps between the outer ones of a second difference."""

NUMBERS_AT_ONCE = 2_500_000
"""States of some steps, 20 MB, so that what is made of them stays near the processor."""

LARGEST_EXPONENT = 500.0
"""Of e: by how much a gain may have changed states that are compared."""


def linear(states: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Return ``states`` as they are: the activation of the papers' strings."""
    return states


def right_mover(
    net: StringNet, start: Float[np.ndarray, "*lead sites"], steps: int, response: Response = linear
) -> Float[np.ndarray, "*lead {steps}+1 sites"]:
    """Return ``x(t + 1) = f(w x(t))``, (..., steps + 1, sites), of ``start`` (..., sites).

    ``response``: f, elementwise.  With weights 1 and f = 1, ``x_i(t) = x_(i - t)(0)``.

    ``net``: the net, whose weights are a weighted permutation.

    Source: 2008.01540 (7.9), (7.13), (8.4).
    """
    return _path(net.forward, start, steps, response)


def left_mover(
    net: StringNet, start: Float[np.ndarray, "*lead sites"], steps: int, response: Response = linear
) -> Float[np.ndarray, "*lead {steps}+1 sites"]:
    """Return ``x(t + 1) = f(w^T x(t))``, (..., steps + 1, sites), of ``start`` (..., sites).

    ``net``: the net, whose weights are a weighted permutation; ``response``: f, elementwise.

    Source: 2008.01540 (8.5).
    """
    return _path(net.backward, start, steps, response)


def in_unit_gauge(
    net: StringNet, movers: Float[np.ndarray, " movers *lead times sites"], first: int = 0
) -> Float[np.ndarray, " movers *lead kept sites"]:
    """Return movers as those of the `unit_string`: scaled by the gauge, divided by the gain.

    ``movers``: (1 or 2, ..., steps + 1, sites), the right one ``y = S^-1 x/g^t`` first, then the
    left one, ``y = S x/g^t``; as many steps as numbers last for.  ``first``: t of their first step.

    ``net``: the net, whose weights are a weighted permutation.
    """
    slopes = np.abs(np.log(net.gains)).max()
    steps = movers.shape[-2]
    if slopes > 0.0:
        steps = max(min(steps, 1 + int(LARGEST_EXPONENT / slopes) - first), 0)
    grown = net.gains[net.cycle] ** np.arange(first, first + steps)[:, None]
    return rescaled(net, movers[..., :steps, :]) / grown


def windows(movers: Float[np.ndarray, "... times sites"]) -> Iterator[slice]:
    """Yield the steps of ``movers``, (..., steps + 1, sites), few at a time: what caches hold.

    Neighbours have `OVERLAP` steps in common, so that all that differs by as many steps is seen.
    """
    steps = movers.shape[-2]
    at_once = max(NUMBERS_AT_ONCE // max(movers.size // steps, 1), 1)
    for first in range(0, max(steps - OVERLAP, 1), at_once):
        yield slice(first, min(first + at_once + OVERLAP, steps))


def rescaled(
    net: StringNet, movers: Float[np.ndarray, " movers *lead sites"]
) -> Float[np.ndarray, " movers *lead sites"]:
    """Return movers in the scales in which weights are equal, ``S^-1 x`` and ``S x``, as large.

    ``movers``: (1 or 2, ..., sites), the right one first.

    ``net``: the net, whose weights are a weighted permutation.
    """
    scales = gauge_scales(net)
    return np.stack([x * by for x, by in zip(movers, (1.0 / scales, scales), strict=False)])


def _path(step: Response, start: np.ndarray, steps: int, response: Response) -> np.ndarray:
    path = np.empty((*start.shape[:-1], steps + 1, start.shape[-1]))
    path[..., 0, :] = start
    for t in range(steps):
        path[..., t + 1, :] = response(step(path[..., t, :]))
    return path
