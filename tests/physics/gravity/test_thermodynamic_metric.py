"""The metric of log Z in (beta, beta m) is flat, whatever the spectrum."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.physics.gravity.curvature import curvature
from nnuniverse.precision import in_float64


@in_float64
def scalar_of(eigenvalues: np.ndarray, added: float = 0.0) -> float:
    """Return R at a point.

    log Z = -1/2 sum log(1 - u + beta lambda), u = beta m, whose second derivatives are 1/2 sum l
    l^T/(1 - u + beta lambda)^2, l = (lambda, -1).  ``added``: times the unit matrix.
    """
    ends = jnp.stack([jnp.asarray(eigenvalues), -jnp.ones(len(eigenvalues))], axis=1)

    def metric(x: jax.Array) -> jax.Array:
        weights = 0.5 / (1.0 - x[1] + x[0] * jnp.asarray(eigenvalues)) ** 2
        return added * jnp.eye(2) + jnp.einsum("k,ka,kb->ab", weights, ends, ends)

    return float(jax.jit(lambda x: curvature(metric)(x).scalar)(jnp.array([1.3, 0.2])))


@pytest.mark.parametrize("count", [2, 20])
def test_thermodynamic_geometry_has_no_curvature(count: int) -> None:
    eigenvalues = np.random.default_rng(count).lognormal(size=count)
    assert abs(scalar_of(eigenvalues)) < 1e-12
    if count > 2:
        assert abs(scalar_of(eigenvalues, 0.1)) > 1e-3
