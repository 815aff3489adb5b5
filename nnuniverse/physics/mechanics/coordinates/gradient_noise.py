"""The covariance of the samples' gradients, seen through a few coordinates."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.coordinates.sample_sums import SampleFunction, sum_over_samples
from nnuniverse.precision import in_float64


@in_float64
def gradient_noise(
    losses: SampleFunction,
    parameters: Float[np.ndarray, " K"],
    inputs: Float[np.ndarray, "samples n_1"],
    targets: Float[np.ndarray, "samples n_L"],
    directions: Float[np.ndarray, "coordinate K"],
    difference: float | None = None,
) -> Float[np.ndarray, "coordinate coordinate"]:
    """Return ``c = V C V^T`` of the covariance C of the samples' gradients.

    ``C = mean over samples of (g_s - g)(g_s - g)^T``, g their mean: that of the samples there are,
    so the mean of B of them drawn with replacement has exactly the covariance C / B.  By forward
    mode along the directions, in chunks of samples: no K x K matrix, and no sample's gradient.

    ``losses``: of each sample; ``parameters``: theta (K,); ``inputs`` (samples, n_1), ``targets``
    (samples, n_L); ``directions``: V (coordinate, K); ``difference`` epsilon: derivatives by
    ``[l(theta + epsilon v) - l(theta - epsilon v)] / 2 epsilon`` instead, of losses that cannot be
    differentiated forwards.  Returned as (coordinate, coordinate).
    """
    theta = np.asarray(parameters, np.float64)
    V = np.asarray(directions, np.float64)
    moments = np.asarray(_moments(losses, theta, inputs, targets, V, difference))
    mean = moments[:, -1]
    second = moments[:, :-1]
    return 0.5 * (second + second.T) - np.outer(mean, mean)


@partial(jax.jit, static_argnums=(0, 5))
def _moments(
    losses: SampleFunction,
    parameters: jax.Array,
    inputs: jax.Array,
    targets: jax.Array,
    directions: jax.Array,
    difference: float | None,
) -> jax.Array:
    """Return means over samples of ``x_i x_j`` and, last, of ``x_i``, x the projected gradients."""

    def of_chunk(inputs: jax.Array, targets: jax.Array) -> jax.Array:
        def at(theta: jax.Array) -> jax.Array:
            return losses(theta, inputs, targets)

        if difference is None:
            along = jax.linearize(at, parameters)[1]
            projected = jax.vmap(along)(directions)
        else:
            shifted = jax.vmap(at)(parameters + difference * directions)
            back = jax.vmap(at)(parameters - difference * directions)
            projected = (shifted - back) / (2.0 * difference)
        ones = jnp.ones((1, projected.shape[1]))
        return projected @ jnp.concatenate([projected, ones]).T

    return sum_over_samples(of_chunk, inputs, targets) / len(inputs)
