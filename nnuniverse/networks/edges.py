"""Products of states with the weights on a fixed set of edges, dense or sparse."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

DENSE_ENTRIES = 1_000_000
DENSE_SHARE = 0.01
"""A matrix of so few entries, or with so many of them on edges, is multiplied as a whole.

Chosen empirically: see docs/graphs.md.
"""


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges from some neurons (columns) to others (rows).

    ``index``: which of the graph's edges they are; ``rows`` and ``columns``: their ends, all of
    shape (e,); ``shape``: the numbers of receiving and of sending neurons.
    """

    index: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    shape: tuple[int, int]

    @property
    def dense(self) -> bool:
        """Whether products are taken with the whole matrix."""
        entries = self.shape[0] * self.shape[1]
        return entries <= DENSE_ENTRIES or len(self.index) >= DENSE_SHARE * entries

    def matrix(
        self, weights: Float[Array, " edges"]
    ) -> Float[Array, "{self.shape[0]} {self.shape[1]}"]:
        """Return the whole matrix (rows, columns) of the graph's ``weights`` (E,)."""
        empty = jnp.zeros(self.shape, weights.dtype)
        return empty.at[self.rows, self.columns].set(weights[self.index], unique_indices=True)

    def operand(self, weights: Float[Array, " edges"]) -> Float[Array, " ..."]:
        """Return what `product` multiplies with: the matrix, or the weights of these edges."""
        return self.matrix(weights) if self.dense else weights[self.index]

    def product(
        self, operand: Float[Array, " ..."], states: Float[Array, "samples {self.shape[1]}"]
    ) -> Float[Array, "samples {self.shape[0]}"]:
        """Return ``w x`` of each of the ``states`` x, (samples, columns) -> (samples, rows).

        ``operand``: what `operand` returns.
        """
        if self.dense:
            return states @ operand.T
        terms = states.T[self.columns] * operand[:, None]
        return jax.ops.segment_sum(terms, self.rows, self.shape[0]).T
