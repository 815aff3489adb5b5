"""What a variable is: a named array over named dimensions, declared once for all who meet it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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

    ``dims``: the names of its dimensions; ``source``: of the equation; ``equation``: in words and
    symbols, for whoever asks what it is; ``attributes``: stored besides units, long_name and
    source.
    """

    name: str
    dims: tuple[str, ...]
    long_name: str
    source: str
    units: str = "1"
    dtype: str = "float64"
    attributes: Mapping[str, object] = field(default_factory=dict)
    equation: str = ""


@dataclass(frozen=True)
class Schema:
    """What a run records.

    ``axes``: those beyond replica, epoch and snapshot; ``running_losses``: over
    (replica, epoch), the one that is lowered first; ``observables``: over (replica, snapshot, ...);
    ``weights``: over (replica, ...) after the last epoch stored; ``stops``: whether replicas may
    stop before the last epoch.
    """

    axes: Sequence[Axis]
    running_losses: Sequence[Variable]
    observables: Sequence[Variable]
    weights: Sequence[Variable] = ()
    stops: bool = False
