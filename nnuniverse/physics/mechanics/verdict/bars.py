"""Coordinates of which no verdict is given, whatever their fits say."""

from __future__ import annotations

import numpy as np

from nnuniverse.physics.mechanics.ensemble import Descent, Ensemble

FASTEST = 5.0
"""Relaxation time, steps, below which a coordinate is not taken as continuous in time."""

LEAST_WINDOW = 3.0
"""Relaxation times that a run must last: below it Fokker-Planck has little to show (measured)."""


def why_barred(ensemble: Ensemble, coordinate: int) -> str:
    """Return why no verdict is given on a coordinate, "" if one is; by linear theory."""
    theory, descent = ensemble.theory, ensemble.descent
    if theory is None:
        return ""
    if theory.is_mixture[coordinate]:
        return "a mixture of directions that relax at different rates"
    rate = float(theory.rate[coordinate])
    time = relaxation_time(rate, descent)
    steps = int(ensemble.record_step[-1])
    if time > steps / LEAST_WINDOW:
        return f"relaxes in {time:.0f} steps, too slowly for a run of {steps}"
    if time < FASTEST:
        return f"relaxes in {time:.1f} steps, too fast to be continuous in time"
    return ""


def relaxation_time(rate: float, descent: Descent | None) -> float:
    """Return the steps in which the slowest part of a displacement falls to 1/e; inf if it grows.

    ``z^2 - (1 + m - k) z + m = 0`` of heavy ball with momentum m, which is ``z = 1 - k`` without;
    NaN where there is no ``rate`` k.
    """
    momentum = descent.momentum if descent is not None else 0.0
    if not np.isfinite(rate):
        return np.nan
    largest = float(np.max(np.abs(np.roots([1.0, -(1.0 + momentum - rate), momentum]))))
    return -1.0 / np.log(largest) if 0.0 < largest < 1.0 else np.inf
