"""A particle on a ring, as a Schroedinger wave and as a Madelung fluid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from nnuniverse.claims.checks.ring import Ring
from nnuniverse.physics.mechanics.solvers.madelung_fluid import evolve_fluid
from nnuniverse.physics.mechanics.solvers.stationary_states import (
    StationaryStates,
    stationary_states,
)
from nnuniverse.physics.mechanics.solvers.twisted_ring import TwistedRing

STEP = 1e-3
"""Of the fluid: short enough that what it leaves out is rounding."""


class Fluid(NamedTuple):
    """A density p with its ``log_density``, and its ``velocity`` u."""

    log_density: np.ndarray
    velocity: np.ndarray

    def distance(self, other: Fluid) -> float:
        """Return the largest difference of density or velocity, over the largest of each.

        ``other``: at the same points.
        """
        pairs = zip((np.exp(self.log_density), self.velocity),
                    (np.exp(other.log_density), other.velocity), strict=True)  # fmt: skip
        return max(float(np.abs(one - of).max() / np.abs(of).max()) for one, of in pairs)


@dataclass(frozen=True)
class Particle:
    """A particle in a ``potential`` V(q) on a ``ring``.

    ``hbar`` and ``mass``: of (2.10), (2.11); ``turns``: by how many ``2 pi hbar`` the phase eps F
    rises around the ring, any number.  The circulation of the velocity is ``2 pi hbar turns/mass``.
    Waves are the periodic part of ``sqrt(p) exp(i eps F/hbar)``, over ``exp(i q turns)``.

    Source: 2012.05082 (2.13), (2.14), (3.4)-(3.6).
    """

    ring: Ring
    potential: np.ndarray
    hbar: float = 1.0
    mass: float = 1.0
    turns: float = 0.0

    @cached_property
    def states(self) -> StationaryStates:
        """Those of ``(hbar^2/2m) (-i d/dq + turns)^2 + V``."""
        return stationary_states(
            self.ring.places, self.potential, hbar=self.hbar, mass=self.mass, twist=self.turns
        )

    def energised(self, wave: np.ndarray) -> np.ndarray:
        """Return ``H Psi``.

        ``wave``: Psi at the points of the ring, (points,), complex.
        """
        energies, states = self.states.energies, self.states.states
        return np.asarray(states @ (energies * (states.conj().T @ wave)))

    def wave_later(self, wave: np.ndarray, time: float) -> np.ndarray:
        """Return the solution of the Schroedinger equation (3.5) after a ``time``, exactly.

        ``wave``: Psi at the points of the ring, (points,), complex.
        """
        return self.states.later(wave, np.array([time]))[0]

    def fluid(self, wave: np.ndarray) -> Fluid:
        """Return density and velocity of a wave without zeros, ``u = d(eps F)/dq / m``."""
        ring = TwistedRing(self.ring.places, self.turns, self.hbar, self.mass)
        return Fluid(2.0 * np.log(np.abs(wave)), ring.velocity(wave))

    def fluid_later(self, wave: np.ndarray, time: float) -> Fluid:
        """Return that of a wave after a ``time``, by (2.13) and (2.14) alone."""
        start = self.fluid(wave)
        flow = evolve_fluid(
            np.exp(start.log_density),
            start.velocity,
            self.ring.places,
            self.potential / self.mass,
            (self.hbar / self.mass) ** 2,
            np.array([time]),
            STEP,
        )
        return Fluid(flow.log_density[0], flow.velocity[0])

    def energy(self, fluid: Fluid) -> float:
        """Return ``int p (m u^2/2 + hbar^2 (grad log p)^2/(8 m) + V)``.

        ``fluid``: density and velocity on the ring.
        """
        slope, u = self.ring.derivative(fluid.log_density), fluid.velocity
        density = 0.5 * self.mass * u**2 + self.hbar**2 / (8.0 * self.mass) * slope**2
        return self.ring.integral(np.exp(fluid.log_density) * (density + self.potential))


def random_wave(ring: Ring, random: np.random.Generator, hbar: float = 1.0) -> np.ndarray:
    """Return a smooth one of norm 1 that stays far from zeros for times below one.

    ``ring``: where it lives; ``random``: where its numbers are drawn from; ``hbar``: Planck's
    constant.
    """
    log_density = 0.3 * ring.random_function(random)
    phase = 0.3 * ring.random_function(random)
    wave = np.exp(0.5 * log_density + 1j * phase / hbar)
    return np.asarray(wave / np.sqrt(ring.integral(np.abs(wave) ** 2)))
