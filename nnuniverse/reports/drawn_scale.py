"""A linear scale of a drawing that stands in the page itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

Tick = tuple[float, str]
"""Where a value is drawn, and how it is written."""


@dataclass(frozen=True)
class DrawnScale:
    """From ``low`` and ``high`` to where they are drawn, ``start`` and ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return where a value is drawn."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self) -> list[Tick]:
        """Return the round values within, where they are drawn and how they are written."""
        return [(self(value), written_tick(value)) for value in round_values(self.low, self.high)]


def round_values(low: float, high: float) -> list[float]:
    """Return some six round values between two.

    ``low``: the lower; ``high``: the upper.
    """
    values = np.asarray(MaxNLocator(6).tick_values(low, high))
    return [value for value in values.tolist() if low <= value <= high]


def written_tick(value: float) -> str:
    """Return a value as an axis has it."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")
