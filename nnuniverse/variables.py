"""What a variable is: a named array over named dimensions, declared once for all who meet it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    symbols, for whoever asks what it is, in the form that is right where the printed one is not;
    ``attributes``: stored besides units, long_name and source; ``symbol``: what the equation calls
    it; ``computed_by``: the functions that do, of each kind of net.
    """

    name: str
    dims: tuple[str, ...]
    long_name: str
    source: str
    units: str = "1"
    dtype: str = "float64"
    attributes: Mapping[str, object] = field(default_factory=dict)
    equation: str = ""
    symbol: str = ""
    computed_by: tuple[Callable[..., object], ...] = ()

    @property
    def formula(self) -> str:
        """The symbol and its equation; "" if neither is declared."""
        return ": ".join(filter(None, [self.symbol, self.equation]))

    @property
    def legend(self) -> str:
        """Its equation and where that is from, for a table that has it under another heading."""
        return f"{self.equation or self.long_name}; {self.source}"


SEED = Variable("seed", ("replica",), "seed of the replica", "config", dtype="int64")
"""What every file of several replicas holds."""


class NamedValues:
    """What has arrays by name, whose ``values`` are looked up in it."""

    values: Mapping[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        """Return the values of a variable."""
        return self.values[name]

    def __contains__(self, name: object) -> bool:
        return name in self.values


@dataclass(frozen=True)
class Schema:
    """What a run records.

    ``axes``: those beyond replica, epoch and snapshot; ``running_losses``: over
    (replica, epoch), the one that is lowered first; ``observables``: over (replica, snapshot, ...);
    ``weights``: over (replica, ...) after the last epoch stored; ``stops``: whether replicas may
    stop before the last epoch; ``others_of_epochs``: what is recorded of every epoch besides
    losses, over (replica, epoch, ...).
    """

    axes: Sequence[Axis]
    running_losses: Sequence[Variable]
    observables: Sequence[Variable]
    weights: Sequence[Variable] = ()
    stops: bool = False
    others_of_epochs: Sequence[Variable] = ()

    @property
    def of_epochs(self) -> list[Variable]:
        """What is recorded of every epoch, losses first."""
        return [*self.running_losses, *self.others_of_epochs]
