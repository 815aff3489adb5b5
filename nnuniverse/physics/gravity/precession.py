"""By how much an orbit turns from one periapsis to the next."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicHermiteSpline

from nnuniverse.physics.gravity.geodesic_path import Geodesic


def periapsis_angles(path: Geodesic, radius: int, angle: int) -> Float[np.ndarray, " passages"]:
    """Return the angles at which a path is nearest, one per passage, (passages,).

    ``radius`` and ``angle``: the numbers of these coordinates.  Between points the path is the
    cubic through positions and velocities: the error falls with k points per orbit as k^-4.
    """
    s, u = path.parameter, path.velocity[:, radius]
    inward = np.flatnonzero((u[:-1] < 0.0) & (u[1:] >= 0.0))
    if not len(inward):
        return np.zeros(0)
    along = CubicHermiteSpline(s, path.position[:, radius], u)
    turned = CubicHermiteSpline(s, path.position[:, angle], path.velocity[:, angle])
    roots = along.derivative().roots(extrapolate=False)
    nearest = roots[along.derivative(2)(roots) > 0.0]
    found: np.ndarray = turned(nearest)
    return found


def precession(path: Geodesic, radius: int, angle: int) -> Float[np.ndarray, " turns"]:
    """Return what an orbit turns by beyond a whole turn, between periapses, (passages - 1,).

    About 6 pi M/p of an orbit of parameter p in the field of a mass M, to first order.

    ``path``: of the orbit; ``radius``: number of the radial coordinate; ``angle``: number of the
    angle.
    """
    found: np.ndarray = np.abs(np.diff(periapsis_angles(path, radius, angle))) - 2.0 * np.pi
    return found
