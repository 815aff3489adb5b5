"""A path of free fall, as it is found and as it is read back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Geodesic(NamedTuple):
    """A path ``x^a(s)``, at ``steps`` values of its affine ``parameter`` s, (S,).

    ``position`` (S, D); ``velocity`` dx^a/ds (S, D); ``norm``: g_ab u^a u^b, (S,), -1 of a body in
    free fall by its own time, 0 of light; ``ignorable``: which coordinates the metric does not
    depend on, (D,); ``momentum``: u_a = g_ab u^b, (S, D), constant for those; ``ended``: the
    coordinate by which the path left the domain of the metric, None if it did not.

    ``periapsis``: where the coordinate r is least, one per passage, (P, D), roots of dr/ds by the
    integrator, whatever the points are; ``periapsis_error``: what they differ by from those with
    ten times its tolerance, (P, D).  P is 0 of a metric without r.
    """

    parameter: np.ndarray
    position: np.ndarray
    velocity: np.ndarray
    norm: np.ndarray
    ignorable: np.ndarray
    momentum: np.ndarray
    ended: str | None
    periapsis: np.ndarray
    periapsis_error: np.ndarray
