"""Closed strings whose every bit moves at the speed of light of the target."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.strings.string_net import StringNet

WAVES = ((2.0, 1.0), (1.0, 0.0))
"""Of the amplitude and of the direction, per string: the smoothest choices that close."""


def null_string(
    net: StringNet, subsystems: int, over: Literal[1, 2], random: np.random.Generator
) -> Float[np.ndarray, "{subsystems} {net.sites}"]:
    """Return states whose differences along a unit string are null, (subsystems, sites).

    ``eta_mn v^m v^n = 0`` at every site, v^0 = sum_d v^d, for ``v = x_(i-1) - x_i`` (``over`` = 1:
    what the velocity of a right mover is), or ``v = x_(i+1) - x_(i-1)`` (2: what constrains the
    average of both movers).  ``net``: a `unit_string`; ``subsystems``: D.  The cone is that of
    ``v = s (sqrt(D - 1) u + n)``, u a unit vector across n = (1, .., 1)/sqrt(D); here s is a
    cosine along the string and u turns in a plane.  For D = 2 nothing can turn: at each site one
    subsystem moves alone.  Zero on strings too short for any.

    ``random``: where its numbers are drawn from.

    Source: 2008.01540 (7.7), (7.17), (8.10) (B34).
    """
    across = _across(subsystems, random)
    states = np.zeros((subsystems, net.sites))
    for start, length, twisted in zip(net.starts, net.lengths, net.antiperiodic, strict=True):
        twist = 0.5 if twisted else 0.0
        for amplitude, turns in WAVES:
            waves = amplitude - twist, turns if subsystems > 2 else 0.0
            if _closes(int(length), *waves, over):
                part = _velocities(int(length), *waves, across, random)
                states[:, start : start + length] = _summed(part, over, twist)
                break
    return states


def _across(subsystems: int, random: np.random.Generator) -> np.ndarray:
    """Return two unit vectors across (1, .., 1), (2, D), the second zero if D = 2."""
    drawn = np.column_stack([np.ones(subsystems), random.normal(size=(subsystems, 2))])
    across = np.linalg.qr(drawn).Q[:, 1:].T  # at right angles however near the draws are
    return across if subsystems > 2 else np.concatenate([across, np.zeros((1, 2))])


def _closes(length: int, amplitude: float, turns: float, over: int) -> bool:
    """Return whether the sum of all differences vanishes: no wave in them is constant."""
    waves = {amplitude, amplitude - turns, amplitude + turns}
    return all(abs(np.sin(over * np.pi * wave / length)) > 1e-9 for wave in waves)


def _velocities(
    length: int, amplitude: float, turns: float, across: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Return null vectors along a string, (D, length)."""
    subsystems = across.shape[1]
    along = 2.0 * np.pi * np.arange(length) / length
    phase, place = random.uniform(0.0, 2.0 * np.pi, 2)
    angle = turns * along + (phase if turns else 0.0)
    direction = np.outer(across[0], np.cos(angle)) + np.outer(across[1], np.sin(angle))
    normal = 1.0 / np.sqrt(subsystems)
    bits = np.sqrt(subsystems - 1.0) * direction + normal
    return np.asarray(np.cos(amplitude * along + place) * bits)


def _summed(differences: np.ndarray, over: int, twist: float) -> np.ndarray:
    """Return states, of mean zero, that have these ``differences``, (D, length).

    By waves ``e^(ikp)``, k = 2 pi (m + twist)/length.
    """
    length = differences.shape[1]
    place, waves = np.arange(length), np.arange(length) + twist
    k = 2.0 * np.pi * waves / length
    untwisted = differences * np.exp(-2j * np.pi * twist * place / length)
    factor = np.exp(-1j * k) - 1.0 if over == 1 else 2j * np.sin(k)
    still = np.abs(factor) < 1e-9
    parts = np.fft.fft(untwisted, axis=1)
    parts = np.where(still, 0.0, parts / np.where(still, 1.0, factor))
    return np.asarray(
        (np.fft.ifft(parts, axis=1) * np.exp(2j * np.pi * twist * place / length)).real
    )
