"""What the least canonical free energy selects by itself: ``python -m`` this prints the tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

NEURONS = 16
BETAS = (1.0, 4.0, 10.0)
SEEDS = 20
STEPS = 3000
RATE = 0.02
LENGTHS = (1, 2, 3, 4, 8, 16, 1000)
SHUFFLES = 50


class Descent(NamedTuple):
    """What descents of F end in: ``weights``, (seed, N, N), and F/N of each, (seed,)."""

    weights: np.ndarray
    free_energy: np.ndarray


def main() -> None:
    """Print F per neuron of known matrices, of cycles, and of what descents end in."""
    import jax

    with jax.enable_x64(True):
        print(
            f"F/N of matrices of {NEURONS} neurons; beta = {', '.join(map('{:g}'.format, BETAS))}"
        )
        for name, matrix in _known(NEURONS).items():
            values = [float(_per_neuron(NEURONS, beta, True)(matrix)) for beta in BETAS]
            print(f"{name:24}" + "".join(f"{value:10.4f}" for value in values))
        print("\nF/N of cycles by their length, closed form and as above")
        for length in LENGTHS:
            _print_cycle(length)
        print(f"\nwhere Adam ends, {SEEDS} seeds; Q beside the same shuffled")
        for loops, constraint in ((True, "none"), (False, "none"), (False, "unit rows")):
            for beta in BETAS:
                _print_descent(loops, constraint, beta)


def _known(neurons: int) -> dict[str, np.ndarray]:
    one = np.eye(neurons)
    return {
        "1 (self-loops)": one,
        "1 - 11^T": one - np.ones((neurons, neurons)),
        "cycles of 2": np.kron(np.eye(neurons // 2), [[0.0, 1.0], [1.0, 0.0]]),
        "0": 0.0 * one,
        "one cycle": np.roll(one, 1, axis=0),
    }


def _per_neuron(neurons: int, beta: float, loops: bool) -> Callable[[np.ndarray], object]:
    """Return F/N of w, (N, N), by the package's functions, without the constant of the window."""
    import jax
    import jax.numpy as jnp

    from nnuniverse.networks.graph import GraphParameters, build_graph
    from nnuniverse.networks.masks import full_mask
    from nnuniverse.spectra import graph_log_eigenvalues
    from nnuniverse.thermodynamics import Ensemble, Spectrum, free_energy

    graph = build_graph(full_mask(neurons, loops), (), ())
    ones, ensemble = jnp.ones(neurons), Ensemble(jnp.asarray(beta))
    constant = neurons * (ensemble.window.log_height + 0.5 * math.log(2.0 * math.pi)) / beta

    def per_neuron(matrix: jax.Array) -> jax.Array:
        weights = jnp.asarray(matrix)[graph.rows, graph.columns]
        net = GraphParameters(weights, jnp.zeros(neurons), graph)
        spectrum = Spectrum(graph_log_eigenvalues(net, ones), 0)
        return (free_energy(spectrum, ensemble) + constant) / neurons

    return per_neuron


def _print_cycle(length: int) -> None:
    from nnuniverse.physics.structure.cycle_free_energy import cycle_free_energy

    closed = [cycle_free_energy(length, beta) / length for beta in BETAS]
    print(f"{length:24}" + "".join(f"{value:10.4f}" for value in closed), end="")
    if length <= NEURONS:
        cycle = np.roll(np.eye(length), 1, axis=0)
        off = [
            abs(float(_per_neuron(length, beta, True)(cycle)) - value)
            for beta, value in zip(BETAS, closed, strict=True)
        ]
        print(f"   off by {max(off):.0e}", end="")
    print()


def _descend(loops: bool, constraint: str, beta: float) -> Descent:
    import jax
    import jax.numpy as jnp
    import optax

    per_neuron = _per_neuron(NEURONS, beta, loops)
    optimiser = optax.adam(optax.cosine_decay_schedule(RATE, STEPS))
    allowed = jnp.asarray(1.0 - (0.0 if loops else 1.0) * np.eye(NEURONS))

    def project(matrix: jax.Array) -> jax.Array:
        if constraint == "none":
            return matrix * allowed
        positive = jnp.maximum(matrix, 0.0) * allowed
        return positive / jnp.linalg.norm(positive, axis=1, keepdims=True)

    def step(carry: tuple, _: None) -> tuple[tuple, None]:
        matrix, state = carry
        slope = jax.grad(per_neuron)(matrix)
        update, state = optimiser.update(slope, state)
        return (project(matrix + update), state), None

    def descend(key: jax.Array) -> tuple[jax.Array, jax.Array]:
        start = project(0.3 * jax.random.normal(key, (NEURONS, NEURONS)))
        (end, _), _ = jax.lax.scan(step, (start, optimiser.init(start)), None, STEPS)
        return end, per_neuron(end)

    keys = jax.random.split(jax.random.key(0), SEEDS)
    ends = jax.jit(lambda keys: jax.lax.map(descend, keys))(keys)
    return Descent(*map(np.asarray, ends))


def _print_descent(loops: bool, constraint: str, beta: float) -> None:
    from nnuniverse.physics.structure.cycles import cycles_of, following_of
    from nnuniverse.physics.structure.participation import participation
    from nnuniverse.physics.structure.permutation_share import nearest_permutation, shuffled_shares

    found = _descend(loops, constraint, beta)
    allowed = np.ones((NEURONS, NEURONS), bool) if loops else ~np.eye(NEURONS, dtype=bool)
    best = [nearest_permutation(matrix) for matrix in found.weights]
    shares = np.array([one.share for one in best])
    random = np.random.default_rng(0)
    shuffled = np.mean(
        [shuffled_shares(matrix, allowed, SHUFFLES, random).mean() for matrix in found.weights]
    )
    lengths = [
        len(cycle)
        for one in best
        if one.share > 0.99
        for cycle in cycles_of(following_of(one.rows, one.columns, NEURONS))
    ]
    spread = np.mean([participation(matrix).mean() for matrix in found.weights])
    print(
        f"loops {loops!s:5} {constraint:9} beta {beta:4g}: F/N {found.free_energy.mean():.4f} "
        f"({found.free_energy.min():.4f}-{found.free_energy.max():.4f}), Q {shares.mean():.3f} "
        f"({shares.min():.3f}-{shares.max():.3f}) shuffled {shuffled:.3f}, participation "
        f"{spread:.1f}, permutations {int((shares > 0.99).sum())}, cycles "
        f"{np.bincount(lengths).tolist() if lengths else '-'}",
        flush=True,
    )


if __name__ == "__main__":
    main()
