"""A particle on a ring, as a Schroedinger wave and as a Madelung fluid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnuniverse.claims.checks.ring import Ring


class Fluid(NamedTuple):
    """A density p with its ``log_density``, and the ``phase`` eps F without its rise per turn."""

    log_density: np.ndarray
    phase: np.ndarray


@dataclass(frozen=True)
class Particle:
    """A particle in a ``potential`` V(q) on a ``ring``.

    ``hbar`` and ``mass``: of (2.10), (2.11); ``turns``: by how many ``2 pi hbar`` the phase eps F
    rises around the ring, any number.  The circulation of the velocity is ``2 pi hbar turns/mass``.

    Source: 2012.05082 (2.13), (2.14), (3.4)-(3.6).
    """

    ring: Ring
    potential: np.ndarray
    hbar: float = 1.0
    mass: float = 1.0
    turns: float = 0.0

    def velocity(self, phase: np.ndarray) -> np.ndarray:
        """Return ``u = d(eps F)/dq / m``."""
        return (self.hbar * self.turns + self.ring.derivative(phase)) / self.mass

    def wave(self, fluid: Fluid) -> np.ndarray:
        """Return ``sqrt(p) exp(i eps F/hbar)`` over ``exp(i q turns)``, which is periodic."""
        return np.exp(0.5 * fluid.log_density + 1j * fluid.phase / self.hbar)

    def hamiltonian(self) -> np.ndarray:
        """Return the matrix of ``(hbar^2/2m) (-i d/dq + turns)^2 + V`` on such waves."""
        momentum = -1j * self.ring.matrix(1).astype(complex) + self.turns * np.eye(self.ring.points)
        kinetic = 0.5 * self.hbar**2 / self.mass * momentum @ momentum
        return kinetic + np.diag(self.potential)

    def wave_later(self, wave: np.ndarray, time: float) -> np.ndarray:
        """Return the solution of the Schroedinger equation (3.5) after a ``time``, exactly."""
        energies, states = np.linalg.eigh(self.hamiltonian())
        return states @ (np.exp(-1j * energies * time / self.hbar) * (states.conj().T @ wave))

    def rates(self, fluid: Fluid) -> Fluid:
        """Return ``d log p/dt`` by (2.13) and ``d(eps F)/dt`` by (2.14)."""
        slope, u = self.ring.derivative(fluid.log_density), self.velocity(fluid.phase)
        bent = 0.5 * self.ring.derivative(fluid.log_density, 2) + 0.25 * slope**2
        quantum_potential = -0.5 * self.hbar**2 / self.mass * bent
        return Fluid(
            -self.ring.derivative(u) - u * slope,
            -(0.5 * self.mass * u**2 + quantum_potential + self.potential),
        )

    def fluid_later(self, fluid: Fluid, time: float, steps: int = 300) -> Fluid:
        """Return the solution of (2.13), (2.14), by Runge and Kutta; only far from zeros of p."""
        state, step = np.array(fluid), time / steps

        def rate(state: np.ndarray) -> np.ndarray:
            return np.array(self.rates(Fluid(*state)))

        for _ in range(steps):
            first = rate(state)
            second = rate(state + 0.5 * step * first)
            third = rate(state + 0.5 * step * second)
            fourth = rate(state + step * third)
            state = state + step / 6.0 * (first + 2.0 * second + 2.0 * third + fourth)
        return Fluid(*state)

    def energy(self, fluid: Fluid) -> float:
        """Return ``int p (m u^2/2 + hbar^2 (grad log p)^2/(8 m) + V)``."""
        slope, u = self.ring.derivative(fluid.log_density), self.velocity(fluid.phase)
        density = 0.5 * self.mass * u**2 + self.hbar**2 / (8.0 * self.mass) * slope**2
        return self.ring.integral(np.exp(fluid.log_density) * (density + self.potential))


def winding(ring: Ring, wave: np.ndarray) -> float:
    """Return ``(1/2 pi) int dq Im(wave'/wave)``, by how many turns the phase of a wave rises."""
    return ring.integral((ring.derivative(wave) / wave).imag) / (2.0 * np.pi)


def random_fluid(ring: Ring, random: np.random.Generator) -> Fluid:
    """Return a smooth one that stays far from zeros of p for times below one."""
    log_density = 0.3 * ring.random_function(random)
    norm = np.log(ring.integral(np.exp(log_density)))
    return Fluid(log_density - norm, 0.3 * ring.random_function(random))
