"""The shapes that signatures declare, checked in every test.

What signatures say of anything but arrays is left to mypy, and so is whether an array is JAX's:
NumPy's will do.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Union, get_args, get_origin

import numpy as np
from beartype import beartype
from jaxtyping import AbstractArray, install_import_hook

ROOMS = (
    "analysis",
    "training",
    "networks",
    "losses",
    "spectra",
    "thermodynamics",
    "observables",
    "nets",
    "physics",
    "intervals",
)

checked: set[str] = set()
"""Functions whose shapes are checked in this process."""


def is_shape(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, AbstractArray)


def tells_a_shape(hint: object) -> bool:
    return is_shape(hint) or any(tells_a_shape(part) for part in get_args(hint))


def of_any_array(hint: Any) -> Any:
    """Return a hint whose shapes may be those of NumPy's arrays, too."""
    if is_shape(hint):
        return hint.dtype[Union[hint.array_type, np.ndarray], hint.dim_str]  # noqa: UP007
    if not get_args(hint):
        return hint
    parts = tuple(of_any_array(part) for part in get_args(hint))
    origin = Union if get_origin(hint) is types.UnionType else get_origin(hint)
    return origin[parts]


def shapes_only(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let beartype check the annotations that are shapes, and no others."""
    annotations = getattr(function, "__annotations__", {})
    shapes = {name: of_any_array(h) for name, h in annotations.items() if tells_a_shape(h)}
    if isinstance(function, type) or not shapes:
        return function
    function.__annotations__ = shapes
    checked.add(f"{function.__module__}.{function.__qualname__}")
    return beartype(function)


def check_shapes() -> None:
    """Have them checked in what is imported from now on."""
    install_import_hook([f"nnuniverse.{room}" for room in ROOMS], "checked_shapes.shapes_only")
