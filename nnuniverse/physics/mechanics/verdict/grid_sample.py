"""What an ensemble shows of one coordinate on a grid: how many replicas are in which cell, when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int, Real, Shaped

from nnuniverse.physics.mechanics.solvers.characteristics import edges

POINTS = 96
MOST_POINTS = 256
"""Points of a grid: 96, and more only where the narrowest record needs them; 4 ms a solution."""

CELLS_A_WIDTH = 1.5
"""Cells in the standard deviation of the narrowest record."""

MARGIN = 0.3
"""Share of the range of all positions that the grid has beyond it, on either side."""

LEAST_VARIANCE = 1e-10
"""Variance at a record over the largest, below which replicas are at one point there: left out."""


@dataclass(frozen=True)
class GridSample:
    """Replicas of one coordinate on a grid, q and t scaled to be of order one.

    ``cells``: in which each is, (replica, record);  ``places``: x = (q - origin)/length at the
    points of the grid, (points,);  ``times``: t/T since the first record used, (record,);
    ``length``, ``origin``: of q;  ``time``: T, steps.
    """

    cells: np.ndarray
    positions: np.ndarray
    places: np.ndarray
    times: np.ndarray
    length: float
    origin: float
    time: float

    @cached_property
    def spacing(self) -> float:
        """Distance of neighbouring points, in x."""
        return float(self.places[1] - self.places[0])

    @cached_property
    def counts(self) -> Int[np.ndarray, "record points"]:
        """Replicas in each cell, (record, points)."""
        points = len(self.places)
        return np.stack([np.bincount(now, minlength=points) for now in self.cells.T])

    def part(self, chosen: Shaped[np.ndarray, " chosen"]) -> GridSample:
        """Return the replicas of the indices ``chosen``, on the same grid."""
        return replace(self, cells=self.cells[chosen], positions=self.positions[chosen])


def grid_sample(
    positions: Float[np.ndarray, "replica record"], record_step: Real[np.ndarray, " record"]
) -> GridSample:
    """Return the replicas of one coordinate, q (replica, record), in cells.

    ``record_step``: t, steps, (record,).  Records at which all replicas are at one point are left
    out, and time starts with the first that is not.

    ``positions``: q of the replicas, (replica, record, ...).
    """
    variance = positions.var(axis=0)
    told = variance > LEAST_VARIANCE * variance.max()
    steps = record_step[told] - record_step[told][0]
    time, length, origin = float(steps[-1]), float(np.sqrt(variance.max())), positions.mean()
    x = (positions[:, told] - origin) / length
    reach = 0.5 * np.ptp(x) * (1.0 + 2.0 * MARGIN)
    narrowest = x.std(axis=0).min()
    points = int(np.clip(CELLS_A_WIDTH * 2.0 * reach / narrowest, POINTS, MOST_POINTS))
    middle = 0.5 * (x.min() + x.max())
    places = middle + reach * (2.0 * np.arange(points) + 1.0 - points) / points
    cells = np.clip(np.digitize(x, edges(places)) - 1, 0, points - 1)
    return GridSample(cells, x, places, steps / time, length, float(origin), time)
