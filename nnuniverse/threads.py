"""How many threads the linear algebra of small matrices uses."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    # JAX has loaded the library that its LAPACK calls go to once it has a backend.
    import scipy.linalg  # noqa: F401

    return ThreadpoolController()


def single_threaded_blas() -> AbstractContextManager[object]:
    """Let BLAS and LAPACK use one thread inside, whatever the environment says.

    The singular values of a reduced matrix take one or two milliseconds.  On more threads the
    library's own pool competes with that of XLA, and they were measured to take up to a hundred
    times as long.  Large matrices are held to one as well, though two do them quicker where nothing
    else runs: beyond some 250 dynamical eigenvalues the last bits depend on how many threads divide
    the sums, and a run is the same bits on any number of processors.
    """
    return _controller().limit(limits=1, user_api="blas")
