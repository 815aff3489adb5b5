"""A circle: derivatives and integrals of smooth periodic functions, exact to rounding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Ring:
    """Equally spaced ``points`` on a circle of circumference 2 pi.

    Their number is odd, so that there is no highest wave that has but one phase.
    """

    points: int

    @cached_property
    def places(self) -> np.ndarray:
        """The angles q, (points,)."""
        return 2.0 * np.pi * np.arange(self.points) / self.points

    @cached_property
    def wave_numbers(self) -> np.ndarray:
        """The k of the waves exp(i k q), in the order of `numpy.fft.fft`."""
        return np.fft.fftfreq(self.points, 1.0 / self.points)

    def derivative(self, function: np.ndarray, order: int = 1) -> np.ndarray:
        """Return ``d^order function/dq^order`` along the first axis, real if it is."""
        factors = (1j * self.wave_numbers) ** order
        waves = np.fft.fft(function, axis=0)
        derived = np.fft.ifft(factors.reshape(-1, *[1] * (waves.ndim - 1)) * waves, axis=0)
        return derived if np.iscomplexobj(function) else derived.real

    def matrix(self, order: int) -> np.ndarray:
        """Return the matrix of ``d^order/dq^order``."""
        return self.derivative(np.eye(self.points), order)

    def integral(self, function: np.ndarray) -> float:
        """Return ``int dq function``."""
        return float(2.0 * np.pi * function.mean())

    def normalised(self, density: np.ndarray) -> np.ndarray:
        """Return a density of integral 1."""
        return density / self.integral(density)

    def random_function(self, random: np.random.Generator, waves: int = 2) -> np.ndarray:
        """Return a sum of so many ``waves`` of amplitudes ``1/k``, their phases random."""
        k = np.arange(1, waves + 1)
        phases = random.uniform(0.0, 2.0 * np.pi, waves)
        return np.cos(np.outer(self.places, k) + phases) @ (1.0 / k)
