"""Sums over paths between boundary neurons, order by order: the coefficients of (10.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int

BLOCK_NUMBERS = 10**7
"""Of a block of columns that is worked on at once, 80 MB."""


@dataclass(frozen=True)
class PathSums:
    """``C_n = P w^n P^T`` for n = 1 .. T, kept as ``mantissas 2^exponents``: no size is too small.

    ``mantissas``: (T, B, B), [n - 1, i, j] of paths j -> i of n edges; ``exponents``: (T, B), of
    all entries of a column j; ``ends``: whether w^(T+1) is zero on every sender.
    """

    mantissas: np.ndarray
    exponents: np.ndarray
    ends: bool

    @property
    def terms(self) -> int:
        """T."""
        return len(self.mantissas)

    @property
    def values(self) -> Float[np.ndarray, "T B B"]:
        """``C_n``, (T, B, B); zero or infinite where float64 cannot hold it."""
        with np.errstate(over="ignore", under="ignore"):
            return np.asarray(np.ldexp(self.mantissas, self.exponents[:, None, :]))

    @property
    def first_order(self) -> Float[np.ndarray, "B B"]:
        """The first n whose ``C_n`` is not zero, (B, B); NaN where there is none."""
        there = self.mantissas != 0.0
        first = there.argmax(axis=0) + 1.0
        return np.where(there.any(axis=0), first, np.nan)


def path_sums(weights: sp.csr_array, boundary: Int[np.ndarray, " B"], terms: int) -> PathSums:
    """Return the sums over all paths of 1 to ``terms`` edges between boundary neurons.

    ``C_n = P w^n P^T``; a path may pass through any neuron, boundary ones too, and more than once.
    ``weights``: w, (N, N), w[i, j] of the edge j -> i; ``boundary``: neurons, (B,).  Columns are
    worked on in blocks, and scaled by powers of two, which costs no accuracy.

    Source: 2008.01540 (10.3).
    """
    count = len(boundary)
    mantissas, exponents = np.zeros((terms, count, count)), np.zeros((terms, count), np.int64)
    width, ends = max(1, BLOCK_NUMBERS // max(weights.shape[0], 1)), True
    for start in range(0, count, width):
        senders = boundary[start : start + width]
        columns = slice(start, start + len(senders))
        reached = np.zeros((weights.shape[0], len(senders)))
        reached[senders, np.arange(len(senders))] = 1.0
        exponent = np.zeros(len(senders), np.int64)
        for order in range(terms):
            reached = weights @ reached
            largest = np.maximum(reached.max(axis=0), -reached.min(axis=0))
            if not largest.any():
                break
            shift = np.frexp(largest)[1]
            reached = np.ldexp(reached, -shift)
            exponent = exponent + shift
            mantissas[order, :, columns] = reached[boundary]
            exponents[order, columns] = exponent
        ends = ends and not (weights @ reached).any()
    last = max(1, int(np.flatnonzero(mantissas.any(axis=(1, 2))).max(initial=0)) + 1)
    return (
        PathSums(mantissas[:last], exponents[:last], ends)
        if ends
        else PathSums(mantissas, exponents, ends)
    )
