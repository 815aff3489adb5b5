"""What a variable is: a named array over named dimensions, declared once for all who meet it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Axis:
    """A dimension: its name, meaning and coordinate values, shape (size,), text as objects."""

    name: str
    long_name: str
    values: np.ndarray


@dataclass(frozen=True)
class Variable:
    """A named array over dimensions, with what a reader needs to know about it.

    ``dims``: the names of its dimensions; ``attributes``: stored besides units, long_name and
    source.
    """

    name: str
    dims: tuple[str, ...]
    long_name: str
    source: str
    units: str = "1"
    dtype: str = "float64"
    attributes: Mapping[str, Any] = field(default_factory=dict)
