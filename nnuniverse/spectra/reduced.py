"""The exact spectrum of a layered net from the directions that its couplings reach."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from nnuniverse.networks.coupling import Blocks, coupling_matrix
from nnuniverse.precision import in_float64
from nnuniverse.spectra.dense import dense_log_eigenvalues


@in_float64
def reduced_log_eigenvalues(blocks: Blocks) -> jax.Array:
    """Return the dynamical log-eigenvalues of G of a layered net, descending.

    ``G - I = A^T A - A - A^T`` vanishes on every direction of a layer that neither the columns of
    its incoming block nor the rows of its outgoing block reach.  An orthonormal basis of the
    reached directions, layer by layer, turns ``I - A`` into a small matrix with the same
    singular values s, ``log lambda = 2 log s``, and leaves out only exact ones.

    ``blocks``: A_l, shapes (n_l, n_{l-1}), first hidden layer first.  Returns shape
    (n_dyn,) in float64, n_dyn as in `Layered.dynamical_eigenvalues`; dimensionless.  Their sum
    is zero because det G = 1.

    Source: 2004.09280 (5.6), (5.10), (7.8); agrees with `dense_log_eigenvalues` to 1e-10.
    """
    blocks = [jnp.asarray(block, jnp.float64) for block in blocks]
    for l in range(len(blocks) + 1):
        blocks = _keep_reached_directions(blocks, l)
    return dense_log_eigenvalues(coupling_matrix(blocks))


@in_float64
def mean_state_squares(blocks: Blocks, states: Sequence[jax.Array]) -> tuple[jax.Array, jax.Array]:
    """Return the squared components of a state along the eigenvectors of G.

    ``<x> = sum_i a_i v_i`` with ``G v_i = lambda_i v_i``: the a_i^2 of the dynamical eigenvalues in
    their order, (n_dyn,), and the sum of all others, which belong to exact ones.

    ``blocks``: A_l as for `reduced_log_eigenvalues`; ``states``: <x> per layer, (n_l,), inputs
    first.

    Source: 2004.09280 (5.12), which lacks the sum sign (A10).
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
        if l > 0:
            blocks[l - 1] = basis.T @ blocks[l - 1]
        if l < len(blocks):
            blocks[l] = blocks[l] @ basis
    coupling = coupling_matrix(blocks)
    eigenvectors = jnp.linalg.svd(jnp.eye(len(coupling)) - coupling)[2]
    squares = (eigenvectors @ jnp.concatenate(reduced)) ** 2
    return squares, jnp.maximum(whole - squares.sum(), 0.0)


def _keep_reached_directions(blocks: Blocks, l: int) -> Blocks:
    """Express layer ``l`` (0: inputs) in a basis of the directions that its blocks reach."""
    touching = _touching(blocks, l)
    if _reaches_all(touching):
        return blocks
    reduced = list(blocks)
    if len(touching) == 1:  # inputs or outputs: the triangular factor is the new block
        triangular = jnp.linalg.qr(touching[0], mode="r")
        reduced[l - 1 if l > 0 else l] = triangular if l > 0 else triangular.T
    else:
        basis = jnp.linalg.qr(jnp.concatenate(touching, axis=1))[0]
        reduced[l - 1] = basis.T @ blocks[l - 1]
        reduced[l] = blocks[l] @ basis
    return reduced


def _touching(blocks: Blocks, l: int) -> list[jax.Array]:
    """Return the matrices whose columns span what the blocks reach in layer ``l``."""
    incoming = [blocks[l - 1]] if l > 0 else []
    return incoming + ([blocks[l].T] if l < len(blocks) else [])


def _reaches_all(touching: list[jax.Array]) -> bool:
    return sum(block.shape[1] for block in touching) >= touching[0].shape[0]
