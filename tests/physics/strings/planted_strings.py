"""Nets of strings, put together by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nnuniverse.physics.strings.string_net import StringNet, closed_strings


class Planted(NamedTuple):
    """Strings ``net`` and the ``matrix`` w of all neurons that they were put into, (N, N)."""

    net: StringNet
    matrix: np.ndarray


def planted(
    lengths: Sequence[int], weights: np.ndarray | float = 1.0, seed: int = 0, others: int = 0
) -> Planted:
    """Return cycles of random neurons, ``weights`` in the order of the sites, and ``others``."""
    sites = sum(lengths)
    neurons = np.random.default_rng(seed).permutation(sites + others)[:sites]
    cycles = np.split(neurons, np.cumsum(lengths)[:-1])
    rows = np.concatenate(cycles)
    columns = np.concatenate([np.roll(cycle, 1) for cycle in cycles])
    entries = np.broadcast_to(np.asarray(weights, float), sites)
    matrix = np.zeros((sites + others, sites + others))
    matrix[rows, columns] = entries
    return Planted(closed_strings(rows, columns, entries), matrix)


def random_weights(sites: int, seed: int = 0, positive: bool = False) -> np.ndarray:
    """Return unequal weights of either sign."""
    random = np.random.default_rng(seed)
    sizes = np.exp(0.3 * random.normal(size=sites))
    return sizes if positive else sizes * random.choice([-1.0, 1.0], sites)
