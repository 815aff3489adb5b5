"""What `nnu structure`, `nnu strings` and `nnu perturb` compute at every net, beside its peers."""

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
DRAWS = 200
SITES, WIRES = 100_000, 16


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    import jax

    from nnuniverse.threads import single_threaded_blas

    with jax.enable_x64(True), single_threaded_blas():
        return [
            _compared("Q of 784-40-20-10 over its spectrum", *_deep()),
            _compared("Q of a graph of 130 free neurons over its spectrum", *_graph()),
            _compared(
                "triads of 46 neurons, 770 edges, by networkx over our motifs",
                *_motifs(),
                aim=">= 100",
            ),
            _compared("its 200 rewired graphs, over 200 shuffled Q", *_rewired(), aim=""),
            _compared(
                "identities of a string of 1e5 sites, over its steps", *_string(), aim="<= 5"
            ),
            _compared("what survives of 16 chains, over eigenvalues of G", *_survival(), aim=""),
        ]


def _compared(
    what: str, ours: Callable[[], object], peer: Callable[[], object], aim: str = "<= 1"
) -> tuple[str, str, str]:
    ours(), peer()
    ratios = []
    for _ in range(ROUNDS):
        ratios.append(_seconds(ours) / _seconds(peer))
        time.sleep(PAUSE)
    return what, f"{Times(tuple(ratios))}", aim


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


def _small() -> np.ndarray:
    """Return which edges a graph of 46 neurons keeps, 770 of 2,070."""
    random, kept = np.random.default_rng(0), np.zeros((46, 46), bool)
    free = np.flatnonzero(~np.eye(46, dtype=bool))
    kept.reshape(-1)[random.choice(free, 770, replace=False)] = True
    return kept


def _motifs() -> tuple[Callable[[], object], Callable[[], object]]:
    import networkx as nx

    from nnuniverse.physics.structure.motifs import motif_counts

    kept = _small()
    graph = nx.from_numpy_array(kept.T.astype(int), create_using=nx.DiGraph)
    return lambda: nx.triadic_census(graph), lambda: motif_counts(kept)


def _rewired() -> tuple[Callable[[], object], Callable[[], object]]:
    from nnuniverse.physics.structure.permutation_share import shuffled_shares
    from nnuniverse.physics.structure.rewiring import rewired_motifs

    kept, random = _small(), np.random.default_rng(0)
    allowed = ~np.eye(46, dtype=bool)
    matrix = np.where(kept, random.normal(size=kept.shape), 0.0)
    return (
        lambda: rewired_motifs(kept, allowed, DRAWS, random),
        lambda: shuffled_shares(matrix, allowed, DRAWS, random),
    )


def _string() -> tuple[Callable[[], object], Callable[[], object]]:
    from nnuniverse.physics.strings.identities import identity_residuals
    from nnuniverse.physics.strings.movers import left_mover, linear, right_mover
    from nnuniverse.physics.strings.string_net import StringNet

    net = StringNet(np.arange(SITES), np.array([SITES]), np.ones(SITES))
    begun = np.random.default_rng(0).normal(size=(2, 3, SITES))

    def moved() -> np.ndarray:
        steps = len(begun[0]) * 10
        return np.stack([right_mover(net, begun[0], steps), left_mover(net, begun[1], steps)])

    states = moved()
    return lambda: identity_residuals(net, states, linear), moved


def _survival() -> tuple[Callable[[], object], Callable[[], object]]:
    from nnuniverse.physics.structure.kept_structures import KeptStructures, chains_of

    wires = np.arange(5 * WIRES).reshape(5, WIRES)
    random, matrix = np.random.default_rng(0), np.zeros((5 * WIRES, 5 * WIRES))
    matrix[wires[1:].ravel(), wires[:-1].ravel()] = random.normal(size=4 * WIRES)
    kept, layer = matrix != 0.0, np.repeat(np.arange(5), WIRES)
    before = KeptStructures.of(matrix, kept, chains_of(matrix, kept, wires[0], wires[-1]), layer)
    left = kept & (random.random(kept.shape) < 0.8)

    def compared() -> object:
        chains = chains_of(matrix, left, wires[0], wires[-1])
        return before.left_in(left, chains, DRAWS, random)

    laplacian = (np.eye(len(matrix)) - matrix).T @ (np.eye(len(matrix)) - matrix)
    return compared, lambda: np.linalg.eigvalsh(laplacian)


def _seconds(call: Callable[[], object]) -> float:
    started = time.process_time()
    for _ in range(REPEATS):
        call()
    return (time.process_time() - started) / REPEATS


if __name__ == "__main__":
    for row in run():
        print(*row, sep="  ")
