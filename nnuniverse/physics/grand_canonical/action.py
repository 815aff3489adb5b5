"""The action of a density and a free energy that is known up to mu times the number of neurons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.solvers.lattice import circumference, derivative

Field = Float[np.ndarray, "moments points"]
"""Of time and place."""

OfPlace = Float[np.ndarray, " points"]
"""The same at all times."""


@dataclass(frozen=True)
class Action:
    """Both forms of the action on a ring and over a time that is periodic, over lambda/epsilon.

    Fields are (moments, points), real, periodic and resolved in both; F holds by its derivatives
    alone, so that ``F + mu n`` has the same action, whatever hbar is (C7).

    ``times``: all moments of a period, evenly, (moments,); ``places``: all points of the ring,
    (points,); ``hbar``, ``mass``: of (2.10), (2.11); ``step``: epsilon.
    """

    times: np.ndarray
    places: np.ndarray
    hbar: float
    mass: float
    step: float

    def of_phase(self, density: Field, free_energy: Field, V: OfPlace) -> complex:
        """Return ``int dt dq p (hbar^2/2m |phi'|^2 - i hbar dphi/dt + V)``.

        ``phi = log sqrt(p) + i eps F/hbar``.

        ``density``: p > 0; ``free_energy``: F; ``V``: the potential, energy.

        Source: 2012.05082 (3.8), (3.9).
        """
        log_root, angle = 0.5 * np.log(density), self.step * free_energy / self.hbar
        bent = self._by_place(log_root) ** 2 + self._by_place(angle) ** 2
        turned = self._by_time(log_root) + 1j * self._by_time(angle)
        kinetic = 0.5 * self.hbar**2 / self.mass * bent
        return self._integral(density * (kinetic - 1j * self.hbar * turned + V))

    def of_fluid(self, density: Field, free_energy: Field, V: OfPlace) -> float:
        """Return ``int dt dq [-hbar^2/2m r r'' + p (eps dF/dt + (eps F')^2/2m + V)]``, r = sqrt(p).

        ``density``: p > 0; ``free_energy``: F; ``V``: the potential, energy.

        Source: 2012.05082 (2.9).
        """
        root, action = np.sqrt(density), self.step * free_energy
        spread = -0.5 * self.hbar**2 / self.mass * root * derivative(root, self.places, 2)
        moved = self._by_time(action) + 0.5 / self.mass * self._by_place(action) ** 2
        return self._integral(spread + density * (moved + V)).real

    def _by_place(self, field: np.ndarray) -> np.ndarray:
        return derivative(field, self.places)

    def _by_time(self, field: np.ndarray) -> np.ndarray:
        return derivative(field.T, self.times).T

    def _integral(self, field: np.ndarray) -> complex:
        return complex(field.mean() * circumference(self.times) * circumference(self.places))
