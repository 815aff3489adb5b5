"""Coordinates of which no verdict is given, whatever their fits say."""

from __future__ import annotations

import numpy as np

from nnuniverse.physics.mechanics.ensemble import Ensemble

FASTEST = 5.0
"""Relaxation time, steps, below which a coordinate is not taken as continuous in time."""

LEAST_WINDOW = 3.0
"""Relaxation times that a run must last: below it Fokker-Planck has little to show (measured)."""


def why_barred(ensemble: Ensemble, coordinate: int) -> str:
    """Return why no verdict is given on a coordinate, "" if one is; by linear theory."""
    theory = ensemble.theory
    if theory is None:
        return ""
    if theory.is_mixture[coordinate]:
        return "a mixture of directions that relax at different rates"
    rate = float(theory.rate[coordinate])
    if not np.isfinite(rate):
        return ""
    time = relaxation_time(rate)
    steps = int(ensemble.record_step[-1] - ensemble.record_step[0])
    if time > steps / LEAST_WINDOW:
        return f"relaxes in {time:.0f} steps, too slowly for a run of {steps}"
    if time < FASTEST:
        return f"relaxes in {time:.1f} steps, too fast to be continuous in time"
    return ""


def relaxation_time(rate: float) -> float:
    """Return the steps in which a displacement falls to 1/e, of which each leaves 1 - k."""
    return float(-1.0 / np.log1p(-rate)) if 0.0 < rate < 1.0 else np.inf
