"""Kramers' equation on a grid: the rival that a Schroedinger verdict has to survive."""

from __future__ import annotations

from functools import partial

import numpy as np

from nnuniverse.physics.mechanics.solvers.phase_space import evolve_phase_space
from nnuniverse.physics.mechanics.verdict.grid_fit import GridFit, fit_on_grid, stage_of
from nnuniverse.physics.mechanics.verdict.grid_models import (
    POTENTIAL_DEGREE,
    GridModel,
    Stage,
    first_density,
)
from nnuniverse.physics.mechanics.verdict.grid_sample import GridSample

SPEEDS = 48
"""Cells of the velocity."""

STEP = 0.02
"""Of the time from first to last record; with it and so many speeds a moment is right to 1e-2."""

FASTEST = 2.0
"""End of the grid of velocities over the largest of quantiles from record to record."""

FRICTIONS = (0.3, 3.0)
"""First guesses, per time from first to last record."""

NAMES = (
    "mean",
    "log_width",
    "velocity",
    "shear",
    "log_spread",
    *[f"potential_{n}" for n in range(1, POTENTIAL_DEGREE + 1)],
    "log_friction",
    "log_heating",
)


def fit_kramers(sample: GridSample, flow: GridFit, wave: GridFit) -> GridFit:
    """Return the likeliest ``dq = v dt, dv = (-W' - g v) dt + (2 B)^(1/2) dW`` by its density of q.

    W of degree 4, g > 0, B > 0, and first velocities that are Gaussian about a mean linear in q.

    ``flow``, ``wave``: fits of Hamilton-Jacobi and Schroedinger, in whose potentials and with whose
    first velocities the searches begin.

    ``sample``: the replicas of one coordinate, in cells.
    """
    stage = stage_of(sample)
    quantiles = np.sort(sample.positions, axis=0)[:, :: 2 if len(sample.times) > 4 else 1]
    times = sample.times[:: 2 if len(sample.times) > 4 else 1]
    highest = FASTEST * float(np.abs(np.diff(quantiles, axis=1) / np.diff(times)).max())
    model = GridModel(partial(_densities, highest=highest), NAMES)
    starts = [
        _start(found.theta, stage, highest, friction)
        for found in (flow, wave)
        for friction in FRICTIONS
    ]
    return fit_on_grid(model, sample, starts)


def _start(theta: np.ndarray, stage: Stage, highest: float, friction: float) -> np.ndarray:
    """Return parameters with the potential and the first velocities of a flow or a wave."""
    potential = theta[2 : 2 + POTENTIAL_DEGREE]
    phase = theta[2 + POTENTIAL_DEGREE : 5 + POTENTIAL_DEGREE]
    width = np.exp(theta[1])
    slow, fast = stage.slope(phase)(theta[0] + width * np.array([-1.0, 1.0]))
    spread = 0.1 * highest
    last = [np.log(friction), np.log(friction * spread**2)]
    shear = 0.5 * (fast - slow) / width
    return np.array([*theta[:2], 0.5 * (slow + fast), shear, np.log(spread), *potential, *last])


def _densities(theta: np.ndarray, stage: Stage, highest: float) -> np.ndarray:
    mean, log_width, velocity, shear, log_spread = theta[:5]
    potential, (friction, heating) = theta[5:-2], np.exp(theta[-2:])
    speeds = highest * (2.0 * np.arange(SPEEDS) + 1.0 - SPEEDS) / SPEEDS
    drift = velocity + shear * (stage.places - mean)
    spread = np.hypot(np.exp(log_spread), speeds[1] - speeds[0])  # no narrower than a cell
    of_speed = np.exp(-0.5 * ((speeds - drift[:, None]) / spread) ** 2)
    of_speed /= np.maximum(of_speed.sum(axis=1, keepdims=True), 1e-300) * (speeds[1] - speeds[0])
    start = first_density(mean, log_width, stage)[:, None] * of_speed
    force = stage.slope(-potential)(stage.places)
    return evolve_phase_space(
        start, stage.places, speeds, force, friction, heating, stage.times, STEP
    )
