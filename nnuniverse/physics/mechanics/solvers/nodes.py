"""Moments at which a wave on a ring has a zero: those at which its winding number changes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float

from nnuniverse.physics.mechanics.solvers.twisted_ring import winding_number

PRECISION = 1e-9
"""Of the time of a node, relative to that between two moments; nearer it has no phase."""

SHARE = 0.4142
"""At which a stretch of time is divided; no half, at which a zero may well be."""


class Node(NamedTuple):
    """A zero that passes: its ``time``, the winding number ``before`` and ``after``.

    ``least``: the smallest |Psi|^2 on the grid at that time, over its mean; the zero itself lies
    between two points.
    """

    time: float
    before: int
    after: int
    least: float


def nodes(
    wave: Callable[[float], Complex[np.ndarray, " points"]], times: Float[np.ndarray, " times"]
) -> list[Node]:
    """Return the zeros of a wave that change its winding number, in order of time.

    By dividing the time between neighbours of ``times`` whose winding numbers differ.  Zeros that
    make up for each other between two of them are not seen.

    ``wave``: Psi at a time, (points,), periodic;  ``times``: ascending, at none of which it has a
    zero on the grid.
    Raises `NNUniverseError` as `winding_number`.

    Source: 2012.05082 Sec. 3 (C9).
    """
    found = []
    for begin, end in pairwise(times):
        before, after = winding_number(wave(begin)), winding_number(wave(end))
        while before != after:
            node = _first(wave, begin, end, before)
            found.append(node)
            begin, before = node.time, node.after
    return found


def _first(wave: Callable[[float], np.ndarray], begin: float, end: float, before: int) -> Node:
    """Return a node at which a winding number that is ``before`` at the beginning changes."""
    enough = PRECISION * (end - begin)
    while end - begin > enough:
        middle = begin + SHARE * (end - begin)
        if winding_number(wave(middle)) == before:
            begin = middle
        else:
            end = middle
    density = np.abs(wave(end)) ** 2
    return Node(end, before, winding_number(wave(end)), float(density.min() / density.mean()))
