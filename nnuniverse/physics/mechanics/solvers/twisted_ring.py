"""A particle on a ring with a flux through it: energies, winding number, circulation, gauge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float, Num

from nnuniverse.errors import NNUniverseError
from nnuniverse.physics.mechanics.solvers.lattice import (
    Potential,
    circumference,
    derivative,
    wave_numbers,
)
from nnuniverse.physics.mechanics.solvers.split_step import evolve_wave

NODE = 1e-12
"""Smallest modulus of a wave, relative to its largest, whose phase is told from rounding."""


class Gauged(NamedTuple):
    """A ``wave`` and the ``vector_potential`` e A under which it moves as it did without."""

    wave: np.ndarray
    vector_potential: np.ndarray


@dataclass(frozen=True)
class TwistedRing:
    """Waves ``exp(2 pi i w q/length) Psi`` with a periodic Psi: those of a flux ``2 pi hbar w``.

    A single-valued wave has a whole ``twist`` w, which is no more than a choice of Psi.  The
    Madelung equations take any: w = 1/2 is a fluid of circulation ``pi hbar/m``, whose wave changes
    sign around the ring.

    ``grid``: every point of the ring once, (points,);  ``twist``: w;  ``hbar``, ``mass``: of (3.5).

    Source: 2012.05082 (3.7)-(3.10), (4.13) (C7, C8).
    """

    grid: np.ndarray
    twist: float = 0.0
    hbar: float = 1.0
    mass: float = 1.0

    @property
    def length(self) -> float:
        """The circumference."""
        return circumference(self.grid)

    def evolve(
        self,
        wave: Num[np.ndarray, " points"],
        potential: Potential,
        times: Float[np.ndarray, " times"],
        step: float,
    ) -> Complex[np.ndarray, "times points"]:
        """Return Psi at the ``times``, (times, points), by `evolve_wave`.

        ``wave``: Psi at the points of the ring, (points,), complex; ``potential``: V as a function
        of the states or places; ``step``: of time.
        """
        return evolve_wave(
            wave,
            self.grid,
            potential,
            times,
            step,
            hbar=self.hbar,
            mass=self.mass,
            twist=self.twist,
        )

    def energies(self, count: int) -> Float[np.ndarray, " {count}"]:
        """Return the lowest ``E_n = (2 pi hbar/length)^2 (n + w)^2/2m`` without V, ascending.

        ``count``: how many.
        """
        n = np.arange(-count, count + 1) - np.round(self.twist)
        return np.sort(self._energy(n))[:count]

    def free_wave(
        self, amplitudes: Mapping[int, complex], times: Float[np.ndarray, " times"]
    ) -> Complex[np.ndarray, "times points"]:
        """Return ``Psi = sum_n c_n exp(2 pi i n q/length - i E_n t/hbar)``, exact without V.

        ``amplitudes``: c_n by n, any;  ``times``: t, (times,).
        Return: Psi, (times, points).

        Source: 2012.05082 (3.2)-(3.6) (C8).
        """
        n, c = np.array(list(amplitudes)), np.array(list(amplitudes.values()))
        around = np.exp(2j * np.pi / self.length * np.outer(n, self.grid - self.grid[0]))
        return (c * np.exp(-1j / self.hbar * np.outer(times, self._energy(n)))) @ around

    def cut_open(self, wave: Num[np.ndarray, " points"]) -> Complex[np.ndarray, " points"]:
        """Return ``exp(2 pi i w q/length) Psi`` on the grid, (points,): the wave around the ring.

        Unless w is whole it jumps between the last point and the first.  Whoever evolves it as
        single-valued, with no twist, has put that jump there, at a place of their choice.

        Source: 2012.05082 (3.6).
        """
        turn = 2.0 * np.pi * self.twist / self.length
        return wave * np.exp(1j * turn * (self.grid - self.grid[0]))

    def _energy(self, n: np.ndarray) -> np.ndarray:
        momenta = 2.0 * np.pi * self.hbar / self.length * (n + self.twist)
        return momenta**2 / (2.0 * self.mass)

    def velocity(self, wave: Num[np.ndarray, " points"]) -> Float[np.ndarray, " points"]:
        """Return ``v = (hbar/m) (Im(Psi'/Psi) + 2 pi w/length)``, (points,), off the zeros of Psi.

        ``wave``: Psi at the points of the ring, (points,), complex.

        Source: 2012.05082 (3.4).
        """
        slope = np.fft.ifft(1j * wave_numbers(self.grid) * np.fft.fft(wave))
        around = 2.0 * np.pi * self.twist / self.length
        return self.hbar / self.mass * ((slope / wave).imag + around)

    def circulation(self, wave: Num[np.ndarray, " points"]) -> float:
        """Return ``closed integral of v dq = (2 pi hbar/m) (winding number + w)``.

        ``wave``: Psi at the points of the ring, (points,), complex.
        """
        return 2.0 * np.pi * self.hbar / self.mass * (winding_number(wave) + self.twist)

    def gauged(
        self, wave: Num[np.ndarray, " points"], phase: Float[np.ndarray, " points"], quanta: int = 0
    ) -> Gauged:
        """Return ``Psi exp(-i Omega/hbar)`` and ``e A = dOmega/dq``; no |Psi|^2 tells them apart.

        ``phase``: the periodic part of Omega = eps Omega_0, action, (points,);  ``quanta``: by how
        many 2 pi hbar Omega rises around the ring, whole.

        ``wave``: Psi at the points of the ring, (points,), complex.

        Source: 2012.05082 (4.11)-(4.13) (C13).
        """
        turn = 2.0 * np.pi * quanta / self.length
        turned = wave * np.exp(-1j * (phase / self.hbar + turn * (self.grid - self.grid[0])))
        return Gauged(turned, derivative(phase, self.grid) + self.hbar * turn)


def winding_number(wave: Num[np.ndarray, " points"]) -> int:
    """Return by how many turns the phase of a single-valued wave rises around a ring.

    The sum of the differences of the phase between neighbours, each within half a turn, over 2 pi.
    It changes only when the wave has a zero, and is right where neighbours differ by less than half
    a turn.

    ``wave``: Psi, (points,).
    Raises `NNUniverseError` if the wave is 0 at a point, where it has no phase.

    >>> around = 2.0 * np.pi * np.arange(16) / 16
    >>> winding_number(np.exp(3j * around))
    3
    """
    modulus = np.abs(wave)
    if modulus.min() <= NODE * modulus.max():
        raise NNUniverseError(
            "the wave", "have no zero", "has one, and no phase there", "a moment before or after"
        )
    return round(float(np.angle(np.roll(wave, -1) * wave.conj()).sum() / (2.0 * np.pi)))
