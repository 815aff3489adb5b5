"""Periodic spaces of any metric, and actions over them, by sums that are exact for waves."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.physics.gravity.curvature import curvature_of, jet
from nnuniverse.physics.gravity.metrics import MetricFunction
from nnuniverse.physics.gravity.onsager import Terms, density, volume

PERIOD = 2.0 * np.pi


def perturbed_torus(
    signature: tuple[int, ...], random: np.random.Generator, modes: int = 6, amplitude: float = 0.06
) -> MetricFunction:
    """Return ``diag(signature) + sum_k S_k cos(q_k x + r_k)``, of period 2 pi along every axis.

    ``modes``: how many, with whole numbers from -2 to 2 as components of q_k, not all zero, and
    random symmetric S_k of elements up to ``amplitude``/modes^(1/2).
    """
    size = len(signature)
    waves = random.integers(-2, 3, (modes, size))
    waves[~waves.any(axis=1), 0] = 1
    phases = random.uniform(0.0, PERIOD, modes)
    shapes = random.uniform(-amplitude, amplitude, (modes, size, size)) / np.sqrt(modes)
    shapes = 0.5 * (shapes + shapes.swapaxes(1, 2))
    flat = np.diag(np.array(signature, float))

    def metric(x: Float[Array, " D"]) -> Float[Array, "D D"]:
        return jnp.asarray(flat) + jnp.einsum("k,kab->ab", jnp.cos(waves @ x + phases), shapes)

    return metric


class Actions(NamedTuple):
    """``curvature``: int sqrt|g| R; ``tensors``: int sqrt|g| L g_,m g_,n of each tensor, (T,)."""

    curvature: jax.Array
    tensors: jax.Array


def actions(metric: MetricFunction, dimension: int, tensors: list[Terms], points: int) -> Actions:
    """Return integrals over one period of every coordinate, by the sum over a regular grid.

    Of smooth periodic functions the rule of equal weights converges faster than any power of
    ``points``, those along every axis.  ``tensors``: their terms.

    ``metric``: g_ab at coordinates, (D,) to (D, D); ``dimension``: D.

    Source: 2008.01540 (9.12)-(9.15).
    """

    def at(x: Float[Array, " D"]) -> Float[Array, " actions"]:
        here = jet(metric)(x)
        curved = volume(here.metric) * curvature_of(here).scalar
        rest = [density(terms, here.metric, here.slopes) for terms in tensors]
        return jnp.stack([curved, *rest])

    line = jnp.arange(points) * (PERIOD / points)
    grid = jnp.stack(jnp.meshgrid(*[line] * dimension, indexing="ij"), -1).reshape(-1, dimension)
    batch = min(len(grid), 4096)
    means = jax.lax.map(at, grid, batch_size=batch).mean(axis=0) * PERIOD**dimension
    return Actions(means[0], means[1:])
