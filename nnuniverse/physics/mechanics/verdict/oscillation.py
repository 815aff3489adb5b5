"""Solutions of x'' = -w2 x - 2 g x', smooth through w2 = 0."""

from __future__ import annotations

from math import factorial

import numpy as np
from jaxtyping import Float

TERMS = 8
SERIES = 0.5
"""|w2 t^2| below which the series is summed: its first term left out is 2e-16 there."""


def cosine_and_sine(
    square: Float[np.ndarray | np.floating, "*#lead"],
    time: Float[np.ndarray, "*#lead"],
    damping: float | Float[np.ndarray | np.floating, "*#lead"] = 0.0,
) -> tuple[Float[np.ndarray, "*#lead"], Float[np.ndarray, "*#lead"]]:
    """Return exp(-g t) cos(w t) and exp(-g t) sin(w t) / w for w^2 of either sign.

    ``square``: w^2, of negative ones cosh and sinh; ``time``: t; ``damping``: g, at least
    sqrt(-w^2) if the result must not overflow.  Their Wronskian is exp(-2 g t).

    >>> cosine, sine = cosine_and_sine(np.array(0.0), np.array([0.0, 2.0]))  # 1 and t
    >>> cosine.tolist(), sine.tolist()
    ([1.0, 1.0], [0.0, 2.0])
    """
    phase = square * time**2
    turns, grows = phase >= SERIES, phase <= -SERIES
    few = np.where(turns | grows, 0.0, phase)
    angle = np.sqrt(np.abs(np.where(turns | grows, phase, 1.0)))
    decay = np.exp(-damping * time)
    up = np.exp(np.where(grows, angle, 0.0) - damping * time)
    down = np.exp(-np.where(grows, angle, 0.0) - damping * time)
    cosine = np.where(grows, (up + down) / 2.0, decay * np.where(turns, np.cos(angle), 1.0))
    sine = np.where(grows, (up - down) / 2.0, decay * np.where(turns, np.sin(angle), 1.0)) / angle
    cosine = cosine * _series(few, 0)
    return cosine, time * sine * _series(few, 1)


def _series(phase: np.ndarray, odd: int) -> np.ndarray:
    """Return cos x, or sin x / x of ``odd`` 1, of x^2; 1 of 0."""
    total = np.zeros_like(phase)
    for n in reversed(range(TERMS)):
        total = total * -phase + 1.0 / factorial(2 * n + odd)
    return total
