"""Nets whose weights are a weighted permutation: their neurons lie on closed strings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from nnuniverse.physics.structure.cycles import cycles_of, following_of


class Fault(NamedTuple):
    """Why a matrix is no weighted permutation: a ``neuron`` and how many weights it has.

    ``way``: "into" for its row of w, "out of" for its column.
    """

    neuron: int
    entries: int
    way: str


@dataclass(frozen=True)
class StringNet:
    """Closed strings of neurons, each of which receives from one and sends to one.

    Sites are numbered string by string, along the edges: site p of a string of n receives from
    p - 1, site 0 from n - 1.  ``neurons``: which neuron a site is, (sites,); ``lengths``: sites of
    each string, (cycles,); ``weights``: of the edge into each site, not zero, (sites,).

    Source: 2008.01540 (7.11), (7.12).
    """

    neurons: np.ndarray
    lengths: np.ndarray
    weights: np.ndarray

    @property
    def sites(self) -> int:
        """Number of sites of all strings."""
        return len(self.weights)

    @cached_property
    def starts(self) -> Int[np.ndarray, " cycles"]:
        """The first site of each string, (cycles,)."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def cycle(self) -> Int[np.ndarray, " sites"]:
        """The string, a cycle of w, of each site, (sites,)."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def position(self) -> Int[np.ndarray, " sites"]:
        """The place of each site along its string, (sites,)."""
        return np.arange(self.sites) - self.starts[self.cycle]

    @cached_property
    def before(self) -> Int[np.ndarray, " sites"]:
        """The site that each receives from, (sites,)."""
        sites = np.arange(self.sites) - 1
        sites[self.starts] += self.lengths
        return sites

    @cached_property
    def after(self) -> Int[np.ndarray, " sites"]:
        """The site that each sends to, (sites,)."""
        sites = np.empty(self.sites, int)
        sites[self.before] = np.arange(self.sites)
        return sites

    @cached_property
    def products(self) -> Float[np.ndarray, " cycles"]:
        """P, the product of the weights around each string, (cycles,)."""
        return np.multiply.reduceat(self.weights, self.starts)

    @cached_property
    def gains(self) -> Float[np.ndarray, " cycles"]:
        """``|P|^(1/n)``, by which a step enlarges the states of each string, (cycles,)."""
        logarithms = np.add.reduceat(np.log(np.abs(self.weights)), self.starts)
        return np.asarray(np.exp(logarithms / self.lengths))

    @cached_property
    def antiperiodic(self) -> Bool[np.ndarray, " cycles"]:
        """Whether P < 0: a state comes back with the other sign, (cycles,) of bool."""
        negative = np.add.reduceat((self.weights < 0.0).astype(int), self.starts)
        return negative % 2 == 1

    def forward(self, states: Float[np.ndarray, "*lead sites"]) -> Float[np.ndarray, "*lead sites"]:
        """Return ``w x`` of states x, (..., sites): what every site receives."""
        return np.asarray(self.weights * states[..., self.before])

    def backward(
        self, states: Float[np.ndarray, "*lead sites"]
    ) -> Float[np.ndarray, "*lead sites"]:
        """Return ``w^T x`` of states x, (..., sites): a step against the edges."""
        return np.asarray((self.weights * states)[..., self.after])


def find_fault(
    rows: Int[np.ndarray, " E"], columns: Int[np.ndarray, " E"], neurons: int
) -> Fault | None:
    """Return why edges make no closed strings, None if they do.

    ``rows`` and ``columns``: ends i and starts j of the edges j -> i among ``neurons`` N, (E,).
    A neuron without any edge is on no string, which is no fault; one with an edge on one side alone
    is, and one with two on a side.

    >>> find_fault(np.array([1, 0]), np.array([0, 1]), neurons=2)
    >>> find_fault(np.array([1, 1]), np.array([0, 2]), neurons=3)
    Fault(neuron=1, entries=2, way='into')
    """
    into, out_of = (np.bincount(ends, minlength=neurons) for ends in (rows, columns))
    for counts, way in ((into, "into"), (out_of, "out of")):
        if (several := np.flatnonzero(counts > 1)).size:
            return Fault(int(several[0]), int(counts[several[0]]), way)
    if (ends := np.flatnonzero(into != out_of)).size:
        return Fault(int(ends[0]), 0, "out of" if into[ends[0]] else "into")
    return None


def closed_strings(
    rows: Int[np.ndarray, " E"], columns: Int[np.ndarray, " E"], weights: Float[np.ndarray, " E"]
) -> StringNet:
    """Return the strings of a weighted permutation, `find_fault` of which is None.

    ``weights``: of the edges ``columns`` j -> ``rows`` i, (E,) each, none zero.  Strings are in the
    order of their lowest neurons, and begin there.

    >>> import numpy as np
    >>> from nnuniverse.physics.strings.string_net import closed_strings
    >>> net = closed_strings(np.array([1, 2, 0]), np.array([0, 1, 2]), np.ones(3))
    >>> net.lengths.tolist()
    [3]
    """
    size = 1 + int(rows.max(initial=-1))
    cycles = cycles_of(following_of(rows, columns, size))
    neurons = np.concatenate([np.zeros(0, int), *cycles])
    into = np.zeros(size)
    into[rows] = weights
    return StringNet(neurons, np.array([len(cycle) for cycle in cycles], int), into[neurons])
