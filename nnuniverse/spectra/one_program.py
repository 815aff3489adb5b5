"""Functions of arrays that are one program each, wherever they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jax

P = ParamSpec("P")
T = TypeVar("T")


def one_program(function: Callable[P, T]) -> Callable[P, T]:
    """Return ``function`` compiled as a whole where it is called by itself.

    Called so, it would be compiled operation by operation, some thirty times.  A program that calls
    it takes it up as it is.

    ``function``: of arrays and trees of them, whose shapes alone it may ask for.
    """
    compiled: Callable[P, T] = jax.jit(function, inline=True)
    return compiled
