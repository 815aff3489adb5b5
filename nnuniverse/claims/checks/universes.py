"""Actions of gravity with a scalar field, varied in a homogeneous universe.

The metric depends on the time alone, periodically, and is else arbitrary: it has lapse, shift and
shear besides the scale factor.  So sums over a period are integrals to rounding, and nothing is
left at its ends.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnuniverse.claims.checks.derivatives import Field, derivative
from nnuniverse.claims.checks.spaces import CheckedSpace, volume

TIMES = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
EVENTS = np.stack([TIMES, *[np.zeros_like(TIMES)] * 3], axis=-1)

Lagrangian = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""What stands under ``int sqrt|g|``, of the curvature R and the Lagrangian of the field."""


class Universe:
    """A random metric ``g_ab(t)``, a field ``phi(t)``, and four changes of the metric."""

    def __init__(self, random: np.random.Generator) -> None:
        matrices = 0.05 * random.normal(size=(6, 4, 4))
        first, second, *self._changes = matrices + matrices.swapaxes(1, 2)
        self._metric: Field = lambda x: (
            np.diag([-1.0, 1.0, 1.0, 1.0]) + _wave(x, np.cos, first) + _wave(x, np.sin, second)
        )
        self._amplitude = 0.5 + 0.5 * random.random()

    @property
    def metric(self) -> np.ndarray:
        """``g_ab``, (times, a, b)."""
        return self._metric(EVENTS)

    @property
    def einstein(self) -> np.ndarray:
        """``G_ab``, (times, a, b)."""
        return CheckedSpace(self._metric, 1).einstein(EVENTS).real

    @property
    def energy_momentum(self) -> np.ndarray:
        """``T_ab = phi_,a phi_,b + g_ab L = -2/sqrt|g| d(sqrt|g| L)/dg^ab``, (times, a, b)."""
        found = self._matter(self.metric)[:, None, None] * self.metric
        found[:, 0, 0] += self._speed**2
        return found

    def variation(self, lagrangian: Lagrangian) -> np.ndarray:
        """Return the slopes of ``int sqrt|g| lagrangian`` along the changes of g_ab."""

        def action(change: np.ndarray, step: complex) -> complex:
            def metric(x: np.ndarray) -> np.ndarray:
                return self._metric(x) + step * _changed(x, change)

            found = metric(EVENTS)
            curvature = CheckedSpace(metric, 1).scalar(EVENTS)
            return complex((volume(found) * lagrangian(curvature, self._matter(found))).mean())

        def slope(change: np.ndarray) -> float:
            return float(
                derivative(lambda steps: np.array([action(change, one) for one in steps]), 0.0)
            )

        return np.array([slope(change) for change in self._changes])

    def contraction(self, tensor: np.ndarray) -> np.ndarray:
        """Return ``int sqrt|g| E_ab delta g^ab`` of these changes; tensor: E_ab, (times, a, b)."""
        inverse = np.linalg.inv(self.metric)
        raised = volume(self.metric)[:, None, None] * (inverse @ tensor @ inverse)
        changes = [_changed(EVENTS, change) for change in self._changes]
        return -np.array([np.sum(raised * change) / len(TIMES) for change in changes])

    def _matter(self, metric: np.ndarray) -> np.ndarray:
        """Return ``L = -1/2 g^ab phi_,a phi_,b - V``, V = 0.3 + 0.2 phi^2, (times,)."""
        potential = 0.3 + 0.2 * (self._amplitude * np.sin(TIMES)) ** 2
        return -0.5 * np.linalg.inv(metric)[:, 0, 0] * self._speed**2 - potential

    @property
    def _speed(self) -> np.ndarray:
        return self._amplitude * np.cos(TIMES)


def _wave(
    x: np.ndarray, function: Callable[[np.ndarray], np.ndarray], matrix: np.ndarray
) -> np.ndarray:
    return function(x[..., 0])[..., None, None] * matrix


def _changed(x: np.ndarray, change: np.ndarray) -> np.ndarray:
    return _wave(x, lambda t: np.sin(t + 1.0), change)
