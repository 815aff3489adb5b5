"""Derivatives of analytic functions, exact to rounding: Cauchy's integral over a circle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

POINTS = 12
RADIUS = 0.05
"""Of the circle: with singularities at a distance of one or more the series that 12 points leave
out begins at 0.05^12 = 2e-16, and two derivatives in turn lose 1/0.05^2 in rounding."""

Field = Callable[[np.ndarray], np.ndarray]
"""Values at points: (..., K) to (..., any shape), of NumPy functions that take complex numbers."""


def partial(function: Field, radius: float = RADIUS) -> Field:
    """Return the field of the partial derivatives, (..., K, any shape).

    ``df/dx_k = 1/(2 pi i) closed integral of f(x + z e_k)/z^2 dz``, by the rule of equal weights.
    It is itself such a field, so that derivatives of it can be had.
    """
    circle = radius * np.exp(2j * np.pi * np.arange(POINTS) / POINTS)

    def derivatives(point: np.ndarray) -> np.ndarray:
        steps = circle[:, None, None] * np.eye(point.shape[-1])
        values = function(point[..., None, None, :] + steps)
        where = point.ndim - 1
        weights = (1.0 / (POINTS * circle)).reshape(POINTS, *[1] * (values.ndim - where - 1))
        return (weights * values).sum(axis=where)

    return derivatives


def derivative(function: Field, point: float, order: int = 1, radius: float = RADIUS) -> np.ndarray:
    """Return a derivative of a function of one real number, (...) to (..., any shape).

    ``f^(n)(x) = n!/(2 pi i) closed integral of f(x + z)/z^(n + 1) dz``.
    """
    circle = radius * np.exp(2j * np.pi * np.arange(POINTS) / POINTS)
    values = function(point + circle)
    factorial = float(np.prod(np.arange(1, order + 1)))
    weights = factorial / (POINTS * circle**order)
    return np.tensordot(weights, values, axes=1).real
