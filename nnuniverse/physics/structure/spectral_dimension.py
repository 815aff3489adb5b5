"""The dimension that a random walk on a graph feels: 2004.09280 Sec. 12 expects three."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int, Num, Shaped

EXACT_UP_TO = 1000
"""Neurons of a graph of which all eigenvalues are taken."""

STARTS = 64
"""Neurons that walks on larger graphs start from."""

FIRST_STEP = 8
"""Earlier the walk knows too little of the graph: on a ring its slope is off by 3 %."""

SETTLED = 3.0
"""A walk that returns less than so many times as often as in the end feels how large its graph is.
"""

PLATEAU_RANGE = 0.05
PLATEAU_LENGTH = 4.0
"""The slope is a dimension if it is constant to within this over so many times the steps."""


class SpectralDimension(NamedTuple):
    """``dimension``: NaN unless there is a plateau; ``low``, ``high``: where d(t) goes, NaN too."""

    dimension: float
    low: float
    high: float


def walk_steps(last: int = 1024) -> Int[np.ndarray, " steps"]:
    """Return 2, 4, 6, 8, 12, 16, ... up to ``last``: even numbers of steps, two to an octave.

    >>> walk_steps(16).tolist()
    [2, 4, 6, 8, 12, 16]
    """
    octaves = 2 ** np.arange(1, 1 + int(np.log2(last)))
    steps = np.concatenate([octaves, 3 * octaves[octaves >= 2] // 2])
    even = np.unique(steps + steps % 2)
    return even[even <= last]


def return_probability(
    edges: Shaped[np.ndarray, "N N"] | sp.sparray,
    steps: Int[np.ndarray, " steps"],
    random: np.random.Generator,
) -> Float[np.ndarray, " steps"]:
    """Return how often a lazy walk is back where it started, (steps,); NaN without edges.

    ``p(t) = mean_i (P^t)_ii``, ``P = (1 + D^-1 S)/2``, S the edges in either direction, each once,
    D the degrees; neurons without edges left out.  ``edges``: what is not zero, (N, N);
    ``steps``: even t, ascending.  Of more than `EXACT_UP_TO` neurons the mean is over `STARTS`
    random ones.

    Source: 2004.09280 Sec. 12.
    """
    walk = _lazy_walk(edges)
    if walk is None:
        return np.full(len(steps), np.nan)
    neurons = walk.shape[0]
    if neurons <= EXACT_UP_TO:
        eigenvalues = np.clip(np.linalg.eigvalsh(walk.toarray()), 0.0, 1.0)
        return np.array([(eigenvalues**t).mean() for t in steps])
    starts = random.choice(neurons, STARTS, replace=False)
    state = np.zeros((neurons, STARTS))
    state[starts, np.arange(STARTS)] = 1.0
    found, done = np.empty(len(steps)), 0
    for at, step in enumerate(steps):  # (P^2s)_ii = |P^s e_i|^2 of a symmetric P
        for _ in range(done, step // 2):
            state = walk @ state
        done = step // 2
        found[at] = (state**2).sum(axis=0).mean()
    return found


def _lazy_walk(edges: np.ndarray | sp.sparray) -> sp.csr_array | None:
    """Return (1 + D^-1/2 S D^-1/2)/2, whose powers have the diagonal of P's; None without edges."""
    links = _links(edges)
    degrees = links.sum(axis=0)
    there = np.flatnonzero(degrees)
    if not len(there):
        return None
    root = sp.diags_array(1.0 / np.sqrt(degrees[there]))
    within = links[there][:, there]
    return sp.csr_array(0.5 * (sp.eye_array(len(there)) + root @ within @ root))


def settled_probability(edges: Shaped[np.ndarray, "N N"] | sp.sparray) -> float:
    """Return p(t) of a walk without end: the mean over neurons of ``d_i/sum d`` of their component.

    That is the number of components over that of neurons; those without edges left out.

    >>> settled_probability(np.array([[0, 1], [1, 0]]))
    0.5
    """
    links = _links(edges)
    neurons = int(np.count_nonzero(links.sum(axis=0)))
    if not neurons:
        return np.nan
    alone = links.shape[0] - neurons
    components = sp.csgraph.connected_components(links, directed=False)[0]
    return float(components - alone) / neurons


def _links(edges: np.ndarray | sp.sparray) -> sp.csr_array:
    """Return 1 between neurons that an edge joins, in either direction, self-loops left out."""
    found = sp.coo_array(edges)
    there = (found.data != 0) & (found.row != found.col)
    rows, columns = found.row[there], found.col[there]
    ends = np.concatenate([rows, columns]), np.concatenate([columns, rows])
    both = sp.csr_array((np.ones(2 * len(rows)), ends), shape=found.shape)
    both.data[:] = 1.0
    return both


def spectral_dimension(
    steps: Num[np.ndarray, " steps"], probability: Float[np.ndarray, " steps"], settled: float
) -> SpectralDimension:
    """Return ``d = -2 dlog p/dlog t`` where it does not depend on t, and its range.

    ``steps``: t, ``probability``: p(t), see `return_probability`; ``settled``: p in the end.  The
    slope is that between steps two apart, from `FIRST_STEP` on and while p is at least `SETTLED`
    times that in the end.

    Source: 2004.09280 Sec. 12.
    """
    felt = (steps >= FIRST_STEP) & (probability >= SETTLED * settled)
    t, p = np.log(steps[felt]), np.log(probability[felt])
    if len(t) < 3:
        return SpectralDimension(np.nan, np.nan, np.nan)
    slopes = -2.0 * (p[2:] - p[:-2]) / (t[2:] - t[:-2])
    return SpectralDimension(
        _plateau(np.exp(t[1:-1]), slopes), float(slopes.min()), float(slopes.max())
    )


def _plateau(steps: np.ndarray, slopes: np.ndarray) -> float:
    """Return the mean slope of the longest stretch that is constant, NaN if none is long enough."""
    best, dimension = PLATEAU_LENGTH * (1.0 - 1e-9), np.nan
    for first in range(len(slopes)):
        for last in range(len(slopes) - 1, first, -1):
            part, length = slopes[first : last + 1], steps[last] / steps[first]
            if length >= best and np.ptp(part) <= 2.0 * PLATEAU_RANGE * abs(part.mean()):
                best, dimension = length * (1.0 + 1e-9), float(part.mean())
    return dimension
