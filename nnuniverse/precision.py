"""Float64 without a global, and what its rounding leaves of a zero.

Observables are computed in it whatever the training precision.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

from nnuniverse.numerical_settings import numerical_settings

P = ParamSpec("P")
T = TypeVar("T")


def in_float64(function: Callable[P, T]) -> Callable[P, T]:
    """Let ``function`` use float64 inside, whatever the caller's JAX configuration is."""

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        with numerical_settings(jax_enable_x64=True):
            return function(*args, **kwargs)

    return wrapper


def as_float64(arrays: T) -> T:
    """Return all arrays in ``arrays`` on the device in float64, where `in_float64` holds.

    NumPy converts them: JAX would compile a program for each shape.
    """
    import jax

    converted: T = jax.tree.map(lambda one: jax.device_put(np.array(one, np.float64)), arrays)
    return converted


def rounding_of_singular_values(singular: Any) -> Any:
    """Return the size below which a singular value of ``I - A`` may be zero but for rounding.

    ``n eps (1 + s_max)``.  Computed singular values are those of a matrix nearby (Weyl: each moves
    by at most the norm of the change), and two changes are made: the decomposition's, at most
    ``n eps s_max`` (LAPACK Users' Guide 4.9), and that of the entries of A, two roundings each,
    ``u |(|A|)| <= sqrt(n) u (1 + s_max)`` with ``|A| <= 1 + s_max``.  The second matters where A is
    near the identity.

    ``singular``: descending, (n,), in float64, of NumPy or of JAX, as is the result, ().
    """
    return len(singular) * np.finfo(np.float64).eps * (1.0 + singular[0])
