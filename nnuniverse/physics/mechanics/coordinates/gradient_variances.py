"""The variance of the samples' gradients by each trainable variable alone."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.coordinates.sample_sums import SampleFunction, sum_over_samples
from nnuniverse.precision import in_float64

AT_ONCE = 100
"""Samples whose gradients are held at once: 26 MB of a net with 32,000 variables."""


class GradientMoments(NamedTuple):
    """``mean`` over the samples of the gradients g_s, and their ``variance``, (K,) each."""

    mean: np.ndarray
    variance: np.ndarray


@in_float64
def gradient_variances(
    losses: SampleFunction,
    parameters: Float[np.ndarray, " K"],
    inputs: Float[np.ndarray, "samples n_1"],
    targets: Float[np.ndarray, "samples n_L"],
) -> GradientMoments:
    """Return ``var_k = mean over samples of (g_sk - g_k)^2``, g the mean gradient.

    Of the samples there are: a mean of B of them drawn with replacement has exactly the variance
    ``var_k / B``, one without ``(var_k / B) (n - B)/(n - 1)``.  The mean is taken first, so that no
    digits are lost where it is large.

    ``losses``: of each sample; ``parameters``: theta (K,); ``inputs`` (samples, n_1); ``targets``
    (samples, n_L).
    """
    theta = jnp.asarray(parameters, jnp.float64)
    nothing = jnp.zeros_like(theta)
    mean = _moment(losses, theta, inputs, targets, nothing, 1)
    variance = _moment(losses, theta, inputs, targets, mean, 2)
    return GradientMoments(np.asarray(mean), np.asarray(variance))


@partial(jax.jit, static_argnums=(0, 5))
def _moment(
    losses: SampleFunction,
    theta: jax.Array,
    inputs: jax.Array,
    targets: jax.Array,
    centre: jax.Array,
    power: int,
) -> jax.Array:
    """Return the mean over samples of ``(g_s - centre)^power``."""

    def gradient(one_input: jax.Array, one_target: jax.Array) -> jax.Array:
        return jax.grad(lambda q: losses(q, one_input[None], one_target[None])[0])(theta)

    def of_chunk(inputs: jax.Array, targets: jax.Array) -> jax.Array:
        return jnp.sum((jax.vmap(gradient)(inputs, targets) - centre) ** power, axis=0)

    return sum_over_samples(of_chunk, inputs, targets, AT_ONCE) / len(inputs)
