"""Where the loss of a net with kinked activations has its kinks, one neuron after another."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from nnuniverse.networks.activation import Activation
from nnuniverse.thermodynamics.canonical.system import System, dense_weights

MOST_PANELS = 4096
"""Cells that the states are cut into at most: of four neurons, each has eleven nodes then."""

PARALLEL = 1e-12
"""Coefficients of normalised planes that are rounding."""


class Cuts(NamedTuple):
    """Where an integral over a neuron's state x_k is to be cut: ``x_k = offsets + slopes x_<k``.

    ``neuron``: which of the free ones; ``slopes``: (cuts, k) by the neurons of the cuts before;
    ``offsets``: (cuts,).
    """

    neuron: int
    slopes: np.ndarray
    offsets: np.ndarray


class _Planes(NamedTuple):
    """Planes ``normals x + constants = 0``, (planes, neurons) and (planes,), and their ``ranks``.

    Across a plane of rank r the r-th derivative jumps, or a higher one.
    """

    normals: np.ndarray
    constants: np.ndarray
    ranks: np.ndarray

    def at(self, chosen: np.ndarray) -> _Planes:
        """Return some of the planes, by numbers or a mask."""
        return _Planes(self.normals[chosen], self.constants[chosen], self.ranks[chosen])


def kink_cuts(system: System, activation: Activation) -> list[Cuts]:
    """Return where iterated integrals over the states are smooth, outermost neuron first.

    f is kinked where an argument ``w x + b`` is, on planes.  An integral over the innermost neuron,
    cut at the planes, is a smooth function of the others but where two cuts meet or one meets the
    end of the range: on planes again, and so on outwards.  Each time the kink is weaker; of more
    than `MOST_PANELS` cells the weakest are left out.  Neurons that few planes depend on are
    innermost.  Without kinks nothing is cut.

    ``system``: the free neurons, and what is clamped around them; ``activation``: f with its
    derivative and range.
    """
    planes, free = _kinks(system, activation), list(range(system.neurons))
    most = math.floor(MOST_PANELS ** (1.0 / system.neurons)) - 1
    ends = [end for end in activation.range if math.isfinite(end)]
    reversed_cuts: list[Cuts] = []
    while free:
        touching = (planes.normals[:, free] != 0.0).sum(axis=0)
        neuron = free.pop(int(np.flatnonzero(touching == touching.min())[-1]))
        crossing = planes.normals[:, neuron] != 0.0
        here = planes.at(crossing)
        here = here.at(np.argsort(here.ranks, kind="stable")[:most])
        solved = _solved(here, neuron)
        reversed_cuts.append(Cuts(neuron, solved.normals, solved.constants))
        planes = _unique(_joined(planes.at(~crossing), _meetings(solved, ends)))
    cuts = reversed_cuts[::-1]
    order = [cut.neuron for cut in cuts]
    return [cut._replace(slopes=cut.slopes[:, order[:k]]) for k, cut in enumerate(cuts)]


def _kinks(system: System, activation: Activation) -> _Planes:
    if activation.kink is None:
        return _Planes(np.zeros((0, system.neurons)), np.zeros(0), np.zeros(0, np.int64))
    weights = dense_weights(system)
    receiving = np.flatnonzero(weights.any(axis=1))
    constants = np.asarray(system.drive)[receiving] - activation.kink.at
    return _unique(_Planes(weights[receiving], constants, np.ones(len(constants), np.int64)))


def _solved(planes: _Planes, neuron: int) -> _Planes:
    """Return the planes as ``x_neuron = normals x + constants``."""
    at = -planes.normals[:, neuron]
    normals = planes.normals / at[:, None]
    normals[:, neuron] = 0.0
    return planes._replace(normals=normals, constants=planes.constants / at)


def _meetings(solved: _Planes, ends: list[float]) -> _Planes:
    """Return where two planes, or one of them and an end of the range, meet."""
    flat = np.zeros((len(ends), solved.normals.shape[1]))
    whole = _joined(solved, _Planes(flat, np.array(ends), np.zeros(len(ends), np.int64)))
    first, second = np.triu_indices(len(whole.ranks), 1)
    kinked = whole.ranks[first] > 0  # not both ends of the range
    a, b = whole.at(first[kinked]), whole.at(second[kinked])
    return _Planes(a.normals - b.normals, a.constants - b.constants, a.ranks + b.ranks + 1)


def _joined(first: _Planes, second: _Planes) -> _Planes:
    return _Planes(*map(np.concatenate, zip(first, second, strict=True)))


def _unique(planes: _Planes) -> _Planes:
    """Return every plane once, by its lowest rank, without those that are nowhere."""
    size = np.abs(planes.normals).max(axis=1, initial=0.0)
    planes, size = planes.at(size > PARALLEL), size[size > PARALLEL]
    leading = np.argmax(np.abs(planes.normals) > PARALLEL * size[:, None], axis=1)
    scale = np.copysign(size, planes.normals[np.arange(len(size)), leading])
    scaled = np.column_stack([planes.normals, planes.constants]) / scale[:, None]
    ranked = np.argsort(planes.ranks, kind="stable")
    _, once = np.unique(scaled[ranked].round(12), axis=0, return_index=True)
    return planes.at(np.sort(ranked[once]))
