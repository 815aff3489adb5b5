"""How two directions in the space of the trainable variables lie to each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Num


def cosine(
    a: Float[np.ndarray, "*#lead K"], b: Float[np.ndarray, "*#lead K"]
) -> Float[np.ndarray, "*#lead"]:
    """Return ``a.b / |a||b|`` over the last axis; NaN where one of them vanishes.

    ``a``, ``b``: of shapes (..., K) that broadcast.

    >>> float(cosine(np.array([1.0, 0.0]), np.array([1.0, 1.0])).round(4))
    0.7071
    """
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(lengths > 0.0, np.sum(a * b, axis=-1) / lengths, np.nan)


def gain(
    update: Num[np.ndarray, "*#lead K"], slope: Num[np.ndarray, "*#lead K"]
) -> Float[np.ndarray, "*#lead"]:
    """Return the gamma that makes ``gamma slope`` nearest to ``update``, per step.

    ``gamma = update.slope / |slope|^2``, the coefficient of the drift dq/dt = gamma dF/dq where
    ``update`` is the mean step (..., K) and ``slope`` is dF/dq (..., K); NaN where that vanishes.

    Source: 2008.01540 (4.2).

    >>> float(gain(np.array([2.0, 0.0]), np.array([1.0, 0.0])))
    2.0
    """
    square = np.sum(slope**2, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(square > 0.0, np.sum(update * slope, axis=-1) / square, np.nan)


def chance_cosine(
    a: Float[np.ndarray, "*#lead K"], b: Float[np.ndarray, "*#lead K"], blocks: Sequence[int]
) -> Float[np.ndarray, "*#lead"]:
    """Return the standard deviation of the cosine of ``a`` and a random direction like ``b``.

    ``sqrt(sum_l |a_l|^2 |b_l|^2 / n_l) / |a||b|``: the direction has the norm of ``b`` in every
    block l of n_l variables and is isotropic within it, so that its cosine has mean 0.  With one
    block of K variables it is ``1/sqrt(K)``.

    ``a``, ``b``: of shapes (..., K) that broadcast; ``blocks``: where a new block begins, without
    the first.  NaN where one of them vanishes.
    """
    starts = np.array([0, *blocks])
    sizes = np.diff([*starts, a.shape[-1]])
    squares = [np.add.reduceat(one**2, starts, axis=-1) for one in (a, b)]
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    spread = np.sqrt(np.sum(squares[0] * squares[1] / sizes, axis=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(lengths > 0.0, spread / lengths, np.nan)


def outside(
    vectors: Num[np.ndarray, "... K"], directions: Float[np.ndarray, "n K"]
) -> Num[np.ndarray, "... K"]:
    """Return ``vectors``, (..., K), without what lies along orthonormal ``directions``, (n, K).

    >>> outside(np.array([1.0, 2.0]), np.array([[1.0, 0.0]])).tolist()
    [0.0, 2.0]
    """
    return vectors - vectors @ directions.T @ directions
