"""How the changes of two losses compare: whether those of one are suppressed in the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

FEWEST = 20
"""Changes from which on they are compared."""

JUMP_SHARE = 0.1
"""The largest changes, by absolute value, that are called jumps."""


class ComparedChanges(NamedTuple):
    """Numbers of the changes of two log losses, the one with reference to the other.

    ``sd`` and ``kurtosis`` (excess; 0 of a normal distribution) of the other's changes;
    ``reference_sd``, ``reference_kurtosis``; their ``correlation``; ``ratio``: sd over
    reference_sd; ``jump_ratio``: median of |other| over |reference| in the tenth of the changes in
    which the reference changes most.  NaN of fewer than `FEWEST`.
    """

    sd: float
    kurtosis: float
    reference_sd: float
    reference_kurtosis: float
    correlation: float
    ratio: float
    jump_ratio: float


NOTHING = ComparedChanges(*[np.nan] * len(ComparedChanges._fields))


def compare_changes(
    changes: Float[np.ndarray, " changes"], reference: Float[np.ndarray, " changes"]
) -> ComparedChanges:
    """Return how ``changes`` of a log loss compare with those of a ``reference``, (changes,) each.

    Jumps are chosen by the reference alone, so that noise in it lowers ``jump_ratio``, which
    favours whoever says that jumps are suppressed.  Pairs with a missing change are left out.

    Source: 2012.05082 Sec. 4 (C17).
    """
    both = np.stack([changes, reference])
    both = both[:, np.isfinite(both).all(axis=0)]
    if both.shape[1] < FEWEST:
        return NOTHING
    of, to = both - both.mean(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares, fourths = np.mean([of**2, to**2], axis=1), np.mean([of**4, to**4], axis=1)
        kurtosis = fourths / squares**2 - 3.0
        sd = np.sqrt(squares)
        jumps = np.abs(both[1]) >= np.quantile(np.abs(both[1]), 1.0 - JUMP_SHARE)
        sizes = np.abs(both[:, jumps])
        return ComparedChanges(
            float(sd[0]),
            float(kurtosis[0]),
            float(sd[1]),
            float(kurtosis[1]),
            float(np.mean(of * to) / (sd[0] * sd[1])),
            float(sd[0] / sd[1]),
            float(np.median(sizes[0] / sizes[1])),
        )


def log_changes(losses: Float[np.ndarray, "*curves time"]) -> Float[np.ndarray, "*curves time-1"]:
    """Return ``log U(t + 1) - log U(t)`` along the last axis; NaN unless both are positive.

    ``losses``: U, (..., time).

    >>> import numpy as np
    >>> from nnuniverse.analysis.compared_changes import log_changes
    >>> log_changes(np.array([1.0, 1.0, 0.0])).tolist()
    [0.0, nan]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(losses)
    return np.diff(np.where(np.isfinite(logs), logs, np.nan), axis=-1)
