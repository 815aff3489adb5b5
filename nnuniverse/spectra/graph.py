"""The exact spectrum of a graph whose inputs are clamped."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from nnuniverse.networks.graph import GraphParameters
from nnuniverse.precision import in_float64, rounding_of_singular_values
from nnuniverse.spectra.one_program import one_program

DENSE_LIMIT = 2000
"""Dynamical eigenvalues up to which all of them are computed: some seconds at this number."""


@in_float64
@one_program
def reduced_coupling(
    parameters: GraphParameters, slopes: Float[Array, " n_free"]
) -> tuple[Float[Array, "reached reached"], Float[Array, "n_1 k"]]:
    """Return ``A = f'w`` without the input directions that it does not reach, and their basis.

    The rows of the inputs are zero.  With more inputs than free neurons, ``A = [0 0; R^T B]`` in
    an orthonormal basis Q of the inputs, (n_1, k), that the columns of A reach: its I - A has the
    singular values of the whole, without n_1 - k exact ones.

    ``slopes``: f' of the free neurons, (n_free,).  Returns shapes (k + n_free, k + n_free) and
    (n_1, k), k = min(n_1, n_free), in float64.

    ``parameters``: the weights of the edges, (edges,), and the biases of the free neurons,
    (n_free,).
    """
    return _reduce(*_blocks(parameters, slopes))


@in_float64
@one_program
def graph_log_eigenvalues(
    parameters: GraphParameters, slopes: Float[Array, " n_free"]
) -> Float[Array, " reached"]:
    """Return the dynamical log-eigenvalues of G of a graph, descending, with gradients.

    Minus infinity where a singular value of I - A is zero up to rounding, as in
    `finite_log_eigenvalues`.  Gradients, in reverse mode, are those of symmetric functions
    ``Phi = sum_i phi(s_i)``, as for `reduced_log_eigenvalues`; a zero one contributes none, which
    is right for functions of lambda = s^2 that are smooth at zero.  The basis of the inputs
    counts as a constant: directions that A does not reach are singular vectors of I - A
    themselves and add to the diagonal blocks only, where there are no weights.

    ``slopes``: f' of the free neurons, (n_free,).  Returns (k + n_free,), k = min(n_1, n_free).
    Source: 2004.09280 (5.6), (5.10).

    ``parameters``: the weights of the edges, (edges,), and the biases of the free neurons,
    (n_free,).
    """
    return _log_eigenvalues(*_blocks(parameters, slopes))


@in_float64
@one_program
def finite_log_eigenvalues(
    coupling: Float[Array, "n n"],
) -> tuple[Float[Array, " n"], Int[Array, ""]]:
    """Return the log-eigenvalues of G, descending, and the number of eigenvalues that are zero.

    As `dense_log_eigenvalues`; but where a singular value of I - A is zero up to rounding, see
    `rounding_of_singular_values`, the log-eigenvalue is missing (NaN).  ``coupling``: (n, n).

    >>> theta, zeros = finite_log_eigenvalues(jnp.array([[0.0, 1.0], [1.0, 0.0]]))  # a cycle of two
    >>> theta.round(4).tolist(), int(zeros)
    ([1.3863, nan], 1)
    """
    singular = jnp.linalg.svd(jnp.eye(len(coupling)) - coupling, compute_uv=False)
    zero = _is_zero(singular)
    return jnp.where(zero, jnp.nan, _logarithms(singular, zero)), jnp.sum(zero)


def _blocks(parameters: GraphParameters, slopes: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return ``A = f'w`` from the inputs, (n_free, n_1), and from the free, (n_free, n_free)."""
    graph, weights = parameters.graph, parameters.weights.astype(jnp.float64)
    columns = slopes.astype(jnp.float64)[:, None]
    return columns * graph.incoming.matrix(weights), columns * graph.inner.matrix(weights)


def _reduce(incoming: jax.Array, inner: jax.Array) -> tuple[jax.Array, jax.Array]:
    if incoming.shape[1] > incoming.shape[0]:
        basis, triangular = jnp.linalg.qr(incoming.T)
        incoming = triangular.T
    else:
        basis = jnp.eye(incoming.shape[1])
    above = jnp.zeros((incoming.shape[1], incoming.shape[1] + inner.shape[1]))
    return jnp.concatenate([above, jnp.concatenate([incoming, inner], axis=1)]), basis


class _GraphFactors(NamedTuple):
    """``I - A = U s V^T`` in the reached directions: the rows ``left`` of U of the free neurons.

    ``values``: s; ``right``: V^T; ``basis``: Q of the inputs, see `reduced_coupling`.
    """

    left: jax.Array
    values: jax.Array
    right: jax.Array
    basis: jax.Array


@jax.custom_vjp
def _log_eigenvalues(incoming: jax.Array, inner: jax.Array) -> jax.Array:
    coupling = _reduce(incoming, inner)[0]
    singular = jnp.linalg.svd(jnp.eye(len(coupling)) - coupling, compute_uv=False)
    return _logarithms(singular, _is_zero(singular))


@in_float64
def _log_eigenvalues_and_factors(
    incoming: jax.Array, inner: jax.Array
) -> tuple[jax.Array, _GraphFactors]:
    coupling, basis = _reduce(incoming, inner)
    left, values, right = jnp.linalg.svd(jnp.eye(len(coupling)) - coupling)
    factors = _GraphFactors(left[basis.shape[1] :], values, right, basis)
    return _logarithms(values, _is_zero(values)), factors


@in_float64
def _gradient_by_blocks(
    factors: _GraphFactors, cotangent: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return dPhi/dA in both blocks, ``-U phi'(s) V^T`` of the rows and columns there."""
    zero = _is_zero(factors.values)
    slopes = jnp.where(zero, 0.0, 2.0 * cotangent / jnp.where(zero, 1.0, factors.values))
    reached = factors.basis.shape[1]
    gradient = -(factors.left * slopes) @ factors.right
    return gradient[:, :reached] @ factors.basis.T, gradient[:, reached:]


_log_eigenvalues.defvjp(_log_eigenvalues_and_factors, _gradient_by_blocks)


def _is_zero(singular: jax.Array) -> jax.Array:
    """Return which singular values, descending, are zero up to rounding."""
    return singular <= rounding_of_singular_values(singular)


def _logarithms(singular: jax.Array, zero: jax.Array) -> jax.Array:
    return jnp.where(zero, -jnp.inf, 2.0 * jnp.log(jnp.where(zero, 1.0, singular)))
