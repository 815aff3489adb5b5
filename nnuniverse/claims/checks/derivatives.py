"""Derivatives of analytic functions, exact to rounding: Cauchy's integral over a circle."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np

POINTS = 12
RADIUS = 0.05
"""Of the circle: with singularities at a distance of one or more the series that 12 points leave
out begins at 0.05^12 = 2e-16, and two derivatives in turn lose 1/0.05^2 in rounding."""

Field = Callable[[np.ndarray], np.ndarray]
"""Values at points: (..., K) to (..., any shape), of NumPy functions that take complex numbers."""


def partial(function: Field, radius: float = RADIUS, coordinates: int | None = None) -> Field:
    """Return the field of the partial derivatives, (..., K, any shape), complex.

    ``df/dx_k = 1/(2 pi i) closed integral of f(x + z e_k)/z^2 dz``, by the rule of equal weights.
    It is itself such a field, so that derivatives of it can be had.  ``coordinates``: on how many
    of the first coordinates the field depends, all if None.

    ``function``: an analytic field, (..., K) to (..., any shape); ``radius``: of the circle that
    the derivative is taken on.
    """
    circle = _circle(radius)

    def derivatives(point: np.ndarray) -> np.ndarray:
        axis, size = point.ndim - 1, point.shape[-1]
        steps = circle[:, None, None] * np.eye(size)[:coordinates]
        values = function(point[..., None, None, :] + steps)
        found = np.moveaxis(values, axis, -1) @ (1.0 / (POINTS * circle))
        rest = np.zeros((*found.shape[:axis], size - found.shape[axis], *found.shape[axis + 1 :]))
        return np.concatenate([found, rest], axis=axis)

    return derivatives


def derivative(function: Field, point: float, order: int = 1, radius: float = RADIUS) -> np.ndarray:
    """Return a derivative of a function of one real number, (...) to (..., any shape).

    ``f^(n)(x) = n!/(2 pi i) closed integral of f(x + z)/z^(n + 1) dz``.

    ``point``: where; ``order``: which derivative; ``radius``: of the circle that it is taken on.
    """
    circle = _circle(radius)
    weights = factorial(order) / (POINTS * circle**order)
    return np.tensordot(weights, function(point + circle), axes=1).real


def _circle(radius: float) -> np.ndarray:
    return radius * np.exp(2j * np.pi * np.arange(POINTS) / POINTS)
