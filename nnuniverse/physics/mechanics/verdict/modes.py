"""Motions in a quadratic potential, in two parametrisations that are well conditioned.

The equation x'' = -w2 x has the solutions cos wt and sin wt / w, which for w2 < 0 grow alike: their
coefficients are all but undetermined.  `two_point` takes those that are 1 at one end of the window
and 0 at the other, smooth through w2 = 0; they end where half a turn fits into the window, from
where `turning` takes cosine and sine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.verdict.oscillation import cosine_and_sine

MOST_TWO_POINT = 6.0
"""w2 T^2 below which the two-point modes are used; they end at pi^2."""


class Modes(NamedTuple):
    """Two solutions u and w of x'' = -w2 x, and one of c'' = -w2 c + 1.

    ``first``: u, 1 at the start; ``second``: w, 0 at the start; ``driven``: c up to a factor;
    each (..., record), the others (..., 1); ``wronskian``: u w' - u' w, the w'(0) too; ``slope``:
    u'(0); ``driven_slope``: c'(0); ``product``: by how much u w is to be multiplied so that it is
    of the size of u^2; ``square``: w2; ``force``: c'' + w2 c.  Times count in the window's.
    """

    first: np.ndarray
    second: np.ndarray
    driven: np.ndarray
    wronskian: np.ndarray
    slope: np.ndarray
    driven_slope: np.ndarray
    product: np.ndarray
    square: np.ndarray
    force: np.ndarray


ModesOf = Callable[[Float[np.ndarray, "*lead 1"], Float[np.ndarray, " record"]], Modes]


def two_point(parameter: Float[np.ndarray, "*lead 1"], time: Float[np.ndarray, " record"]) -> Modes:
    """Return u = S(1 - t) / S(1) and w = S(t) / S(1), S = sin(wt) / w.

    ``parameter``: log(6 - w2), (..., 1); ``time``: t / T, (record,).
    """
    square = MOST_TWO_POINT - np.exp(parameter)
    rate = np.sqrt(np.where(square < 0.0, -square, 0.0) + 1e-300)
    to_go = 1.0 - time
    durations = np.concatenate([time, to_go, time / 2.0, to_go / 2.0, np.array([1.0, 0.5])])
    cosines, sines = cosine_and_sine(square, durations, rate)  # times exp(-rate durations)
    past, future, half_past, half_future = np.split(sines[..., :-2], 4, axis=-1)
    whole, half = sines[..., -2, None], cosines[..., -1, None]
    size = np.sqrt(1.0 + square**2)
    wronskian = np.exp(-rate) / whole
    return Modes(
        first=future / whole * np.exp(-rate * time),
        second=past / whole * np.exp(-rate * to_go),
        driven=-2.0 * size * half_past * half_future / half,
        wronskian=wronskian,
        slope=-cosines[..., -2, None] / whole,
        driven_slope=-size * sines[..., -1, None] / half,
        product=np.sqrt(1.0 + wronskian**-2),
        square=square,
        force=size,
    )


def turning(parameter: Float[np.ndarray, "*lead 1"], time: Float[np.ndarray, " record"]) -> Modes:
    """Return u = cos wt and w = sin wt.

    ``parameter``: log w, (..., 1); ``time``: t / T, (record,).
    """
    rate = np.exp(parameter)
    one = np.ones_like(rate)
    return Modes(
        first=np.cos(rate * time),
        second=np.sin(rate * time),
        driven=np.ones_like(rate * time),
        wronskian=rate,
        slope=0.0 * one,
        driven_slope=0.0 * one,
        product=one,
        square=rate**2,
        force=rate**2,
    )


def parameters_to_try(modes: ModesOf, records: int) -> Float[np.ndarray, " tried"]:
    """Return values of the modes' parameter at which to begin, of turns at most half per record.

    ``records``: how many there are.
    """
    if modes is two_point:
        rates = np.array([0.3, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0, 20.0, 30.0])
        squares = np.concatenate([-(rates**2), [0.5, 2.0, 4.0]])
        return np.log(MOST_TWO_POINT - squares)
    return np.log(np.arange(1.5, max(0.9 * np.pi * records, 3.0), 0.5))


def parameter_of(square: float) -> tuple[ModesOf, float]:
    """Return the modes for ``square`` w2 T^2, and their parameter."""
    if square < 0.9 * MOST_TWO_POINT:
        return two_point, float(np.log(MOST_TWO_POINT - square))
    return turning, float(0.5 * np.log(square))
