"""Float64 without a global: observables are computed in it whatever the training precision."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

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
