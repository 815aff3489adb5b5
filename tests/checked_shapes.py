"""A program that trains and measures nets while the shapes that signatures declare are checked.

``python tests/checked_shapes.py DATA.npz``; what signatures say of anything but arrays is left to
mypy.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from functools import wraps
from typing import Any

from beartype import beartype
from jaxtyping import TypeCheckError, install_import_hook

ROOMS = ("networks", "losses", "spectra", "thermodynamics", "observables", "nets", "physics")

OBSERVABLES = ["mu2", "complexity", "boundary_loss", "bulk_loss", "test_error_rate"]

SHAPE = re.compile(r"\b(Float|Int|Bool|Complex|Num|Shaped)\[")

called: set[str] = set()
"""Functions whose shapes were checked."""


def shapes_only(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let beartype check the annotations that are shapes, and no others."""
    annotations = getattr(function, "__annotations__", {})
    shapes = {name: hint for name, hint in annotations.items() if SHAPE.search(str(hint))}
    if isinstance(function, type) or not shapes:
        return function
    function.__annotations__ = shapes
    checked = beartype(function)

    @wraps(function)
    def noted(*given: Any, **named: Any) -> Any:
        called.add(f"{function.__module__}.{function.__qualname__}")
        return checked(*given, **named)

    return noted


def train(config: dict[str, Any], **changes: Any) -> None:
    """Train and measure a net of a few neurons."""
    import nnuniverse

    with tempfile.TemporaryDirectory() as folder:
        nnuniverse.train({**config, **changes}, out=folder, progress=False)


def refuses_a_wrong_shape() -> bool:
    """Return whether targets of another width than the outputs are refused."""
    import jax.numpy as jnp

    from nnuniverse.losses.boundary import boundary_loss

    try:
        boundary_loss(jnp.zeros((3, 2)), jnp.zeros((3, 4)))
    except TypeCheckError:
        return True
    return False


def main(data: str) -> None:
    """Print which functions were checked; raise TypeCheckError where a shape is wrong."""
    config = {
        "data": {"kind": "npz", "path": data},
        "network": {"hidden": [5, 4]},
        "train": {"epochs": 1, "batch": 4},
        "observe": {"complexity_n": [2], "observables": OBSERVABLES},
    }
    train(config)
    graph = {"kind": "graph", "neurons": 12, "mask": {"kind": "random", "links": 4}}
    train(config, network=graph, loss={"kind": "bulk"})
    if not refuses_a_wrong_shape():
        raise SystemExit("a wrong shape was let pass")
    print(*sorted(called), sep="\n")


if __name__ == "__main__":
    sys.modules["checked_shapes"] = sys.modules[__name__]
    rooms = [f"nnuniverse.{room}" for room in ROOMS]
    with install_import_hook(rooms, "checked_shapes.shapes_only"):
        from quick_jit import quick_compilation

        with quick_compilation():
            main(sys.argv[1])
