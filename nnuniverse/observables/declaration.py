"""What an observable declares: enough to measure, store, read, label and explain it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import jax
import numpy as np

from nnuniverse.observables.measurement import Measurement, Settings
from nnuniverse.variables import Axis, Variable

SNAPSHOTS = ("replica", "snapshot")
"""What every observable is stored over, before its own axes."""


@dataclass(frozen=True)
class Dimension:
    """An axis of an observable whose values, shape (size,), are those of a net."""

    name: str
    long_name: str
    coordinate: Callable[[Settings], np.ndarray]

    def axis(self, settings: Settings) -> Axis:
        """Return the axis as the net of ``settings`` has it."""
        return Axis(self.name, self.long_name, self.coordinate(settings))


def _no_attributes(settings: Settings) -> dict[str, int | str]:
    return {}


def _always(settings: Settings) -> bool:
    return True


@dataclass(frozen=True)
class Observable:
    """A quantity measured at every snapshot.

    ``variable``: what it is, for one net at one snapshot, so its dims are () or the names of
    ``axes``, which are what it is stored over; ``measure`` maps a `Measurement` of one
    replica to an array with the sizes of ``axes``; ``attributes`` are stored with the variable,
    and one called "caution" is printed with it; ``cost`` says what it takes of a run, or of its
    start: next to nothing, a noticeable share, or more than all the rest together; ``applies``
    says whether a net has the quantity; ``by_name``: it is recorded only where it is named, or
    what a run does makes it worth it.
    """

    variable: Variable
    measure: Callable[[Measurement], jax.Array]
    axes: tuple[Dimension, ...] = ()
    attributes: Callable[[Settings], dict[str, int | str]] = _no_attributes
    cost: Literal["small", "noticeable", "large"] = "small"
    applies: Callable[[Settings], bool] = _always
    by_name: bool = False

    @property
    def name(self) -> str:
        """Name of the variable."""
        return self.variable.name

    @property
    def dtype(self) -> str:
        """Type of its numbers."""
        return self.variable.dtype

    def shape(self, settings: Settings) -> tuple[int, ...]:
        """Return the sizes of the observable's own axes.

        ``settings``: the architecture, f, and how the net is measured.
        """
        return tuple(len(axis.coordinate(settings)) for axis in self.axes)

    def stored(self, settings: Settings) -> Variable:
        """Return the variable as a run stores it: over replicas, snapshots and its own axes.

        ``settings``: the architecture, f, and how the net is measured.
        """
        dims = (*SNAPSHOTS, *(axis.name for axis in self.axes))
        return replace(self.variable, dims=dims, attributes=self.attributes(settings))
