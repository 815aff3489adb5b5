"""Every spectral observable in NumPy, from the whole matrix I - A."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnuniverse.training import Term
from nnuniverse.training.terms import SPECTRAL_FUNCTIONS

BETA, MASS, COUNT = 1.4, 0.05, 3
TERMS = [Term(name, 1.0, BETA, MASS, "matched", n=COUNT) for name in SPECTRAL_FUNCTIONS]

SLOPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": lambda y: 1.0 / np.cosh(y) ** 2,
    "logistic": lambda y: 0.25 / np.cosh(y / 2.0) ** 2,
    "relu": lambda y: (y > 0).astype(float),
}
FUNCTIONS = {
    "tanh": np.tanh,
    "logistic": lambda y: 1.0 / (1.0 + np.exp(-y)),
    "relu": lambda y: np.maximum(y, 0.0),
}


def values(matrix: np.ndarray, dynamical: int) -> dict[str, float]:
    """Return every observable of `TERMS`; ``matrix``: I - A, (N, N)."""
    theta = 2.0 * np.log(np.linalg.svd(matrix, compute_uv=False))
    N, stiffness, height = len(theta), 3.0, np.log(2.0) + 0.5 * np.log(1.5 / np.pi)
    x = stiffness - BETA * MASS + BETA * np.exp(theta)
    log_z = N * (height + 0.5 * np.log(2.0 * np.pi)) - 0.5 * np.sum(np.log(x))
    energy = 0.5 * np.sum((np.exp(theta) - MASS) / x)
    return {
        "mu2": np.sum(theta**2),
        "mu3": np.sum(theta**3),
        "mu2_per_eigenvalue": np.sum(theta**2) / dynamical,
        "mu3_per_eigenvalue": np.sum(theta**3) / dynamical,
        "complexity": -0.5 * np.sum(theta[:COUNT]) + 0.5 * N * np.log(2.0 * np.pi),
        "free_energy": -log_z / BETA,
        "mean_loss": energy,
        "entropy": 0.5 * N * np.log(2.0 * np.pi * np.e) - 0.5 * np.sum(np.log(x)),
        "canonical_entropy": log_z + BETA * energy,
        "free_energy_laplacian": -0.5 * BETA * np.sum(x**-2),
    }
