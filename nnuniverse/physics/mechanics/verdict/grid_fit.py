"""The most likely parameters of a density on a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import NNUniverseError
from nnuniverse.physics.mechanics.verdict.grid_models import GridModel, Stage
from nnuniverse.physics.mechanics.verdict.grid_sample import GridSample
from nnuniverse.threads import single_threaded_blas

ANYWHERE = 1e-3
"""Share of the replicas that a model leaves to be anywhere on the grid: an outlier costs 7 nats."""

DIFFERENCE = 1e-5
"""Of a parameter, for a derivative; the densities are smooth to some 1e-12."""

FEW, MANY = 4, 40
"""Steps of a search from every start, and from the best of them."""

GAIN = 1e-4
"""Nats per replica below which a step ends the search; chance moves the optimum by some 1e-2."""


@dataclass(frozen=True)
class GridFit:
    """``theta``: the best parameters, (parameter,); ``loss``: -log L per replica, over records."""

    model: GridModel
    theta: np.ndarray
    loss: float


def fit_on_grid(
    model: GridModel,
    sample: GridSample,
    starts: Sequence[Float[np.ndarray, " parameter"]],
    kept: int = 2,
) -> GridFit:
    """Return the most likely parameters by the composite likelihood of the marginals.

    Fisher scoring, damped as by Levenberg and Marquardt, a few steps from all ``starts``, many from
    the ``kept`` best.

    ``model``: whose densities are fitted; ``sample``: the replicas of one coordinate, in cells.
    """
    stage = stage_of(sample)
    with single_threaded_blas():  # the eigenstates of a small matrix, a thousand times
        first = sorted((_climb(model, sample, stage, start, FEW) for start in starts), key=_loss)
        best = [_climb(model, sample, stage, one.theta, MANY) for one in first[:kept]]
    return min(best, key=_loss)


def stage_of(sample: GridSample) -> Stage:
    """Return where and when the densities of a sample are wanted."""
    return Stage(sample.places, sample.times)


def log_densities(
    model: GridModel, theta: Float[np.ndarray, " parameter"], stage: Stage
) -> Float[np.ndarray, "record points"]:
    """Return log p in x, (record, points), `ANYWHERE` included; NaN where there is no solution.

    ``model``: whose densities are fitted; ``theta``: the parameters of the model, (parameter,),
    in the units of the fits; ``stage``: the places and times of the grid.
    """
    none = np.full((len(stage.times), len(stage.places)), np.nan)
    if not model.has(theta):
        return none
    try:
        densities = model.densities(theta, stage)
    except NNUniverseError:
        return none
    even = ANYWHERE / (stage.spacing * len(stage.places))
    return np.log((1.0 - ANYWHERE) * np.maximum(densities, 0.0) + even)


def slopes(
    model: GridModel, theta: Float[np.ndarray, " parameter"], stage: Stage
) -> Float[np.ndarray, "parameter record points"]:
    """Return the derivatives of `log_densities` by the parameters, (parameter, record, points).

    ``model``: whose densities are fitted; ``theta``: the parameters of the model, (parameter,),
    in the units of the fits; ``stage``: the places and times of the grid.
    """
    steps = DIFFERENCE * np.maximum(1.0, np.abs(theta)) * np.eye(len(theta))
    here = log_densities(model, theta, stage)
    return np.stack(
        [(log_densities(model, theta + step, stage) - here) / step.max() for step in steps]
    )


def at_replicas(
    values: Float[np.ndarray, "*lead record points"], sample: GridSample
) -> Float[np.ndarray, "*lead replica record"]:
    """Return values, (..., record, points), where the replicas are, (..., replica, record).

    ``sample``: the replicas of one coordinate, in cells.
    """
    return values[..., np.arange(len(sample.times)), sample.cells]


def information(
    of_log: Float[np.ndarray, "parameter record points"],
    log_density: Float[np.ndarray, "record points"],
    stage: Stage,
) -> Float[np.ndarray, "parameter parameter"]:
    """Return Fisher's of one replica, summed over records, (parameter, parameter).

    ``of_log``: derivatives of log p, (parameter, record, points); ``log_density``: log p, (record,
    points); ``stage``: the places and times of the grid.
    """
    weighted = of_log * np.exp(log_density) * stage.spacing
    return np.einsum("pjc,qjc->pq", weighted, of_log)


def _loss(found: GridFit) -> float:
    return found.loss


def _loss_of(log_density: np.ndarray, sample: GridSample) -> float:
    loss = -float(np.sum(sample.counts * log_density)) / len(sample.cells)
    return loss if np.isfinite(loss) else np.inf


def _climb(
    model: GridModel, sample: GridSample, stage: Stage, theta: np.ndarray, steps: int
) -> GridFit:
    log_density = log_densities(model, theta, stage)
    loss, damping = _loss_of(log_density, sample), 1e-2
    if not np.isfinite(loss):
        return GridFit(model, theta, np.inf)
    share = sample.counts / len(sample.cells)
    for _ in range(steps):
        of_log = slopes(model, theta, stage)
        if not np.isfinite(of_log).all():
            break
        score, fisher = np.tensordot(of_log, share, 2), information(of_log, log_density, stage)
        scale = np.sqrt(np.diag(fisher) + 1e-12)
        before = loss
        while damping < 1e6:
            damped = fisher / np.outer(scale, scale) + damping * np.eye(len(scale))
            trial = theta + np.linalg.solve(damped, score / scale) / scale
            tried = log_densities(model, trial, stage)
            if _loss_of(tried, sample) < loss:
                theta, log_density, loss = trial, tried, _loss_of(tried, sample)
                damping = max(damping / 5.0, 1e-7)
                break
            damping *= 5.0
        if before - loss < GAIN:
            break
    return GridFit(model, theta, loss)
