"""The Schroedinger equation at all times at once, by the stationary states of its Hamiltonian."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float, Num

from nnuniverse.physics.mechanics.solvers.lattice import circumference, wave_numbers


@dataclass(frozen=True)
class StationaryStates:
    """``Psi(t) = sum_n exp(-i E_n t/hbar) psi_n <psi_n, Psi(0)>``.

    ``energies``: E_n, ascending, (points,); ``states``: psi_n, orthonormal columns,
    (points, points); ``hbar``: of (3.5).
    """

    energies: np.ndarray
    states: np.ndarray
    hbar: float

    def later(
        self, wave: Num[np.ndarray, " points"], times: Float[np.ndarray, " times"]
    ) -> Complex[np.ndarray, "times points"]:
        """Return Psi at any ``times``, (times, points), of the ``wave`` Psi at 0, (points,)."""
        phases = np.exp(-1j * np.outer(times, self.energies) / self.hbar)
        return (phases * (wave @ self.states.conj())) @ self.states.T


def stationary_states(
    grid: Float[np.ndarray, " points"],
    potential: Float[np.ndarray, " points"],
    *,
    hbar: float = 1.0,
    mass: float = 1.0,
    twist: float = 0.0,
) -> StationaryStates:
    """Return the eigenstates of ``H = (1/2m) (-i hbar d/dq + 2 pi hbar w/length)^2 + V`` on a ring.

    Exact in time, and in space once the grid resolves the states that matter; costs points^3.

    ``grid``: every point of the ring once, (points,);  ``potential``: V there, energy;  ``hbar``,
    ``mass``: of (3.5);  ``twist``: w, the flux over 2 pi hbar, as in `evolve_wave`.

    Source: 2012.05082 (3.5).
    """
    momenta = hbar * (wave_numbers(grid) + 2.0 * np.pi * twist / circumference(grid))
    waves = np.fft.fft(np.eye(len(grid)), axis=0, norm="ortho")
    kinetic = waves.conj().T @ (momenta[:, None] ** 2 / (2.0 * mass) * waves)
    hamiltonian = kinetic + np.diag(potential)
    real = hamiltonian if twist else hamiltonian.real
    energies, states = np.linalg.eigh(real)
    return StationaryStates(energies, states, hbar)
