"""Which edges of a net are kept: those that are not zero, the strongest, or as many as it needs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Num

LossOf = Callable[[Bool[np.ndarray, "N N"]], float]
"""The loss of a net with these edges only, bool (N, N)."""


def strongest_edges(
    strength: Num[np.ndarray, "N N"], allowed: Bool[np.ndarray, "N N"], count: int
) -> Bool[np.ndarray, "N N"]:
    """Return the ``count`` strongest of the ``allowed`` edges, bool (N, N).

    ``strength``: of every edge, (N, N), by its absolute value; of equal ones those of smaller i,
    then j, come first.
    """
    places = np.flatnonzero(allowed)
    order = np.argsort(-np.abs(strength.ravel()[places]), kind="stable")
    kept = np.zeros(allowed.size, bool)
    kept[places[order[:count]]] = True
    return kept.reshape(allowed.shape)


def fewest_edges(
    strength: Num[np.ndarray, "N N"], allowed: Bool[np.ndarray, "N N"], loss_of: LossOf, most: float
) -> Bool[np.ndarray, "N N"]:
    """Return the strongest edges, as many as keep the loss at or below ``most``, bool (N, N).

    Their number is found by bisection, so that one edge fewer has a larger loss; where the loss
    does not fall steadily with their number there may be a smaller one that would do.

    ``strength``: what edges are ordered by, >= 0, (N, N); ``allowed``: where edges may be, bool,
    (N, N); ``loss_of``: the loss with these edges alone.
    """
    few, enough = -1, int(np.count_nonzero(strength[allowed]))
    while enough - few > 1:
        middle = (few + enough) // 2
        if loss_of(strongest_edges(strength, allowed, middle)) <= most:
            enough = middle
        else:
            few = middle
    return strongest_edges(strength, allowed, enough)


def is_partial_permutation(kept: Bool[np.ndarray, "N N"]) -> bool:
    """Return whether every neuron has at most one edge into it and one out of it.

    ``kept``: edges, bool (N, N).  Source: 2008.01540 (7.11).
    """
    return bool((kept.sum(axis=0) <= 1).all() and (kept.sum(axis=1) <= 1).all())
