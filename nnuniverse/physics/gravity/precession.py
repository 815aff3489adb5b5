"""By how much an orbit turns from one periapsis to the next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.gravity.geodesic_path import Geodesic

MOST_DECIMALS = 10
"""That are printed: a whole turn and its sums round at some 1e-15 each."""


def precession(path: Geodesic, angle: int) -> Float[np.ndarray, " turns"]:
    """Return what an orbit turns by beyond a whole turn, between periapses, (passages - 1,).

    About 6 pi M/p of an orbit of parameter p in the field of a mass M, to first order.

    ``path``: of the orbit; ``angle``: number of the angle among its coordinates.
    """
    found: np.ndarray = np.abs(np.diff(path.periapsis[:, angle])) - 2.0 * np.pi
    return found


class Turn(NamedTuple):
    """What an orbit turns by beyond 2 pi, the ``mean`` of ``orbits``, up to an ``error``."""

    mean: float
    error: float
    orbits: int

    @property
    def digits(self) -> str | None:
        """The mean with those decimals that hold, None if not one does."""
        held = -np.log10(2.0 * self.error) if self.error > 0.0 else np.inf
        decimals = int(min(held, MOST_DECIMALS)) if held > 0.0 else 0
        return f"{self.mean:.{decimals}f}" if decimals else None


def mean_turn(path: Geodesic, angle: int) -> Turn | None:
    """Return the mean of `precession`, None of a path that does not come by twice.

    ``path``: of the orbit; ``angle``: number of the angle among its coordinates.
    """
    found = precession(path, angle)
    if not len(found):
        return None
    error = float(2.0 * path.periapsis_error[:, angle].max() / len(found))
    return Turn(float(found.mean()), error, len(found))
