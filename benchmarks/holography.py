"""The holographic map of a large sparse net against a search of the same distances."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from scipy.sparse import csgraph

from benchmarks.contest import ROUNDS, Times

NEURONS = (10_000, 100_000)
LINKS = 3
BOUNDARY = 20
ORDERS = 40
EPS = (1e-2, 1e-4, 1e-8, 1e-16)


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim), ratios of processor time."""
    return [_compared(neurons) for neurons in NEURONS]


def _compared(neurons: int) -> tuple[str, str, str]:
    from nnuniverse.physics.holography.boundary_map import map_of_sums
    from nnuniverse.physics.holography.distances import printed_distance, slope_distance
    from nnuniverse.physics.holography.path_sums import path_sums
    from nnuniverse.threads import single_threaded_blas

    weights, boundary = _net(neurons), np.arange(BOUNDARY)
    edges = sp.csr_array((weights.T != 0.0).astype(float))

    def search() -> None:
        csgraph.dijkstra(edges, indices=boundary, unweighted=True)

    def by_map() -> None:
        sums = path_sums(weights, boundary, ORDERS)
        for eps in EPS:
            mapped = map_of_sums(sums, eps)
            printed_distance(mapped, eps), slope_distance(mapped)

    with single_threaded_blas():
        search(), by_map()
        ratios = tuple(_seconds(by_map) / _seconds(search) for _ in range(ROUNDS))
    what = f"maps of {neurons:,} neurons, {BOUNDARY} of them boundary, over a search"
    return what, f"{Times(ratios)}", "<= 3"


def _net(neurons: int) -> sp.csr_array:
    random = np.random.default_rng(0)
    columns = random.integers(neurons, size=LINKS * neurons)
    values = random.uniform(0.2, 1.0, LINKS * neurons)
    rows = np.repeat(np.arange(neurons), LINKS)
    return sp.csr_array((values, (rows, columns)), shape=(neurons, neurons))


def _seconds(call: Callable[[], None]) -> float:
    started = time.process_time()
    call()
    return time.process_time() - started


if __name__ == "__main__":
    for row in run():
        print(*row, sep="  ")
