"""What an observable declares: enough to measure, store, read and label it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import jax
import numpy as np

from nnuniverse.observables.measurement import Measurement, Settings


@dataclass(frozen=True)
class Dimension:
    """An axis of an observable: its name, meaning and coordinate values, shape (size,)."""

    name: str
    long_name: str
    coordinate: Callable[[Settings], np.ndarray]


def _no_attributes(settings: Settings) -> dict[str, int | str]:
    return {}


def _always(settings: Settings) -> bool:
    return True


@dataclass(frozen=True)
class Observable:
    """A quantity measured at every snapshot.

    ``measure`` maps a `Measurement` of one replica to a float64 array with the sizes of ``dims``;
    ``unit`` is "1" where dimensionless; ``source`` cites the equation; ``attributes`` are stored
    with the variable, and one called "caution" is printed with it; ``cost`` says what it takes of a
    run, or of its start: next to nothing, a noticeable share, or more than all the rest together;
    ``applies`` says whether a net has the quantity.
    """

    name: str
    long_name: str
    source: str
    measure: Callable[[Measurement], jax.Array]
    dims: tuple[Dimension, ...] = ()
    unit: str = "1"
    attributes: Callable[[Settings], dict[str, int | str]] = _no_attributes
    dtype: str = "float64"
    cost: Literal["small", "noticeable", "large"] = "small"
    applies: Callable[[Settings], bool] = _always

    def shape(self, settings: Settings) -> tuple[int, ...]:
        """Return the sizes of the observable's own dimensions."""
        return tuple(len(dimension.coordinate(settings)) for dimension in self.dims)
