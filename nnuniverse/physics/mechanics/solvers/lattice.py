"""Equally spaced points of a line or a circle, and times at which a solution is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float

from nnuniverse.errors import ConfigError

Potential = Float[np.ndarray, "*points"] | Callable[[float], Float[np.ndarray, "*points"]]
"""Values on a grid, or a function of time that returns them."""

UNEQUAL = 1e-6
"""Largest difference of distances, relative, of a grid that passes for equally spaced."""


class Stretch(NamedTuple):
    """Equal steps from one wanted time to the next: their ``moments`` of begin, and ``step``."""

    moments: np.ndarray
    step: float


def spacing(grid: Float[np.ndarray, " points"]) -> float:
    """Return the distance of neighbours of a ``grid`` q_i, (points,), ascending.

    Raises `ConfigError` if they are not equally spaced.
    """
    distances = np.diff(grid)
    if distances.size == 0 or np.ptp(distances) > UNEQUAL * distances[0]:
        raise ConfigError(
            "the grid", "be equally spaced, ascending", "is not", "numpy.linspace or arange"
        )
    return float((grid[-1] - grid[0]) / (len(grid) - 1))


def circumference(grid: Float[np.ndarray, " points"]) -> float:
    """Return the length of the circle of which a ``grid`` has every point once.

    >>> circumference(np.arange(4) / 4)
    1.0
    """
    return spacing(grid) * len(grid)


def value_at(potential: Potential, time: float) -> Float[np.ndarray, "*points"]:
    """Return the values of a ``potential`` at a ``time``."""
    return potential(time) if callable(potential) else potential


def wave_numbers(grid: Float[np.ndarray, " points"]) -> Float[np.ndarray, " points"]:
    """Return the k of the waves exp(i k q) on a circle, (points,), as `numpy.fft.fft` has them.

    ``grid``: the points of the ring, evenly, (points,).
    """
    return 2.0 * np.pi * np.fft.fftfreq(len(grid), spacing(grid))


def derivative(
    function: Float[np.ndarray, "*lead points"], grid: Float[np.ndarray, " points"], order: int = 1
) -> Float[np.ndarray, "*lead points"]:
    """Return ``d^order f/dq^order`` on a circle, (..., points), exact for waves that it resolves.

    ``function``: f on the ``grid``, (..., points), real.

    >>> q = 2.0 * np.pi * np.arange(16) / 16
    >>> bool(np.allclose(derivative(np.sin(q), q), np.cos(q)))
    True
    """
    waves = turns(grid, order) * np.fft.rfft(function)
    return np.fft.irfft(waves, len(grid))


def turns(grid: Float[np.ndarray, " points"], order: int) -> Complex[np.ndarray, " waves"]:
    """Return ``(i k)^order`` of the waves k >= 0 on a circle, by which derivatives are taken.

    ``grid``: the points of the ring, evenly, (points,).
    """
    return _turns(len(grid), spacing(grid), order)


@lru_cache(maxsize=16)  # a solver asks for the same few in every step
def _turns(points: int, distance: float, order: int) -> np.ndarray:
    """Return ``(i k)^order`` of the waves k >= 0 on a circle."""
    return np.asarray((2.0j * np.pi * np.fft.rfftfreq(points, distance)) ** order)


def stretches(times: Float[np.ndarray, " times"], step: float) -> Iterator[Stretch]:
    """Yield the steps that lead from 0 to each of the ``times``, none longer than ``step``."""
    _check_times(times, step)
    for begin, end in zip([0.0, *times[:-1]], times, strict=True):
        count = int(np.ceil((end - begin) / step * (1.0 - 1e-12)))
        moments = np.linspace(begin, end, count, endpoint=False)
        yield Stretch(moments, (end - begin) / count if count else 0.0)


def _check_times(times: np.ndarray, step: float) -> None:
    if step <= 0.0 or (np.diff([0.0, *times]) < 0.0).any():
        raise ConfigError(
            "times",
            "ascend from 0, in steps above 0",
            f"are {np.asarray(times).tolist()} with a step of {step:g}",
            "sorted times",
        )


def runge_kutta(
    rate: Callable[[Float[np.ndarray, "*state"]], Float[np.ndarray, "*state"]],
    state: Float[np.ndarray, "*state"],
    step: float,
) -> Float[np.ndarray, "*state"]:
    """Return the state one ``step`` later, by the classical method of order 4.

    ``rate``: the derivative of a state by time.
    """
    first = rate(state)
    second = rate(state + 0.5 * step * first)
    third = rate(state + 0.5 * step * second)
    fourth = rate(state + step * third)
    return state + step / 6.0 * (first + 2.0 * second + 2.0 * third + fourth)
