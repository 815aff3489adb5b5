"""A function of the coordinates to second order about where the replicas start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class SecondOrder:
    """``F(q) = g . q + 1/2 q . H q``, the free energy or a loss up to a constant.

    ``gradient``: g at q = 0, (coordinate,); ``hessian``: H there, (coordinate, coordinate), both
    along the coordinates' directions.  It holds where third derivatives make no difference.
    """

    gradient: np.ndarray
    hessian: np.ndarray

    def value(self, q: Float[np.ndarray, "*points coordinate"]) -> Float[np.ndarray, "*points"]:
        """Return F - F(0) at ``q``, (..., coordinate)."""
        value: np.ndarray = q @ self.gradient + 0.5 * ((q @ self.hessian) * q).sum(axis=-1)
        return value

    def slope(
        self, q: Float[np.ndarray, "*points coordinate"]
    ) -> Float[np.ndarray, "*points coordinate"]:
        """Return grad F at ``q``, (..., coordinate)."""
        slope: np.ndarray = self.gradient + q @ self.hessian
        return slope

    def along(self, coordinates: Int[np.ndarray, " chosen"]) -> SecondOrder:
        """Return it with all but some coordinates, by number, at 0."""
        between = np.ix_(coordinates, coordinates)
        return SecondOrder(self.gradient[coordinates], self.hessian[between])

    def __neg__(self) -> SecondOrder:
        """Return -F."""
        return SecondOrder(-self.gradient, -self.hessian)
