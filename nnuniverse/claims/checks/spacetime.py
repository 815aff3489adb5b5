"""A ring that lives in a periodic time: the functionals of a density and a free energy on it."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.checks.ring import Ring


class Spacetime:
    """So many ``moments`` of a period 2 pi, and so many ``points`` on a ring; both numbers are odd.

    Functions on it have the shape (moments, points).
    """

    def __init__(self, moments: int, points: int) -> None:
        self.time, self.space = Ring(moments), Ring(points)

    def by_time(self, function: np.ndarray) -> np.ndarray:
        """Return ``d function/dt``."""
        return self.time.derivative(function)

    def by_place(self, function: np.ndarray, order: int = 1) -> np.ndarray:
        """Return ``d^order function/dq^order``."""
        return self.space.derivative(function.T, order).T

    def integral(self, function: np.ndarray) -> complex:
        """Return ``int dt dq function``."""
        return complex((2.0 * np.pi) ** 2 * function.mean())

    def random_function(self, random: np.random.Generator) -> np.ndarray:
        """Return a smooth one, the sum of a function of t, one of q, and a product of such.

        ``random``: where its numbers are drawn from.
        """
        time, space = self.time.random_function, self.space.random_function
        mixed = np.outer(time(random), space(random))
        return 0.5 * (np.add.outer(time(random), space(random)) + mixed)
