"""The Schroedinger equation by split steps, on a line or a ring, with a vector potential."""

from __future__ import annotations

import numpy as np
from jaxtyping import Complex, Float, Num

from nnuniverse.physics.mechanics.solvers.lattice import (
    Potential,
    circumference,
    stretches,
    value_at,
    wave_numbers,
)


def evolve_wave(
    wave: Num[np.ndarray, " points"],
    grid: Float[np.ndarray, " points"],
    potential: Potential,
    times: Float[np.ndarray, " times"],
    step: float,
    *,
    hbar: float = 1.0,
    mass: float = 1.0,
    twist: float = 0.0,
    vector_potential: Float[np.ndarray, " points"] | None = None,
) -> Complex[np.ndarray, "times points"]:
    """Return the solution of ``i hbar dPsi/dt = -(hbar^2/2m) (d/dq + i e A/hbar)^2 Psi + V Psi``.

    ``exp(-i V dt/2 hbar) exp(-i hbar k^2 dt/2m) exp(-i V dt/2 hbar)``, the middle factor between
    Fourier transforms.  Order 2 in the step; exact in space once the grid resolves the wave; the
    norm is kept to rounding.  A line is a ring on which the wave stays away from the seam.

    ``wave``: Psi at time 0, complex, (points,), periodic on the ``grid``, which has its end but
    once;  ``potential``: V there, or a function of time that returns it, energy;  ``times``:
    ascending from 0, (times,);  ``step``: largest time step;  ``hbar``, ``mass``: of (3.5);
    ``twist``: w, turns by which the phase of the physical wave ``exp(2 pi i w q/length) Psi`` rises
    around the ring beyond those of Psi: the flux through it over 2 pi hbar;  ``vector_potential``:
    e A on the grid, momentum, (points,); its mean is one more flux, the rest is transformed away,
    as in one dimension it can be exactly.
    Return: Psi at the times, (times, points).

    Source: 2012.05082 (3.5), (4.13).
    """
    length = circumference(grid)
    gauge = np.ones(len(grid))
    if vector_potential is not None:
        twist = twist + vector_potential.mean() * length / (2.0 * np.pi * hbar)
        gauge = np.exp(1j * _integral(vector_potential, grid) / hbar)
    k = wave_numbers(grid) + 2.0 * np.pi * twist / length
    state, found = gauge * wave, []
    for moments, dt in stretches(times, step):
        kinetic = np.exp(-0.5j * hbar * k**2 * dt / mass)
        for moment in moments:
            half = np.exp(-0.5j * value_at(potential, moment + 0.5 * dt) * dt / hbar)
            state = half * np.fft.ifft(kinetic * np.fft.fft(half * state))
        found.append(state / gauge)
    return np.stack(found)


def _integral(function: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return the periodic integral of a function on a ring less its mean."""
    k, waves = wave_numbers(grid), np.fft.fft(function)
    return np.fft.ifft(np.where(k == 0.0, 0.0, waves / (1j * np.where(k == 0.0, 1.0, k)))).real
