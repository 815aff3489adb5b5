"""What is computed of the first sites of a layer alone, where all others are dormant."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TypeVar

import jax
from jaxtyping import Array, Bool

Found = TypeVar("Found")

LANES = 8
"""Neurons that a processor computes at a time."""


def of_leading(active: Bool[Array, " n_l"], function: Callable[[int], Found]) -> Found:
    """Return ``function`` of half of the sites and one, rounded up, or of all if others are active.

    As many are active at first and one more: a newborn takes the first dormant site.

    ``active``: which sites of the layer are, (n_l,); ``function``: of a number of sites, from the
    first on; what it returns has the same shapes for both.
    """
    sites = len(active)
    leading = min(sites, ceil((sites / 2 + 1) / LANES) * LANES)
    if leading == sites:
        return function(sites)
    found: Found = jax.lax.cond(
        active[leading:].any(), lambda: function(sites), lambda: function(leading)
    )
    return found
