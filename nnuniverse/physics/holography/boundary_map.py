"""The holographic map ``w_b(eps) = P eps w (1 - eps w)^-1 P^T`` in logarithms, with signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int
from scipy.sparse.linalg import splu

from nnuniverse.physics.holography.path_sums import PathSums


@dataclass(frozen=True)
class BoundaryMap:
    """``w_b`` at one eps: its entries are ``sign exp(log)``, (B, B), [i, j] of paths j -> i.

    ``log``: NaN where an entry is zero; ``slope``: ``d log|w_b| / d log eps``, NaN likewise;
    ``tail``: the last order that was summed over the whole, largest over entries, 0 if none is
    left out.
    """

    log: np.ndarray
    sign: np.ndarray
    slope: np.ndarray
    tail: float

    @property
    def values(self) -> Float[np.ndarray, "B B"]:
        """``w_b``, as far as float64 can hold it."""
        return np.where(self.sign == 0, 0.0, self.sign * np.exp(np.nan_to_num(self.log)))


def map_of_sums(sums: PathSums, eps: float) -> BoundaryMap:
    """Return the map as the series ``sum_n eps^n C_n`` of the coefficients, entry by entry.

    The sum is relative to its largest term, so that nothing underflows at any ``eps`` > 0.  With
    ``eps`` times the spectral radius of w below one the series converges; ``tail`` tells how far.

    ``sums``: the coefficients C_n.

    Source: 2008.01540 (10.3), under a condition (B23).
    """
    largest = np.full(sums.mantissas.shape[1:], -np.inf)
    for log in _term_logs(sums, eps):
        largest = np.maximum(largest, log)
    there = np.isfinite(largest)
    scale = np.where(there, largest, 0.0)
    total, moment, last = (np.zeros_like(scale) for _ in range(3))
    for order, log in enumerate(_term_logs(sums, eps)):
        last = np.sign(sums.mantissas[order]) * np.exp(log - scale)
        total += last
        moment += (order + 1) * last
    rounded = np.abs(total) <= sums.terms * np.finfo(float).eps
    total = np.where(rounded, 0.0, total)
    kept = there & (total != 0.0)
    whole = np.where(kept, total, np.nan)
    tail = 0.0 if sums.ends or not kept.any() else float(np.nanmax(np.abs(last / whole)))
    return BoundaryMap(
        scale + np.log(np.abs(whole)), np.sign(total).astype(int), moment / whole, tail
    )


def _term_logs(sums: PathSums, eps: float) -> Iterator[np.ndarray]:
    """Yield ``log |eps^n C_n|``, (B, B), order by order; minus infinity where it is zero."""
    for order, (one, exponent) in enumerate(zip(sums.mantissas, sums.exponents, strict=True)):
        with np.errstate(divide="ignore"):
            yield np.log(np.abs(one)) + np.log(2.0) * exponent + (order + 1) * np.log(eps)


def map_by_solving(
    weights: sp.csr_array, boundary: Int[np.ndarray, " B"], eps: float
) -> BoundaryMap:
    """Return the map from a sparse solve, for ``eps`` near one over the spectral radius.

    Relative to the largest entry it is as exact as the solve; small entries may be lost.  Raises
    RuntimeError if ``1 - eps w`` is singular.

    ``weights``: w, (N, N), rows receive; ``boundary``: the neurons of the boundary, (B,).

    Source: 2008.01540 (10.3).
    """
    step = eps * weights
    solve = splu(sp.csc_array(sp.eye_array(weights.shape[0]) - step)).solve
    senders = np.zeros((weights.shape[0], len(boundary)))
    senders[boundary, np.arange(len(boundary))] = 1.0
    once = solve(senders)
    rows = step[boundary]
    values, derivative = rows @ once, rows @ solve(once)
    whole = np.where(values == 0.0, np.nan, values)
    return BoundaryMap(np.log(np.abs(whole)), np.sign(values).astype(int), derivative / whole, 0.0)
