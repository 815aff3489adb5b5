"""The share of a permutation against the spectrum of the same net, at every snapshot."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.contest import PAUSE, ROUNDS, Times

DEEP = (784, 40, 20, 10)
GRAPH = (914, 130)
"""Neurons, and those that are not inputs."""

LINKS = 60
REPEATS = 5


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    import jax

    from nnuniverse.threads import single_threaded_blas

    with jax.enable_x64(True), single_threaded_blas():
        return [
            _compared("Q of 784-40-20-10 over its spectrum", *_deep()),
            _compared("Q of a graph of 130 free neurons over its spectrum", *_graph()),
        ]


def _compared(
    what: str, share: Callable[[], object], spectrum: Callable[[], object]
) -> tuple[str, str, str]:
    share(), spectrum()
    ratios = []
    for _ in range(ROUNDS):
        ratios.append(_seconds(share) / _seconds(spectrum))
        time.sleep(PAUSE)
    return what, f"{Times(tuple(ratios))}", "<= 1"


def _deep() -> tuple[Callable[[], object], Callable[[], object]]:
    import jax

    from nnuniverse.networks.coupling import coupling_blocks, coupling_matrix
    from nnuniverse.networks.initialisation import initialise
    from nnuniverse.networks.layered import Layered
    from nnuniverse.physics.structure.block import block_of
    from nnuniverse.physics.structure.permutation_share import nearest_permutation
    from nnuniverse.spectra import reduced_log_eigenvalues

    parameters = initialise(jax.random.key(0), Layered(DEEP), "glorot_uniform", 1.0)
    blocks = coupling_blocks(parameters, [np.ones(n) for n in DEEP[1:]])
    layer = np.repeat(np.arange(len(DEEP)), DEEP)
    matrix = np.asarray(coupling_matrix(blocks))
    allowed = layer[:, None] == layer[None, :] + 1
    block = block_of(matrix, allowed, np.arange(DEEP[0]), layer).matrix
    spectrum = jax.jit(reduced_log_eigenvalues)
    return lambda: nearest_permutation(block), lambda: spectrum(blocks).block_until_ready()


def _graph() -> tuple[Callable[[], object], Callable[[], object]]:
    import jax
    import jax.numpy as jnp

    from nnuniverse.networks.graph import GraphParameters, build_graph
    from nnuniverse.networks.masks import random_mask
    from nnuniverse.physics.structure.permutation_share import nearest_permutation
    from nnuniverse.spectra import graph_log_eigenvalues

    neurons, free = GRAPH
    inputs = np.arange(neurons - free)
    graph = build_graph(random_mask(neurons, LINKS), inputs, np.arange(neurons - 10, neurons))
    weights = np.random.default_rng(0).normal(size=graph.edges) / np.sqrt(LINKS)
    matrix = np.zeros((neurons, neurons))
    matrix[graph.rows, graph.columns] = weights
    block = matrix[np.ix_(graph.free, graph.free)]
    net = GraphParameters(jnp.asarray(weights), jnp.zeros(free), graph)
    spectrum = jax.jit(graph_log_eigenvalues)
    slopes = jnp.ones(free)
    return lambda: nearest_permutation(block), lambda: spectrum(net, slopes).block_until_ready()


def _seconds(call: Callable[[], object]) -> float:
    started = time.process_time()
    for _ in range(REPEATS):
        call()
    return (time.process_time() - started) / REPEATS


if __name__ == "__main__":
    for row in run():
        print(*row, sep="  ")
