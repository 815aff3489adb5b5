"""Integrals over the states of a few neurons by plain rules on grids."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Grid(NamedTuple):
    """``states``, (points, neurons), and their ``weights``, (points,)."""

    states: np.ndarray
    weights: np.ndarray

    def integral(self, values: np.ndarray) -> float:
        """Return the integral of ``values``, (points,)."""
        return float(self.weights @ values)


def cube(neurons: int, nodes: int = 40) -> Grid:
    """Return (-1, 1)^N with Gauss-Legendre nodes, exact for polynomials up to 2 nodes - 1.

    ``neurons``: N, whole.
    """
    line, weights = np.polynomial.legendre.leggauss(nodes)
    return Grid(_tensor(line, neurons), _tensor(weights, neurons).prod(axis=1))


def box(neurons: int, reach: float, step: float) -> Grid:
    """Return (-reach, reach)^N for the trapezoidal rule.

    Of a Gaussian that lies within, of variance s^2, it is exact up to exp(-2 pi^2 s^2/step^2).

    ``neurons``: N, whole.
    """
    states = _tensor(np.arange(-reach, reach + step, step), neurons)
    return Grid(states, np.full(len(states), step**neurons))


def _tensor(line: np.ndarray, neurons: int) -> np.ndarray:
    return np.stack(np.meshgrid(*[line] * neurons, indexing="ij"), axis=-1).reshape(-1, neurons)
