"""A printed number on the scale of the comparison: its value, and how far its digits reach."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

from nnuniverse.claims.reproduction.printed_numbers import Scale

NUMERAL = re.compile(r"[-+]?(\d{1,30}\.?\d{0,30}|\.\d{1,30})([eE][-+]?\d{1,3})?")

SCALES: dict[Scale, Callable[[np.ndarray], np.ndarray]] = {
    "identity": np.asarray,
    "log": np.log,
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
}
BACK: dict[Scale, Callable[[np.ndarray], np.ndarray]] = {
    "identity": np.asarray,
    "log": np.exp,
    "sqrt": lambda x: np.sign(x) * np.square(x),
    "cbrt": lambda x: np.power(x, 3),
}
"""The inverse of each of `SCALES`."""


def is_numeral(printed: str) -> bool:
    """Return whether text is a finite decimal number.

    ``printed``: as it is printed.
    """
    return bool(NUMERAL.fullmatch(printed)) and math.isfinite(float(printed))


def half_digit(printed: str) -> float:
    """Return half a unit of the last digit of a decimal number: 0.05 of "2.4".

    ``printed``: as it is printed.

    >>> from nnuniverse.claims.reproduction.digits import half_digit
    >>> half_digit("2.4")
    0.05
    """
    mantissa, _, power = printed.lower().partition("e")
    digits = len(mantissa.partition(".")[2])
    return 0.5 * 10.0 ** (int(power or 0) - digits)


def on_scale(values: np.ndarray | float, scale: Scale) -> np.ndarray:
    """Return ``values`` on a scale, NaN where it has none."""
    with np.errstate(all="ignore"):
        return SCALES[scale](np.asarray(values, float))


def from_scale(values: np.ndarray | float, scale: Scale) -> np.ndarray:
    """Return what has these ``values`` on a scale."""
    return BACK[scale](np.asarray(values, float))


def half_digit_on_scale(printed: str, scale: Scale) -> float:
    """Return half the distance on a scale between the ends of what rounds to ``printed``."""
    value, half = float(printed), half_digit(printed)
    low, high = on_scale(value - half, scale), on_scale(value + half, scale)
    if not np.isfinite(low):  # the lower end is none of the scale
        return float(abs(high - on_scale(value, scale)))
    return float(abs(high - low) / 2.0)
