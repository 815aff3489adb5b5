"""The exact spectrum of a graph whose inputs are clamped."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.networks import GraphParameters
from nnuniverse.precision import in_float64

DENSE_LIMIT = 2000
"""Dynamical eigenvalues up to which all of them are computed: some seconds at this number."""


@in_float64
def reduced_coupling(parameters: GraphParameters, slopes: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return ``A = f'w`` without the input directions that it does not reach, and their basis.

    The rows of the inputs are zero.  With more inputs than free neurons, ``A = [0 0; R^T B]`` in
    an orthonormal basis Q of the inputs, (n_1, k), that the columns of A reach: its I - A has the
    singular values of the whole, without n_1 - k exact ones.

    ``slopes``: f' of the free neurons, (n_free,).  Returns shapes (k + n_free, k + n_free) and
    (n_1, k), k = min(n_1, n_free), in float64.
    """
    graph, weights = parameters.graph, parameters.weights.astype(jnp.float64)
    free = slopes.astype(jnp.float64)[:, None] * graph.inner.matrix(weights)
    incoming = slopes.astype(jnp.float64)[:, None] * graph.incoming.matrix(weights)
    if len(graph.inputs) > len(graph.free):
        basis, triangular = jnp.linalg.qr(incoming.T)
        incoming = triangular.T
    else:
        basis = jnp.eye(len(graph.inputs))
    above = jnp.zeros((incoming.shape[1], incoming.shape[1] + free.shape[1]))
    return jnp.concatenate([above, jnp.concatenate([incoming, free], axis=1)]), basis


@in_float64
def finite_log_eigenvalues(coupling: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the log-eigenvalues of G, descending, and the number of eigenvalues that are zero.

    As `dense_log_eigenvalues`; but where a singular value of I - A is zero up to rounding,
    ``s <= n eps s_max``, the log-eigenvalue is missing (NaN).  ``coupling``: (n, n).
    """
    size = coupling.shape[0]
    singular = jnp.linalg.svd(jnp.eye(size) - coupling, compute_uv=False)
    zero = singular <= size * np.finfo(jnp.float64).eps * singular[0]
    log_eigenvalues = 2.0 * jnp.log(jnp.where(zero, 1.0, singular))
    return jnp.where(zero, jnp.nan, log_eigenvalues), jnp.sum(zero)
