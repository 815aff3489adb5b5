"""The equations of motion that a contracted Onsager tensor has, at a point, by autodiff."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.physics.gravity.curvature import curvature
from nnuniverse.physics.gravity.metrics import MetricFunction
from nnuniverse.physics.gravity.onsager import Terms, density, volume


def euler_operator(
    terms: Terms, metric: MetricFunction
) -> Callable[[Float[Array, " D"]], Float[Array, "D D"]]:
    """Return the function from a point (D,) to ``E^ab = dL/dg_ab - d_m dL/dg_ab,m``, (a, b).

    ``L = sqrt|g| L^{mn ab cd} g_ab,m g_cd,n`` of the tensor of ``terms``.  Of sqrt|g| R it would be
    -sqrt|g| G^ab, see `einstein_density`, and divergences add nothing: this tells without an
    integral whether the one is the other.

    ``metric``: g_ab at coordinates, (D,) to (D, D).

    Source: 2008.01540 (9.12)-(9.18), wrong as printed (B21).
    """

    def slopes(x: Float[Array, " D"]) -> Float[Array, "D D D"]:
        return jnp.moveaxis(jax.jacfwd(metric)(x), -1, 0)

    def momentum(x: Float[Array, " D"]) -> Float[Array, "D D D"]:
        found = jax.grad(density, argnums=2)(terms, metric(x), slopes(x))
        return 0.5 * (found + found.swapaxes(1, 2))

    def at(x: Float[Array, " D"]) -> Float[Array, "D D"]:
        by_metric = jax.grad(density, argnums=1)(terms, metric(x), slopes(x))
        divergence = jnp.einsum("mabm->ab", jax.jacfwd(momentum)(x))
        return 0.5 * (by_metric + by_metric.T) - divergence

    return at


def einstein_density(metric: MetricFunction) -> Callable[[Float[Array, " D"]], Float[Array, "D D"]]:
    """Return the function from a point (D,) to ``-sqrt|g| G^ab``, (a, b), the E^ab of sqrt|g| R.

    ``metric``: g_ab at coordinates, (D,) to (D, D).

    Source: 2008.01540 (9.18).
    """

    def at(x: Float[Array, " D"]) -> Float[Array, "D D"]:
        here = metric(x)
        inverse = jnp.linalg.inv(here)
        return -volume(here) * inverse @ curvature(metric)(x).einstein @ inverse

    return at
