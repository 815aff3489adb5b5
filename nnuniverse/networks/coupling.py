"""The linearised couplings ``A = f'w`` of a layered net."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.networks.propagation import Parameters
from nnuniverse.precision import in_float64

Blocks = list[Float[Array, "_ _"]]
"""The blocks A_l = diag(f'_l) W_l of A, shape (n_l, n_{l-1}) each, first hidden layer first."""


@in_float64
def coupling_blocks(parameters: Parameters, slopes: Sequence[Float[Array, " _"]]) -> Blocks:
    """Return the non-zero blocks ``A_l = diag(f'_l) W_l`` of ``A = f'w`` in float64.

    ``slopes``: f'_l per layer, shape (n_l,), wherever the caller takes it.
    Source: 2004.09280 (5.4), (5.6).

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer.

    >>> from nnuniverse.networks.propagation import Layer
    >>> net = (Layer(jnp.array([[2.0, 1.0]]), jnp.zeros(1)),)
    >>> [A.tolist() for A in coupling_blocks(net, [jnp.array([0.5])])]
    [[[1.0, 0.5]]]
    """
    return [
        slope.astype(jnp.float64)[:, None] * layer.weights.astype(jnp.float64)
        for slope, layer in zip(slopes, parameters, strict=True)
    ]


def coupling_matrix(blocks: Blocks) -> Float[Array, "N N"]:
    """Return the whole ``A = f'w``, shape (N, N), ``A[i, j]`` for the edge j -> i.

    For references and small nets: the spectra work on the blocks.

    >>> coupling_matrix([jnp.array([[1.0, 0.5]])]).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.5, 0.0]]
    """
    sizes = [blocks[0].shape[1], *(block.shape[0] for block in blocks)]
    ends = [sum(sizes[: l + 1]) for l in range(len(sizes))]
    matrix = jnp.zeros((ends[-1], ends[-1]), blocks[0].dtype)
    for l, block in enumerate(blocks, start=1):
        matrix = matrix.at[
            ends[l - 1] : ends[l], ends[l] - sizes[l] - sizes[l - 1] : ends[l - 1]
        ].set(block)
    return matrix
