"""Loss curves made with and without jumps and plateaus, for simulations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.statistics.simulation import Case
from nnuniverse.analysis.scans import Sensitivity
from nnuniverse.training.snapshots import log_snapshots

SNAPSHOTS = log_snapshots(30_000, 200)[1:]
"""What `observe.snapshots.count=200` measures of 30,000 epochs, without epoch 0."""

EPOCHS = np.arange(1, 30_001)

Trend = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""Log loss at the epochs, some of it drawn."""


Search = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, Sensitivity]]
"""Returns the epochs of what it finds in epochs and losses, and what it would have seen."""

RARE, OFTEN, NONE = "<= 5", ">= 80", ""
"""Aims."""


def searched(
    random: np.random.Generator,
    search: Search,
    epochs: np.ndarray,
    trend: Trend,
    noise: Trend,
    size: float,
) -> bool | None:
    """Return whether something is found in a curve; None where it is not said that nothing is."""
    losses = np.exp(trend(epochs, random) + size * noise(epochs, random))
    found, seen = search(epochs, losses)
    return True if len(found) else False if seen.tells else None


def curve_case(
    search: Search,
    what: str,
    aim: str,
    trend: Trend,
    noise: Trend,
    size: float,
    epochs: np.ndarray = SNAPSHOTS,
) -> Case:
    """Return the case of a ``search`` in ``trend`` and ``size`` times ``noise``."""
    drawn = partial(searched, search=search, epochs=epochs, trend=trend, noise=noise, size=size)
    return Case(what, drawn, aim)


def power_law(epochs: np.ndarray, random: np.random.Generator, exponent: float = 0.3) -> np.ndarray:
    """Return the log of t^-exponent."""
    del random
    return -exponent * np.log(epochs)


def bend(epochs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a power law whose exponent goes from 0.2 to 1 around an epoch, within an e-fold."""
    return -0.2 * np.log(epochs) - 0.4 * np.log1p((epochs / _epoch(random)) ** 2)


def kink(epochs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a power law whose exponent goes from 0.2 to 1 at once."""
    after = np.maximum(np.log(epochs / _epoch(random)), 0.0)
    return -0.2 * np.log(epochs) - 0.8 * after


def levelling(epochs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a power law t^-1 that bends into a slow one, t^-0.2."""
    return -0.2 * np.log(epochs) + np.log1p(_epoch(random) / epochs) * 0.8


def decay(epochs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return an exponential decay to a floor of a tenth."""
    return np.log(np.exp(-epochs / _epoch(random)) + 0.1)


def step(epochs: np.ndarray, random: np.random.Generator, fall: float) -> np.ndarray:
    """Return t^-0.3 that falls by the share ``fall`` at an epoch and stays there."""
    return power_law(epochs, random) + np.where(epochs >= _epoch(random), np.log1p(-fall), 0.0)


def bump(epochs: np.ndarray, random: np.random.Generator, points: int) -> np.ndarray:
    """Return t^-0.3 of which some neighbouring points are 10 % up."""
    trend = power_law(epochs, random)
    begin = np.searchsorted(epochs, _epoch(random))
    trend[begin : begin + points] += np.log(1.1)
    return trend


def plateau(
    epochs: np.ndarray, random: np.random.Generator, ratio: float, exponent: float = 0.3
) -> np.ndarray:
    """Return t^-exponent that stands still from an epoch until ``ratio`` times it."""
    begin = random.uniform(np.log(50.0), np.log(9_000.0 / ratio))
    on = np.clip(np.log(epochs) - begin, 0.0, np.log(ratio))
    return -exponent * (np.log(epochs) - on)


def white(epochs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return normal noise."""
    return random.normal(size=len(epochs))


def heavy(epochs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return Student's t with three degrees of freedom: standard deviation 1.7."""
    return random.standard_t(3, size=len(epochs))


def growing(epochs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return noise that grows in proportion to the log of the epoch, to twice its mean."""
    return 2.0 * np.log(epochs) / np.log(epochs[-1]) * white(epochs, random)


def setting_in(epochs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return noise that sets in at an epoch, thirty times what it was."""
    return np.where(epochs >= _epoch(random), 1.0, 1.0 / 30.0) * white(epochs, random)


def ceasing(epochs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return noise that falls to a thirtieth at an epoch."""
    return np.where(epochs < _epoch(random), 1.0, 1.0 / 30.0) * white(epochs, random)


def correlated(
    epochs: np.ndarray, random: np.random.Generator, neighbours: float = 0.5
) -> np.ndarray:
    """Return normal noise of which ``neighbours`` is the correlation of neighbouring points."""
    noise = white(epochs, random)
    for k in range(1, len(noise)):
        noise[k] = neighbours * noise[k - 1] + np.sqrt(1.0 - neighbours**2) * noise[k]
    return noise


def _epoch(random: np.random.Generator) -> float:
    return float(np.exp(random.uniform(np.log(100.0), np.log(9_000.0))))
