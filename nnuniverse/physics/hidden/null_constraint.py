"""How far the speeds of subsystems are from the null constraint, neuron by neuron."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

LEAST_SIGNAL = 0.1
"""Of the mean squares of speeds, what must not be noise of few samples."""


def subsystem_correlation(speeds: Float[np.ndarray, "*lead D n"]) -> Float[np.ndarray, "*lead n"]:
    """Return how the subsystems move with each other at each neuron, (..., n), NaN where none does.

    ``r_i = [(sum_d v_d)^2 - sum_d v_d^2] / ((D - 1) sum_d v_d^2)``, the mean of their correlations
    about zero: 0 where the null constraint holds, 1 where all are alike, -1/(D - 1) where their sum
    is zero.  alpha of (7.5) drops out.

    ``speeds``: v_d = x_d(t + 1) - x_d(t) of the D subsystems, (..., D, n).

    Source: 2008.01540 (7.6).

    >>> subsystem_correlation(np.array([[1.0, 1.0], [0.0, 1.0]])).tolist()  # null, alike
    [0.0, 1.0]
    """
    squares = (speeds**2).sum(axis=-2)
    return _ratio(speeds.sum(axis=-2) ** 2 - squares, squares, speeds.shape[-2])


def pooled_correlation(
    speeds: Float[np.ndarray, "*lead D n"], noise: Float[np.ndarray, "*lead D n"] | float = 0.0
) -> Float[np.ndarray, "*lead"]:
    """Return r of all neurons together, numerator and denominator summed over them, (...).

    A mean over few samples is not that of the subsystem, and what it is off by differs from
    subsystem to subsystem: it adds to sum_d v_d^2, on average by sum_d s_d^2/n_d, and nothing to
    the products v_c v_d.  So r of means that are all alike falls below 1 as their noise grows.
    Given the ``noise``, it is taken out of the denominator.

    ``speeds``: (..., D, n); ``noise``: s_d^2/n_d, the variance of a speed within its subsystem over
    the number of its samples, (..., D, n).  NaN where it leaves less than `LEAST_SIGNAL` of the
    denominator: a ratio of what is left would be anything.

    Source: 2008.01540 (7.6), over all i.
    """
    squares = (speeds**2).sum(axis=(-2, -1))
    products = (speeds.sum(axis=-2) ** 2).sum(axis=-1) - squares
    known = squares - np.sum(np.broadcast_to(noise, speeds.shape), axis=(-2, -1))
    return _ratio(products, np.where(known >= LEAST_SIGNAL * squares, known, 0.0), speeds.shape[-2])


def null_form(subsystems: int) -> Float[np.ndarray, "{subsystems} {subsystems}"]:
    """Return the form h of the constraint in D dimensions, h_cd = 1 - delta_cd, (D, D).

    (7.7) has D + 1 dimensions, but by (7.3) v_0 = sum_d v_d, so that it is
    ``v_0^2 - sum_d v_d^2 = sum_cd h_cd v_c v_d = 0``: eigenvalues D - 1 once and -1 otherwise.

    ``subsystems``: D, how many there are.

    Source: 2008.01540 (7.7), under (7.3) (B13).

    >>> from nnuniverse.physics.hidden.null_constraint import null_form
    >>> null_form(3).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    return 1.0 - np.eye(subsystems)


def _ratio(products: np.ndarray, squares: np.ndarray, subsystems: int) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        found = products / ((subsystems - 1) * squares)
    return np.where(squares > 0.0, found, np.nan)
