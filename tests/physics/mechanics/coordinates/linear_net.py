"""A linear net with label noise, whose Hessian and gradient noise are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np


def squared_error(theta: jax.Array, inputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Return ``(theta x - y)^2 / 2`` of each sample."""
    return 0.5 * jnp.square(inputs @ theta - targets[:, 0])


@dataclass(frozen=True)
class LinearNet:
    """``inputs`` (n, K), ``targets`` (n, 1), and ``theta`` (K,), the minimum of the mean loss."""

    inputs: np.ndarray
    targets: np.ndarray
    theta: np.ndarray

    @property
    def data(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.theta, self.inputs, self.targets

    @property
    def hessian(self) -> np.ndarray:
        return self.inputs.T @ self.inputs / len(self.inputs)

    @property
    def gradients(self) -> np.ndarray:
        """Of the samples, (n, K)."""
        return self.inputs * (self.inputs @ self.theta - self.targets[:, 0])[:, None]

    @property
    def noise(self) -> np.ndarray:
        """Return the covariance of the samples' gradients, (K, K)."""
        return np.cov(self.gradients.T, bias=True)


@cache
def linear_net(parameters: int, samples: int) -> LinearNet:
    """Gaussian inputs with standard deviations from 1 down to 1/30, and label noise."""
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((samples, parameters)) * np.geomspace(1.0, 1 / 30, parameters)
    targets = inputs @ rng.standard_normal(parameters) + rng.standard_normal(samples)
    theta = np.linalg.lstsq(inputs, targets, rcond=None)[0]
    return LinearNet(inputs, targets[:, None], theta)
