"""The reduced spectrum against the singular values of the whole matrix."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.contest import PAUSE, ROUNDS, Times

NETS = {"deep": ((784, 40, 20, 10), ">= 40"), "shallow": ((784, 60, 10), ">= 15")}
GAINS = (1.0, 3.0, 10.0)
REPEATS = 20


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    import jax

    with jax.enable_x64(True):
        return [row for name, (sizes, aim) in NETS.items() for row in _compare(name, sizes, aim)]


def _compare(name: str, sizes: tuple[int, ...], aim: str) -> list[tuple[str, str, str]]:
    import jax

    from nnuniverse.networks.coupling import coupling_blocks, coupling_matrix
    from nnuniverse.networks.initialisation import initialise
    from nnuniverse.networks.layered import Layered
    from nnuniverse.spectra import dense_log_eigenvalues, reduced_log_eigenvalues
    from nnuniverse.threads import single_threaded_blas

    reduced = jax.jit(reduced_log_eigenvalues)
    dense = jax.jit(lambda blocks: dense_log_eigenvalues(coupling_matrix(blocks)))
    rows = []
    for gain in GAINS:
        parameters = initialise(jax.random.key(int(gain)), Layered(sizes), "glorot_uniform", gain)
        blocks = coupling_blocks(parameters, [np.ones(n) for n in sizes[1:]])
        short, whole = np.asarray(reduced(blocks)), np.asarray(dense(blocks))
        padded = np.sort(np.concatenate([short, np.zeros(len(whole) - len(short))]))[::-1]
        ratios, quickest_dense = [], []
        for _ in range(ROUNDS):
            with single_threaded_blas():
                ours = _seconds(lambda: reduced(blocks), REPEATS)
                one_thread = _seconds(lambda: dense(blocks), 1)
            many_threads = _seconds(lambda: dense(blocks), 1)
            quickest_dense.append(min(one_thread, many_threads))
            ratios.append(quickest_dense[-1] / ours)
            time.sleep(PAUSE)
        difference = np.abs(padded - whole).max()
        rows += [
            (f"{name} spectrum over whole matrix, gain {gain:g}", f"{Times(tuple(ratios))}", aim),
            (f"  largest difference of log lambda, gain {gain:g}", f"{difference:.1e}", "<= 1e-10"),
        ]
    return rows


def _seconds(call: object, times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        call().block_until_ready()  # type: ignore[operator]
    return (time.perf_counter() - started) / times
