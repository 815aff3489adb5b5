"""Single weights and biases as coordinates."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import ConfigError

NAME = re.compile(r"(?P<array>\w+)\[(?P<index>\s*\d+\s*(?:,\s*\d+\s*)*)\]")
"""The name of an array and an index into it: ``weights_1[0,5]``."""


def single_parameters(
    names: Sequence[str], arrays: Sequence[tuple[str, tuple[int, ...]]]
) -> Float[np.ndarray, "coordinate K"]:
    """Return the unit vectors of the weights and biases with these ``names``, (coordinate, K).

    ``arrays``: name and shape of what the flat parameters are made of, in their order, each in
    row-major order.  Raises `ConfigError` for a name that is none.
    """
    places = [_place(name, arrays) for name in names]
    directions = np.zeros((len(names), sum(int(np.prod(shape)) for _, shape in arrays)))
    directions[np.arange(len(names)), places] = 1.0
    return directions


def _place(name: str, arrays: Sequence[tuple[str, tuple[int, ...]]]) -> int:
    found = NAME.fullmatch(name.strip())
    index = tuple(int(part) for part in found["index"].split(",")) if found else ()
    start = 0
    for array, shape in arrays:
        fits = len(index) == len(shape) and all(i < n for i, n in zip(index, shape, strict=True))
        if found and array == found["array"] and fits:
            return start + int(np.ravel_multi_index(index, shape))
        start += int(np.prod(shape))
    raise ConfigError(
        "`evolve.coordinates`",
        "name weights and biases of the net",
        f"it has no {name!r}",
        "an index within " + ", ".join(f"{array}{list(shape)}" for array, shape in arrays),
    )
