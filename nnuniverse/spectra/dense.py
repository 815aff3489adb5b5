"""The spectrum of the whole matrix: the reference for everything faster."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.precision import in_float64
from nnuniverse.spectra.one_program import one_program


@in_float64
@one_program
def dense_log_eigenvalues(coupling: Float[Array, "N N"]) -> Float[Array, " N"]:
    """Return all log-eigenvalues of G from the singular values of ``I - A``, descending.

    ``log lambda_i = 2 log s_i(I - A)``, ``coupling`` A of shape (N, N); returns shape (N,),
    dimensionless.  Singular values of I - A rather than eigenvalues of G, whose condition number
    is the square: at ten times Glorot weights the latter lose seven digits.

    Source: 2004.09280 (5.6), (5.10).

    >>> theta = dense_log_eigenvalues(jnp.array([[0.0, 0.0], [2.0, 0.0]]))  # 2 arcsinh 1
    >>> [round(value, 4) for value in theta.tolist()]
    [1.7627, -1.7627]
    """
    coupling = jnp.asarray(coupling, jnp.float64)
    return 2.0 * jnp.log(_singular_values(jnp.eye(coupling.shape[0]) - coupling))


def _singular_values(matrix: jax.Array) -> jax.Array:
    return jnp.linalg.svd(matrix, compute_uv=False)
