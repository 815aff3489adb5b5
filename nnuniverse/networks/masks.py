"""Masks: which pairs of neurons are connected."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import psutil

from nnuniverse.errors import ConfigError


class Mask(NamedTuple):
    """The edges j -> i among ``neurons`` N neurons: ``rows`` i and ``columns`` j, (E,) each.

    Edges are sorted by row, then column.  ``weights`` (E,), ``bias`` (N,), ``inputs`` and
    ``outputs``: None where the mask does not say.
    """

    neurons: int
    rows: np.ndarray
    columns: np.ndarray
    weights: np.ndarray | None = None
    bias: np.ndarray | None = None
    inputs: np.ndarray | None = None
    outputs: np.ndarray | None = None


BYTES = 64
"""Memory per neuron or edge while a mask is made: a few arrays of 8 bytes each."""


def require_small(neurons: int, edges: int) -> None:
    """Raise ConfigError for a graph that the memory available has no room for.

    ``neurons``: N; ``edges``: how many there would be.
    """
    needed, available = BYTES * (neurons + edges), psutil.virtual_memory().available
    if needed > available:
        raise ConfigError(
            "`network.mask`",
            f"be a graph that fits into the memory available, {available / 2**30:.3g} GiB",
            f"with up to {neurons} neurons and {edges} edges needs {needed / 2**30:.3g} GiB",
            "a smaller graph",
        )


def full_mask(neurons: int, self_loops: bool = False) -> Mask:
    """Return all N^2 edges, or the N (N - 1) without self-loops.

    Raises ConfigError if the memory has no room for them, as all masks do.

    ``neurons``: N; ``self_loops``: whether neurons are their own neighbours.

    >>> from nnuniverse.networks.masks import full_mask
    >>> full_mask(3).rows.tolist(), full_mask(3).columns.tolist()
    ([0, 0, 1, 1, 2, 2], [1, 2, 0, 2, 0, 1])
    """
    require_small(neurons, neurons**2)
    allowed = np.ones((neurons, neurons), bool)
    if not self_loops:
        np.fill_diagonal(allowed, val=False)
    return Mask(neurons, *np.nonzero(allowed))


def random_mask(
    neurons: int, links: int = 10, probability: float | None = None, seed: int = 0
) -> Mask:
    """Return random edges without self-loops.

    Each neuron receives ``links`` edges from different others; or with ``probability`` p, each of
    the N (N - 1) edges is there with probability p.  Raises ConfigError for too many links.

    ``neurons``: N; ``seed``: of the edges.

    >>> mask = random_mask(100, links=10, seed=1)
    >>> len(mask.rows), bool((mask.rows == mask.columns).any())
    (1000, False)
    """
    others = neurons - 1
    expected = links * neurons if probability is None else math.ceil(probability * neurons * others)
    require_small(neurons, expected)
    random = np.random.default_rng(seed)
    if probability is not None:
        count = random.binomial(neurons * others, probability)
        chosen = np.sort(random.choice(neurons * others, count, replace=False))
        rows, columns = np.divmod(chosen, max(others, 1))
    else:
        if links > others:
            raise ConfigError(
                "`network.mask.links`",
                f"be at most the {others} other neurons",
                f"is {links}",
                "fewer links, or more neurons",
            )
        columns = np.sort([random.choice(others, links, replace=False) for _ in range(neurons)])
        rows, columns = np.repeat(np.arange(neurons), links), columns.ravel()
    return Mask(neurons, rows, columns + (columns >= rows))


def lattice_mask(shape: Sequence[int], periodic: bool = True, neighbours: int = 1) -> Mask:
    """Return the edges of a lattice: to and from up to ``neighbours`` sites along every axis.

    ``shape``: sites per axis, one for a ring or chain; neurons are numbered in C order.
    ``periodic``: whether the ends of an axis are joined.

    >>> from nnuniverse.networks.masks import lattice_mask
    >>> len(lattice_mask([4, 4]).rows)
    64
    """
    require_small(math.prod(shape), 2 * len(shape) * neighbours * math.prod(shape))
    sites = np.indices(shape).reshape(len(shape), -1)
    numbers = np.arange(sites.shape[1])
    pairs = []
    for axis, length in enumerate(shape):
        for distance in range(1, neighbours + 1):
            for step in (-distance, distance):
                moved = sites.copy()
                moved[axis] += step
                inside = (moved[axis] >= 0) & (moved[axis] < length) | periodic
                moved[axis] %= length
                senders = np.ravel_multi_index(tuple(moved), tuple(shape))
                pairs.append(np.stack([numbers, senders], axis=1)[inside])
    edges = np.unique(np.concatenate(pairs), axis=0)  # on short rings, steps meet
    edges = edges[edges[:, 0] != edges[:, 1]]
    return Mask(len(numbers), edges[:, 0], edges[:, 1])


def permutation_mask(cycles: Sequence[int], weight: float | None = 1.0) -> Mask:
    """Return disjoint directed cycles of the lengths given, one edge into every neuron.

    ``weight``: of every edge; None: to be drawn.  With weight 1, w is a permutation matrix.
    Source: 2008.01540 Sec. 7, 8.

    >>> from nnuniverse.networks.masks import permutation_mask
    >>> mask = permutation_mask([2, 1], weight=1.0)
    >>> mask.rows.tolist(), mask.columns.tolist()
    ([0, 1, 2], [1, 0, 2])
    """
    neurons = sum(cycles)
    require_small(neurons, neurons)
    ends = np.cumsum(cycles)
    rows = np.arange(neurons)
    columns = rows - 1
    columns[ends - np.asarray(cycles)] = ends - 1
    weights = None if weight is None else np.full(neurons, weight)
    return Mask(neurons, rows, columns, weights)


def block_mask(sizes: Sequence[int], connections: Sequence[tuple[int, int]] | None = None) -> Mask:
    """Return full connections between blocks of neurons, without self-loops.

    ``sizes``: neurons per block, numbered block by block; ``connections``: (sending, receiving)
    blocks; None: each to the next, which is a layered net.  Raises ConfigError for a block that
    is not there.
    """
    connections = list(pairwise(range(len(sizes)))) if connections is None else connections
    for block in itertools.chain(*connections):
        if not 0 <= block < len(sizes):
            raise ConfigError(
                "`network.mask.connections`",
                f"join blocks 0 to {len(sizes) - 1}",
                f"names {block}",
                "connections=[[0,1]]",
            )
    neurons = sum(sizes)
    require_small(
        neurons, sum(sizes[sending] * sizes[receiving] for sending, receiving in connections)
    )
    ends = np.cumsum(sizes)
    numbers = [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    pairs = [
        np.add.outer(neurons * numbers[receiving], numbers[sending]).ravel()
        for sending, receiving in connections
    ]
    rows, columns = np.divmod(np.unique(np.concatenate([*pairs, np.zeros(0, np.int64)])), neurons)
    between = rows != columns
    return Mask(neurons, rows[between], columns[between])


def layers_mask(sizes: Sequence[int], links: int | None = None, seed: int = 0) -> Mask:
    """Return connections from every layer to the next, numbered layer by layer.

    ``sizes``: neurons per layer; ``links``: each neuron receives so many edges, from different
    random neurons of the layer before, None: from all of them; ``seed``: of these.  Raises
    ConfigError for more links than a layer has neurons.

    >>> len(layers_mask([784, 40, 10]).rows), 784 * 40 + 40 * 10
    (31760, 31760)
    """
    if links is None:
        return block_mask(sizes)
    if links > min(sizes[:-1]):
        raise ConfigError(
            "`network.mask.links`",
            f"be at most the {min(sizes[:-1])} neurons of the smallest layer that sends",
            f"is {links}",
            f"network.mask.links={min(sizes[:-1])}, or null",
        )
    require_small(sum(sizes), links * sum(sizes[1:]))
    random = np.random.default_rng(seed)
    first = np.cumsum(sizes) - np.asarray(sizes)
    senders = [
        start + np.sort(random.choice(before, links, replace=False))
        for start, before, size in zip(first, sizes, sizes[1:], strict=False)
        for _ in range(size)
    ]
    receivers = np.arange(sizes[0], sum(sizes))
    return Mask(sum(sizes), np.repeat(receivers, links), np.concatenate(senders))
