"""Coordinates of which no verdict is given, whatever their fits say."""

from __future__ import annotations

import numpy as np

from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble

FASTEST = 5.0
"""Relaxation time, steps, below which a coordinate is not taken as continuous in time."""

LEAST_WINDOW = 3.0
"""Relaxation times that a run must last: below it Fokker-Planck has little to show (measured)."""


LARGEST_CHANGE = 2.0
"""Factor by which the noise of a step may change over a run.  All models have one D: a noise that
grows is taken for a velocity by Kramers' equation.  Chosen, not derived."""


def why_barred(ensemble: ReplicaEnsemble, coordinate: int) -> str:
    """Return why no verdict is given on a coordinate, "" if one is.

    By linear theory, and of plain descent with independent batches by the noise of its steps.

    ``ensemble``: the replicas, followed along coordinates q.
    """
    return _by_theory(ensemble, coordinate) or _by_noise(ensemble, coordinate)


def _by_noise(ensemble: ReplicaEnsemble, coordinate: int) -> str:
    descent = ensemble.descent
    if descent is None or descent.optimiser != "sgd" or descent.sampling != "independent":
        return ""
    change, error = noise_change(ensemble, coordinate)
    if not abs(np.log(change)) > max(np.log(LARGEST_CHANGE), 2.0 * error):
        return ""
    return f"its noise changes: D of the last third of the run is {change:.2g} times the first's"


def noise_change(ensemble: ReplicaEnsemble, coordinate: int) -> tuple[float, float]:
    """Return the variance of a step in the last third of a run over that in the first.

    And the standard error of its logarithm, by replica.  Without the record of the start, whose
    replicas are all displaced.  NaN where there are too few records, or no noise.

    ``ensemble``: the replicas, followed along coordinates q; ``coordinate``: its number.
    """
    steps = ensemble.increments[:, 1:, coordinate].astype(np.float64)
    steps = steps[np.isfinite(steps).all(axis=1)]
    third = steps.shape[1] // 3
    if not third or len(steps) < 2:
        return np.nan, np.nan
    squares = (steps - steps.mean(axis=0)) ** 2
    first, last = squares[:, :third].mean(axis=1), squares[:, -third:].mean(axis=1)
    if not (first.mean() > 0.0 and last.mean() > 0.0):
        return np.nan, np.nan
    influence = last / last.mean() - first / first.mean()
    error = influence.std(ddof=1) / np.sqrt(len(steps))
    return float(last.mean() / first.mean()), float(error)


def _by_theory(ensemble: ReplicaEnsemble, coordinate: int) -> str:
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
    """Return the steps in which a displacement falls to 1/e, of which each leaves 1 - k.

    ``rate``: k, per step.

    >>> round(relaxation_time(0.01), 2)
    99.5
    """
    return float(-1.0 / np.log1p(-rate)) if 0.0 < rate < 1.0 else np.inf
