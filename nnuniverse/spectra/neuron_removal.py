"""How log det(c + beta G) changes when a neuron is taken out of the net, of all neurons at once."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.networks.coupling import Blocks, coupling_matrix
from nnuniverse.precision import in_float64


@in_float64
def removal_log_determinants(
    from_inputs: Float[Array, "n_free n_in"],
    among: Float[Array, "n_free n_free"],
    beta: float | Float[Array, ""],
    stiffness: float | Float[Array, ""],
) -> Float[Array, " n_free"]:
    """Return ``log det M_(-i) - log det M`` of ``M = c + beta G``, of every free neuron i.

    M_(-i) is that of the net without neuron i: its row and its column of A deleted, the slopes f'
    of all others as they were.  With B = I - A and b_i its column i, ``M = c + beta B B^T``, which
    has the determinant of ``c + beta G``, and

    ``det M_(-i)/det M = (1 - beta b_i^T P b_i) P_ii + beta ((P b_i)_i)^2``,  P = M^-1.

    The inputs, which receive nothing, are eliminated first: of the free neurons P is the inverse of
    ``c + beta B_f B_f^T + beta c/(c + beta) A_in A_in^T``, one Cholesky decomposition for all i.

    ``from_inputs``: A_in, the couplings from the inputs, (n_free, n_in), or in an orthonormal basis
    of the directions that they reach; ``among``: A of the free neurons, (n_free, n_free), B_f = I
    less that; ``beta``: > 0, (); ``stiffness``: c = 1 - beta m, ().  Returns shape (n_free,),
    dimensionless, float64; of an isolated neuron ``-log(c + beta)``.  NaN unless M > 0.

    Source: 2004.09280 (5.9) (C15); 1e-13 from determinants of nets whose neuron is deleted.

    >>> alone = jnp.zeros((1, 1))  # a neuron without any weight: -log 2
    >>> removal_log_determinants(alone, alone, beta=1.0, stiffness=1.0).round(4).tolist()
    [-0.6931]
    """
    n, beta, stiffness = len(among), jnp.asarray(beta), jnp.asarray(stiffness)
    residual = jnp.eye(n) - among
    handed_on = beta * stiffness / (stiffness + beta)
    matrix = stiffness * jnp.eye(n) + beta * residual @ residual.T
    root = jnp.linalg.cholesky(matrix + handed_on * from_inputs @ from_inputs.T)
    inverse_root = jax.scipy.linalg.solve_triangular(root, jnp.eye(n), lower=True)
    diagonal = jnp.square(inverse_root).sum(axis=0)  # of P = R^-T R^-1
    images = inverse_root @ residual
    own = (inverse_root * images).sum(axis=0)  # (P b_i)_i
    ratios = (1.0 - beta * jnp.square(images).sum(axis=0)) * diagonal + beta * own**2
    return jnp.log(jnp.where((stiffness + beta > 0) & (ratios > 0), ratios, jnp.nan))


@in_float64
def layered_removal_log_determinants(
    blocks: Blocks, beta: float | Float[Array, ""], stiffness: float | Float[Array, ""]
) -> Float[Array, " n_free"]:
    """Return the `removal_log_determinants` of a layered net with the ``blocks`` A_l, (n_free,).

    ``beta``: inverse temperature, > 0; ``stiffness``: c = s - beta m, > 0.
    """
    first, *others = [jnp.asarray(block, jnp.float64) for block in blocks]
    among = coupling_matrix(others) if others else jnp.zeros((len(first), len(first)))
    from_inputs = jnp.zeros((len(among), first.shape[1])).at[: len(first)].set(first)
    return removal_log_determinants(from_inputs, among, beta, stiffness)
