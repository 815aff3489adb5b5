"""The Hamilton-Jacobi equation by its characteristics, which go on where paths have crossed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.solvers.lattice import spacing, stretches

Force = Callable[[Float[np.ndarray, " places"]], Float[np.ndarray, " places"]]
"""The acceleration -dW/dq at places."""


def evolve_flow(
    places: Float[np.ndarray, " particles"],
    velocities: Float[np.ndarray, " particles"],
    force: Force,
    times: Float[np.ndarray, " times"],
    step: float,
) -> Float[np.ndarray, "times particles"]:
    """Return where particles ``d^2q/dt^2 = -dW/dq`` are that start with ``dq/dt = dS/dq``.

    Of ``dS/dt + (dS/dq)^2/2 + W = 0`` they are the characteristics.  By leapfrog: order 2, and the
    energy of each particle stays within that order for ever.

    ``places``: q at time 0, (particles,);  ``velocities``: dS/dq there;  ``force``: -dW/dq, W the
    potential over the mass;  ``times``: ascending from 0, (times,);  ``step``: largest time step.
    Return: q at the times, (times, particles).

    Source: 2008.01540 (6.2) without its last term, 2012.05082 (2.14) with hbar = 0.
    """
    q, v, found = places.astype(float), velocities.astype(float), []
    pull = force(q)
    for moments, dt in stretches(times, step):
        for _ in moments:
            v = v + 0.5 * dt * pull
            q = q + dt * v
            pull = force(q)
            v = v + 0.5 * dt * pull
        found.append(q)
    return np.stack(found)


def edges(grid: Float[np.ndarray, " points"]) -> Float[np.ndarray, " points+1"]:
    """Return the ends of the cells around the points of a ``grid``, (points + 1,)."""
    half = 0.5 * spacing(grid)
    return np.append(grid - half, grid[-1] + half)


def density_of_flow(
    places: Float[np.ndarray, "times particles"],
    masses: Float[np.ndarray, " particles-1"],
    grid: Float[np.ndarray, " points"],
) -> Float[np.ndarray, "times points"]:
    """Return the density on a ``grid`` of the flow between particles, (times, points).

    Two neighbours keep between them the mass that they started with, also when they have changed
    places; it is spread evenly over their distance.  This is a kernel as wide as the flow has
    become there: no width is to be chosen, mass is kept, and at a caustic, where the density is
    infinite, cells hold its integral.  Order 2 in the particles' first distance for moments, 1 for
    the density itself (1.4 measured where as many particles as cells).

    ``places``: of particles, (times, particles), from `evolve_flow`;  ``masses``: between each and
    the next, (particles - 1,);  ``grid``: points, equally spaced; mass beyond it is lost.
    """
    left = np.minimum(places[:, :-1], places[:, 1:])
    right = np.maximum(places[:, :-1], places[:, 1:])
    width = np.maximum(right - left, 1e-9 * spacing(grid))
    share = (edges(grid)[:, None, None] - left) / width
    held = np.clip(share, 0.0, 1.0) @ masses
    return np.diff(held, axis=0).T / spacing(grid)
