"""What is found of one net seen from its boundary, and how ``holography.h5`` names it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int, Shaped

from nnuniverse.errors import ConfigError
from nnuniverse.physics.holography.boundary_map import BoundaryMap, map_by_solving, map_of_sums
from nnuniverse.physics.holography.boundary_net import BoundaryNet, boundary_net
from nnuniverse.physics.holography.distances import (
    graph_distances,
    printed_distance,
    slope_distance,
)
from nnuniverse.physics.holography.entropies import state_entropies
from nnuniverse.physics.holography.path_sums import PathSums, path_sums
from nnuniverse.physics.holography.spectral_radius import spectral_radius
from nnuniverse.variables import Axis, Variable

Found = TypeVar("Found")

PAIR = ("boundary", "boundary_2")
OF_EPS = ("eps", *PAIR)
MAP, DISTANCE, NET = "2008.01540 (10.3) (B23)", "2008.01540 (10.4) (B23)", "2008.01540 (10.2) (B23)"

PATH_SUMS = Variable(
    "path_sums",
    ("order", *PAIR),
    "sum over paths of so many edges, of the products of their weights",
    MAP,
    equation="P w^n P^T",
    symbol="C_n",
)
MAP_LOG = Variable(
    "boundary_map_log",
    OF_EPS,
    "log of the size of the holographic map",
    MAP,
    equation="log |P eps w (1 - eps w)^-1 P^T|",
    symbol="log |w_b|",
)
MAP_SIGN = Variable("boundary_map_sign", OF_EPS, "sign of the map", MAP, dtype="int64")
WEIGHTS = Variable(
    "boundary_weights",
    PAIR,
    "weights of the boundary net",
    NET,
    equation="w_dd + w_db (1 - w_bb)^-1 w_bd",
    symbol="w_s",
)
BIAS = Variable(
    "boundary_bias",
    ("boundary",),
    "biases of the boundary net",
    NET,
    equation="b_d + w_db (1 - w_bb)^-1 b_b",
    symbol="b_s",
)
TRUE = Variable("distance", PAIR, "neurons between on the shortest path", DISTANCE, "neurons")
PRINTED = Variable(
    "distance_printed",
    OF_EPS,
    "distance by the logarithm of the map",
    DISTANCE,
    "neurons",
    equation="log_eps |w_b| - 1",
)
SLOPE = Variable(
    "distance_slope",
    OF_EPS,
    "distance by the logarithmic derivative of the map",
    DISTANCE,
    "neurons",
    equation="d log |w_b|/d log eps - 1",
)
FIRST = Variable(
    "distance_first",
    PAIR,
    "distance by the first coefficient of |w| that is not zero",
    DISTANCE,
    "neurons",
    equation="min {n: (|w|^n)_ij > 0} - 1",
)
COUNT = Variable("path_count", PAIR, "number of shortest paths", DISTANCE)
CANCELLATION = Variable(
    "cancellation",
    OF_EPS,
    "size of the map over that of |w|: 1 if no paths cancel",
    MAP,
    equation="|w_b(w)|/w_b(|w|)",
)
STATE_ENTROPY = Variable(
    "state_entropy",
    ("orientation",),
    "entropy of the boundary states of w, and of w^T, less constants",
    "2008.01540 (10.5) (B35)",
    "nats",
    equation="1/2 log det P G^-1 P^T",
)
VARIABLES = (
    *(PATH_SUMS, MAP_LOG, MAP_SIGN, WEIGHTS, BIAS, TRUE, PRINTED, SLOPE, FIRST, COUNT),
    *(CANCELLATION, STATE_ENTROPY),
)
"""What ``holography.h5`` may hold: without `WEIGHTS` and `BIAS` if 1 - w_bb is singular, without
`STATE_ENTROPY` if 1 - w is, or the net is large."""

ROUNDING = 37.0
"""``-log`` of what may be left out of a series, 1e-16."""

MOST_TERMS = 200
"""Of a series that is worth its time: beyond, a solve is."""

MOST_NUMBERS = 6 * 10**7
"""Of coefficients that are kept, 480 MB."""

MOST_STORED = 10**7
"""Of coefficients in the file, the first orders of more."""

MOST_SOLVED = 5000
"""Neurons of a net whose ``1 - w`` is factorised: it fills."""

MOST_OF_ENTROPY = 200
"""Boundary neurons whose entropies are computed."""

LARGEST_TAIL = 1e-10


@dataclass(frozen=True)
class FoundHolography:
    """A net from its boundary.

    ``boundary``: neurons, (B,); ``eps``: values; ``maps``, ``sizes``: of w and |w| by eps, None
    where ``eps rho >= 1``, or it cannot be had; ``ways``: how each was found, "series", "solve" or
    why not; ``sums``, ``size_sums``: `PathSums` of w and |w|; ``counts``: shortest paths, (B, B);
    ``distance``: by search; ``radius``: rho(w); ``net``: None if 1 - w_bb is singular;
    ``entropies``: of w and w^T, None likewise, or too large.
    """

    boundary: np.ndarray
    eps: tuple[float, ...]
    maps: tuple[BoundaryMap | None, ...]
    sizes: tuple[BoundaryMap | None, ...]
    ways: tuple[str, ...]
    sums: PathSums
    size_sums: PathSums
    counts: np.ndarray
    distance: np.ndarray
    radius: float
    net: BoundaryNet | None
    entropies: tuple[float, float] | None

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The dimensions of the variables."""
        return (
            Axis("order", "edges of a path", np.arange(1, len(self._stored_sums) + 1)),
            Axis("boundary", "neuron where a path ends", self.boundary),
            Axis("boundary_2", "neuron where a path starts", self.boundary),
            Axis("eps", "eps of the map", np.array(self.eps)),
            Axis("orientation", "w, or its transpose", np.array(["w", "w^T"], object)),
        )

    @property
    def variables(self) -> list[tuple[Variable, Shaped[np.ndarray, " ..."]]]:
        """What ``holography.h5`` holds of them."""
        found: list[tuple[Variable, np.ndarray]] = [
            (PATH_SUMS, self._stored_sums),
            (MAP_LOG, self._by_eps(lambda one, eps: one.log)),
            (MAP_SIGN, np.nan_to_num(self._by_eps(lambda one, eps: one.sign)).astype(int)),
            (TRUE, self.distance),
            (PRINTED, self._by_eps(printed_distance)),
            (SLOPE, self._by_eps(lambda one, eps: slope_distance(one))),
            (FIRST, self.size_sums.first_order - 1.0),
            (COUNT, self.counts),
            (CANCELLATION, self._cancellation()),
        ]
        if self.net is not None:
            found += [(WEIGHTS, self.net.weights), (BIAS, self.net.bias)]
        if self.entropies is not None:
            found.append((STATE_ENTROPY, np.array(self.entropies)))
        return found

    @property
    def attributes(self) -> dict[str, object]:
        """What holds of the whole net."""
        of_boundary = {}
        if self.entropies is not None:
            of_boundary["boundary_entropy"] = len(self.boundary) * sum(self.entropies)
        return {
            "spectral_radius": self.radius,
            "terms": self.sums.terms,
            "computed_by": ", ".join(self.ways),
            **of_boundary,
        }

    @property
    def _stored_sums(self) -> np.ndarray:
        most = max(1, MOST_STORED // max(len(self.boundary) ** 2, 1))
        return self.sums.values[:most]

    def _by_eps(self, value: Callable[[BoundaryMap, float], np.ndarray]) -> np.ndarray:
        missing = np.full(self.distance.shape, np.nan)
        return np.stack(
            [
                missing if one is None else value(one, eps)
                for one, eps in zip(self.maps, self.eps, strict=True)
            ]
        )

    def _cancellation(self) -> np.ndarray:
        missing = np.full(self.distance.shape, np.nan)
        pairs = zip(self.maps, self.sizes, strict=True)
        return np.stack(
            [
                missing if one is None or size is None else np.exp(one.log - size.log)
                for one, size in pairs
            ]
        )


def find_holography(
    weights: sp.csr_array,
    bias: Float[np.ndarray, " N"],
    boundary: Int[np.ndarray, " B"],
    eps: Sequence[float],
    terms: int | None = None,
) -> FoundHolography:
    """Return what (10.1)-(10.5) say of a linear net ``x = w x + b``, and what is right.

    ``weights``: w, (N, N), sparse; ``bias``: b, (N,); ``boundary``: neurons, (B,), each once;
    ``eps``: positive; ``terms``: orders of the series, None for as many as float64 can tell.

    Source: 2008.01540 (10.1)-(10.5), corrected (B23, B35).
    """
    weights = sp.csr_array(weights, copy=True)
    weights.eliminate_zeros()
    distance, radius = graph_distances(weights, boundary), spectral_radius(weights)
    longest = int(np.nanmax(distance, initial=-1.0)) + 1
    asked = terms or max(longest, _terms(radius, longest, eps), 1)
    sizes, pattern = abs(weights), sp.csr_array((weights != 0.0).astype(float))
    _require_room(asked, len(boundary))
    sums, size_sums = (path_sums(matrix, boundary, asked) for matrix in (weights, sizes))
    maps, ways = _maps(weights, boundary, eps, sums, radius)
    size_maps, _ = _maps(sizes, boundary, eps, size_sums, spectral_radius(sizes))
    paths = path_sums(pattern, boundary, max(longest, 1)).values
    at = np.nan_to_num(distance).astype(int)
    counts = np.take_along_axis(paths, at[None], axis=0)[0]
    return FoundHolography(
        boundary,
        tuple(eps),
        tuple(maps),
        tuple(size_maps),
        tuple(ways),
        sums,
        size_sums,
        np.where(np.isfinite(distance), counts, np.nan),
        distance,
        radius,
        _or_none(partial(boundary_net, weights, bias, boundary), weights),
        _or_none(partial(state_entropies, weights, boundary), weights)
        if len(boundary) <= MOST_OF_ENTROPY
        else None,
    )


def _require_room(terms: int, count: int) -> None:
    if terms * count**2 > MOST_NUMBERS:
        raise ConfigError(
            "`--boundary`",
            f"be at most {math.isqrt(MOST_NUMBERS // terms)} neurons, of {terms} orders",
            f"is {count}",
            "fewer, such as --boundary outputs, or fewer --terms",
        )


def _terms(radius: float, longest: int, eps: Sequence[float]) -> int:
    """Return how many orders float64 can tell, beyond the longest of the shortest paths."""
    if radius == 0.0:
        return 10 * longest + 10  # ends by itself, or nearly
    rates = [one * radius for one in eps if one * radius < 1.0]
    further = [math.ceil(ROUNDING / -math.log(rate)) for rate in rates]
    return longest + max([one for one in further if one <= MOST_TERMS], default=1)


def _maps(
    weights: sp.csr_array, boundary: np.ndarray, eps: Sequence[float], sums: PathSums, radius: float
) -> tuple[list[BoundaryMap | None], list[str]]:
    """Return the map at every eps, None where it does not exist or is too dear, and how."""
    maps: list[BoundaryMap | None] = []
    ways = []
    for one in eps:
        found: BoundaryMap | None = None
        way = "eps rho >= 1"
        if not one * radius >= 1.0:
            found, way = map_of_sums(sums, one), "series"
            if found.tail > LARGEST_TAIL:
                found = _or_none(partial(map_by_solving, weights, boundary, one), weights)
                way = "solve"
        maps.append(found)
        ways.append(way if found is not None or way != "solve" else "too large")
    return maps, ways


def _or_none(compute: Callable[[], Found], weights: sp.csr_array) -> Found | None:
    """Return what a solve gives, None where the matrix is singular or would fill too much."""
    if weights.shape[0] > MOST_SOLVED:
        return None
    try:
        return compute()
    except RuntimeError:
        return None
