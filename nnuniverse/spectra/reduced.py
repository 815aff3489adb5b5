"""The exact spectrum of a layered net from the directions that its couplings reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.networks.coupling import Blocks, coupling_matrix
from nnuniverse.precision import in_float64
from nnuniverse.spectra.dense import dense_log_eigenvalues
from nnuniverse.spectra.one_program import one_program


@in_float64
@one_program
def reduced_log_eigenvalues(blocks: Blocks) -> Float[Array, " n_dyn"]:
    """Return the dynamical log-eigenvalues of G of a layered net, descending.

    ``G - I = A^T A - A - A^T`` vanishes on every direction of a layer that neither the columns of
    its incoming block nor the rows of its outgoing block reach.  An orthonormal basis of the
    reached directions, layer by layer, turns ``I - A`` into a small matrix with the same
    singular values s, ``log lambda = 2 log s``, and leaves out only exact ones.

    ``blocks``: A_l, shapes (n_l, n_{l-1}), first hidden layer first.  Returns shape
    (n_dyn,) in float64, n_dyn as in `Layered.dynamical_eigenvalues`; dimensionless.  Their sum
    is zero because det G = 1.

    Gradients, in reverse mode, are those of symmetric functions ``Phi = sum_i phi(s_i)``, finite
    and exact also where values coincide or blocks lose rank: ``dPhi = Tr[(U phi'(s) V^T)^T dM]``
    for ``M = I - A = U s V^T``.  A function that tells equal values apart has no gradient there.

    Source: 2004.09280 (5.6), (5.10), (7.8); agrees with `dense_log_eigenvalues` to 1e-10.

    >>> theta = reduced_log_eigenvalues([jnp.array([[2.0]])])  # 2 arcsinh 1
    >>> [round(value, 4) for value in theta.tolist()]
    [1.7627, -1.7627]
    """
    return _log_eigenvalues([jnp.asarray(block, jnp.float64) for block in blocks])


@jax.custom_vjp
def _log_eigenvalues(blocks: Blocks) -> jax.Array:
    for l in range(len(blocks) + 1):
        blocks = _keep_reached_directions(blocks, l)
    return dense_log_eigenvalues(coupling_matrix(blocks))


class _LayeredFactors(NamedTuple):
    """Orthonormal bases Q_l, (n_l, r_l), None for all of a layer, and the reduced ``I - A``.

    ``left``: the rows of U by layer, (r_l, n_dyn); ``values``: s; ``right``: the columns of V^T by
    layer, (n_dyn, r_l).
    """

    bases: list[jax.Array | None]
    left: list[jax.Array]
    values: jax.Array
    right: list[jax.Array]


@in_float64
def _log_eigenvalues_and_factors(blocks: Blocks) -> tuple[jax.Array, _LayeredFactors]:
    reduced, bases = list(blocks), []
    for l in range(len(blocks) + 1):
        touching = _touching(reduced, l)
        basis = None
        if not _reaches_all(touching):
            basis = jnp.linalg.qr(jnp.concatenate(touching, axis=1))[0]
            reduced = _in_basis(reduced, l, basis)
        bases.append(basis)
    coupling = coupling_matrix(reduced)
    left, values, right = jnp.linalg.svd(jnp.eye(len(coupling)) - coupling)
    ends = np.cumsum([reduced[0].shape[1], *(len(block) for block in reduced)])[:-1]
    factors = _LayeredFactors(bases, jnp.split(left, ends), values, jnp.split(right, ends, axis=1))
    return 2.0 * jnp.log(values), factors


@in_float64
def _gradient_by_blocks(factors: _LayeredFactors, cotangent: jax.Array) -> tuple[Blocks]:
    """Return dPhi/dA_l.

    With Q the bases side by side, ``I - A = Q (U s V^T) Q^T + (I - Q Q^T)``: a direction that is
    not reached is its own singular vector on both sides, and adds to the diagonal blocks only.
    So Q counts as a constant, and ``dPhi/dA = -Q (U phi'(s) V^T) Q^T`` in the blocks below them.
    """
    slopes = 2.0 * cotangent / factors.values  # log lambda = 2 log s
    gradients = []
    for l in range(1, len(factors.bases)):
        block = -(factors.left[l] * slopes) @ factors.right[l - 1]
        receiving, sending = factors.bases[l], factors.bases[l - 1]
        block = block if receiving is None else receiving @ block
        gradients.append(block if sending is None else block @ sending.T)
    return (gradients,)


_log_eigenvalues.defvjp(_log_eigenvalues_and_factors, _gradient_by_blocks)


@in_float64
@one_program
def mean_state_squares(
    blocks: Blocks, states: Sequence[Float[Array, " _"]]
) -> tuple[Float[Array, " n_dyn"], Float[Array, ""]]:
    """Return the squared components of a state along the eigenvectors of G.

    ``<x> = sum_i a_i v_i`` with ``G v_i = lambda_i v_i``: the a_i^2 of the dynamical eigenvalues in
    their order, (n_dyn,), and the sum of all others, which belong to exact ones.

    ``blocks``: A_l as for `reduced_log_eigenvalues`; ``states``: <x> per layer, (n_l,), inputs
    first.

    Source: 2004.09280 (5.12), which lacks the sum sign (A10).

    >>> squares, rest = mean_state_squares([jnp.array([[2.0]])], [jnp.ones(1), jnp.ones(1)])
    >>> round(float(squares.sum()), 6), float(rest)
    (2.0, 0.0)
    """
    reduced = [jnp.asarray(state, jnp.float64) for state in states]
    whole = sum(jnp.sum(state**2) for state in reduced)
    blocks = [jnp.asarray(block, jnp.float64) for block in blocks]
    for l in range(len(blocks) + 1):
        touching = _touching(blocks, l)
        if _reaches_all(touching):
            continue
        basis = jnp.linalg.qr(jnp.concatenate(touching, axis=1))[0]
        reduced[l] = basis.T @ reduced[l]
        blocks = _in_basis(blocks, l, basis)
    coupling = coupling_matrix(blocks)
    eigenvectors = jnp.linalg.svd(jnp.eye(len(coupling)) - coupling)[2]
    squares = (eigenvectors @ jnp.concatenate(reduced)) ** 2
    return squares, jnp.maximum(whole - squares.sum(), 0.0)


def _keep_reached_directions(blocks: Blocks, l: int) -> Blocks:
    """Express layer ``l`` (0: inputs) in a basis of the directions that its blocks reach."""
    touching = _touching(blocks, l)
    if _reaches_all(touching):
        return blocks
    if len(touching) == 2:
        return _in_basis(blocks, l, jnp.linalg.qr(jnp.concatenate(touching, axis=1))[0])
    # Inputs or outputs: the triangular factor is the new block.
    reduced = list(blocks)
    triangular = jnp.linalg.qr(touching[0], mode="r")
    reduced[l - 1 if l > 0 else l] = triangular if l > 0 else triangular.T
    return reduced


def _in_basis(blocks: Blocks, l: int, basis: jax.Array) -> Blocks:
    """Express layer ``l`` in an orthonormal basis, (n_l, r_l), that holds what the blocks reach."""
    changed = list(blocks)
    if l > 0:
        changed[l - 1] = basis.T @ blocks[l - 1]
    if l < len(blocks):
        changed[l] = blocks[l] @ basis
    return changed


def _touching(blocks: Blocks, l: int) -> list[jax.Array]:
    """Return the matrices whose columns span what the blocks reach in layer ``l``."""
    incoming = [blocks[l - 1]] if l > 0 else []
    return incoming + ([blocks[l].T] if l < len(blocks) else [])


def _reaches_all(touching: list[jax.Array]) -> bool:
    return sum(block.shape[1] for block in touching) >= touching[0].shape[0]
