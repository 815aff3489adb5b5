"""How many threads LAPACK may use changes no number."""

from __future__ import annotations

import jax
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from nnuniverse.spectra import dense_log_eigenvalues
from nnuniverse.threads import single_threaded_blas

EIGENVALUES = 700
"""So many that two threads of OpenBLAS would give other bits than one."""


def test_one_thread_whatever_was_asked_for() -> None:
    with threadpool_limits(2, user_api="blas"):
        with single_threaded_blas():
            inside = [pool["num_threads"] for pool in threadpool_info() if _is_blas(pool)]
        outside = [pool["num_threads"] for pool in threadpool_info() if _is_blas(pool)]
    assert inside and set(inside) == {1}
    assert set(outside) == {2}


def test_same_bits_of_a_spectrum_whatever_was_asked_for() -> None:
    random = np.random.default_rng(0)
    coupling = 0.7 * random.standard_normal((EIGENVALUES, EIGENVALUES)) / np.sqrt(EIGENVALUES)
    one, two = (_spectrum(coupling, threads) for threads in (1, 2))
    assert one.tobytes() == two.tobytes()


def _spectrum(coupling: np.ndarray, threads: int) -> np.ndarray:
    with threadpool_limits(threads, user_api="blas"), single_threaded_blas():
        return np.asarray(jax.jit(dense_log_eigenvalues)(coupling))


def _is_blas(pool: dict[str, object]) -> bool:
    return pool["user_api"] == "blas"
