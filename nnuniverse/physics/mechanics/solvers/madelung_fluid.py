"""The Madelung equations as they stand, for a density and a velocity: a reference, not a tool."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import ConfigError, NNUniverseError
from nnuniverse.physics.mechanics.solvers.lattice import (
    Potential,
    derivative,
    runge_kutta,
    stretches,
    turns,
    value_at,
    wave_numbers,
)

THINNEST = 0.01
"""Least density, relative to its mean, that is integrated further.

Measured against the wave, towards a zero of ``1 - 1.2 i cos q`` with 64 points (128): the error of
p is 1e-6 (3e-13) at 0.14 of the mean, 6e-3 (4e-6) at 0.017, 0.3 (1e-2) at 0.003, without a sign of
it in the solution.
"""

STABLE = 2.0
"""Largest rate times step; Runge and Kutta's method bears 2.8 of oscillations."""


class MadelungFluid(NamedTuple):
    """``log_density``: log p;  ``velocity``: v; both at times, (times, points)."""

    log_density: np.ndarray
    velocity: np.ndarray


def evolve_fluid(
    density: Float[np.ndarray, " points"],
    velocity: Float[np.ndarray, " points"],
    grid: Float[np.ndarray, " points"],
    potential: Potential,
    signed: float,
    times: Float[np.ndarray, " times"],
    step: float,
) -> MadelungFluid:
    """Return the solution of ``dp/dt + (p v)' = 0, dv/dt + (v^2/2 + W - (A/2) R)' = 0`` on a ring.

    ``R = sqrt(p)''/sqrt(p) = (log p)''/2 + (log p)'^2/4``.  Derivatives by Fourier transforms,
    steps by Runge and Kutta: order 4 in time.  The circulation, the integral of v around the ring,
    may be anything and stays.

    ``density``, ``velocity``: p > 0 and v at time 0, (points,), on the ``grid``, which has every
    point of the ring once;  ``potential``: W = V/m, or a function of time that returns it;
    ``signed``: A = (hbar/m)^2 >= 0, q^4/time^2;  ``times``: ascending from 0, (times,);  ``step``:
    largest time step; what is stable may be shorter and is taken then.
    Raises `ConfigError` if A < 0, and `NNUniverseError` if p falls below 0.01 of its mean: near a
    zero of the wave its logarithm is not resolved, and what follows is garbage.

    Source: 2012.05082 (2.13), (2.14), (3.2), (3.3) with 1/sqrt(p) (C5).
    """
    if signed < 0.0:
        raise ConfigError(
            "A",
            "be 0 or above",
            f"is {signed:g}: waves k grow as exp(sqrt(-A) k^2 t/2), the finest first",
            "evolve_density, whose equation is the same for A = -4 D^2",
        )
    state, found = np.stack([np.log(density), velocity]), []
    stable = _stable_step(grid, signed, velocity)
    turned = np.stack([turns(grid, order) for order in (1, 2)])
    for moments, dt in stretches(times, min(step, stable)):
        for moment in moments:
            now = value_at(potential, moment + 0.5 * dt)

            def rate(state: np.ndarray, now: np.ndarray = now) -> np.ndarray:
                return _rate(state, turned, now, signed)

            state = runge_kutta(rate, state, dt)
            check_not_thin(state[0], float(moment + dt))
        found.append(state)
    return MadelungFluid(*np.stack(found, axis=1))


def curvature_of_root(
    log_density: Float[np.ndarray, " points"], grid: Float[np.ndarray, " points"]
) -> Float[np.ndarray, " points"]:
    """Return ``sqrt(p)''/sqrt(p)`` of log p, (points,).

    ``log_density``: log p at the points, (points,); ``grid``: the points of the ring, evenly,
    (points,).
    """
    slope = derivative(log_density, grid)
    return 0.5 * derivative(log_density, grid, 2) + 0.25 * slope**2


def check_not_thin(log_density: Float[np.ndarray, " points"], time: float) -> None:
    """Raise `NNUniverseError` if the least density is below `THINNEST` of the mean, or is lost.

    ``log_density``: log p at the points, (points,); ``time``: of the density, in words.
    """
    density = np.exp(log_density - log_density.max())
    thinnest = density.min() / density.mean()
    if not thinnest >= THINNEST:
        raise NNUniverseError(
            "the density",
            f"stay above {THINNEST:g} of its mean",
            f"is {thinnest:.2g} of it at t = {time:.3g}: a node of the wave, where this is garbage",
            "evolve_wave, which has no such limit",
        )


def _stable_step(grid: np.ndarray, signed: float, velocity: np.ndarray) -> float:
    k = np.abs(wave_numbers(grid)).max()
    return STABLE / (0.5 * np.sqrt(signed) * k**2 + np.abs(velocity).max() * k + 1e-12)


def _rate(
    state: np.ndarray, turned: np.ndarray, potential: np.ndarray, signed: float
) -> np.ndarray:
    """Return the rates of log p and v, (2, points), with few transforms, which take all the time.

    ``turned``: `turns` of order 1 and 2, (2, waves).
    """
    once, twice = turned
    points = state.shape[1]
    of_density, of_velocity = np.fft.rfft(state)
    waves = np.stack([once * of_density, twice * of_density, once * of_velocity])
    slope, bent, shear = np.fft.irfft(waves, points)
    velocity = state[1]
    quantum = -0.5 * signed * (0.5 * bent + 0.25 * slope**2)
    head = 0.5 * velocity**2 + potential + quantum
    push = np.fft.irfft(once * np.fft.rfft(head), points)
    return np.stack([-shear - velocity * slope, -push])
