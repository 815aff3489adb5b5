"""Small quadratic forms with det G = 1, and integrals over them by plain quadrature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from nnuniverse.thermodynamics import Ensemble, Spectrum

MOVING = {1: [], 2: [0.9], 3: [-0.8], 4: [0.7, 0.3]}
"""Log-eigenvalues by number of neurons; one more makes their sum zero, and the rest are ones."""


@dataclass(frozen=True)
class Form:
    """``H(x) = 1/2 (x - a)^T G (x - a) - m/2 x^T x``; a = ``mean``."""

    G: np.ndarray
    mean: np.ndarray
    spectrum: Spectrum

    def energy(self, x: np.ndarray, mass: float) -> np.ndarray:
        """H of the states ``x``, (states, N)."""
        away = x - self.mean
        return 0.5 * _dot(away @ self.G, away) - 0.5 * mass * _dot(x, x)


def random_form(neurons: int, with_mean: bool = False) -> Form:
    """Return a form whose eigenvectors point anywhere."""
    random = np.random.default_rng(neurons)
    theta = np.array(MOVING[neurons])
    theta = np.append(theta, -theta.sum()) if neurons > 1 else theta
    units = neurons - len(theta)
    vectors = np.linalg.qr(random.normal(size=(neurons, neurons)))[0]
    G = (vectors * np.exp(np.append(theta, np.zeros(units)))) @ vectors.T
    spectrum = Spectrum(theta, units)
    if not with_mean:
        return Form(G, np.zeros(neurons), spectrum)
    mean = random.uniform(-0.6, 0.6, neurons)
    squares = (vectors.T @ mean) ** 2
    dynamical, rest = squares[: len(theta)], squares[len(theta) :].sum()
    return Form(G, mean, Spectrum(theta, units, dynamical, np.asarray(rest)))


class States(NamedTuple):
    """All states on a grid, for the trapezoidal rule.

    ``energy``: H without mass, (states,); ``square``: x^T x; ``volume``: of each state.
    """

    energy: np.ndarray
    square: np.ndarray
    volume: float

    def loss(self, mass: float) -> np.ndarray:
        """H."""
        return self.energy - 0.5 * mass * self.square

    def exponent(self, ensemble: Ensemble, neurons: int) -> np.ndarray:
        """``-beta H`` and the log of the Gaussian window."""
        s, log_height = ensemble.window
        window = neurons * log_height - 0.5 * s * self.square
        return window - ensemble.beta * self.loss(ensemble.mass)


@cache
def all_states(neurons: int, with_mean: bool, stiffness: float) -> States:
    """Return the states of `random_form` on a grid, computed once for every mass.

    The rule is exact to rounding for Gaussians about as wide as the window of this stiffness.
    """
    step = 0.45 / np.sqrt(stiffness)
    x = _tensor(step * np.arange(-18, 19), neurons)
    return States(random_form(neurons, with_mean).energy(x, 0.0), _dot(x, x), step**neurons)


def grid_over_the_cube(neurons: int) -> tuple[np.ndarray, np.ndarray]:
    """Return states in (-1, 1)^N and their Gauss-Legendre weights."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    return _tensor(nodes, neurons), _tensor(weights, neurons).prod(axis=1)


def _dot(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", x, y)


def _tensor(line: np.ndarray, neurons: int) -> np.ndarray:
    return np.stack(np.meshgrid(*[line] * neurons, indexing="ij"), axis=-1).reshape(-1, neurons)
