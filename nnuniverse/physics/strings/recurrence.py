"""After how many steps all strings are back where they began."""

from __future__ import annotations

from math import lcm

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.strings.string_net import StringNet


def recurrence_steps(net: StringNet) -> int:
    """Return the least T with ``pi^T = 1`` of the `unit_string`: of gains 1 all states are back.

    The least common multiple of the lengths, doubled where P < 0.

    ``net``: the net, whose weights are a weighted permutation.

    Source: 2008.01540 (7.12).
    """
    turns = net.lengths * np.where(net.antiperiodic, 2, 1)
    return lcm(*map(int, np.unique(turns)))


def after_steps(
    net: StringNet, states: Float[np.ndarray, "*lead sites"], steps: int
) -> Float[np.ndarray, "*lead sites"]:
    """Return ``w^steps x`` of states x, (..., sites), by repeated squaring.

    ``net``: the net, whose weights are a weighted permutation.
    """
    senders, weights = net.before, net.weights
    taken, factors = np.arange(net.sites), np.ones(net.sites)
    while steps:
        if steps % 2:
            taken, factors = senders[taken], factors * weights[taken]
        senders, weights = senders[senders], weights * weights[senders]
        steps //= 2
    return np.asarray(factors * states[..., taken])
