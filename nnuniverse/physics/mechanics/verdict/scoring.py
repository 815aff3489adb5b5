"""The most likely parameters of a model of mean and variance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.verdict.gaussian_model import Chart, GaussianModel, Moments
from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample

MOST_STEPS = 400
DECREMENT = 1e-9
"""Gain that a step promises, nats per replica, at which a search ends."""

ROUNDS = ((24, 12), (6, 40), (2, MOST_STEPS))
"""How many of the likeliest go on from each round, and how many steps; chosen by trial."""

FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING = 1e-2, 1e-10, 1e10
EASED, STIFFENED = 5.0, 4.0
"""Levenberg's and Marquardt's damping: over what after a step that gained, else times what."""

LEAST_INFORMATION = 1e-12
DIFFERENCE = 1e-7
"""Width of difference quotients: their error, 1e-7 of the slope, moves no optimum visibly."""


class Observed(NamedTuple):
    """Mean and variance over replicas at the records, (..., record): all that the fits see."""

    mean: np.ndarray
    variance: np.ndarray


@dataclass(frozen=True)
class Fit:
    """The best found of a model.

    ``chart``: of the parameters; ``theta``: these, (parameter,); ``named``: the same by name, in q
    and steps; ``loss``: the composite
    -log L per replica, without its constant, summed over the records; ``mean``, ``variance``: of
    the model at the records, (record,).
    """

    model: str
    chart: Chart
    theta: np.ndarray
    named: Mapping[str, float]
    loss: float
    mean: np.ndarray
    variance: np.ndarray


def fit(
    model: GaussianModel,
    sample: Sample,
    more: dict[Chart, Float[np.ndarray, "start parameter"]] | None = None,
) -> Fit:
    """Return the most likely parameters of ``model`` by the composite likelihood of its marginals.

    ``-log L = sum_j (log v_j + (s_j + (x_j - m_j)^2) / v_j) / 2`` of the sample's means x_j and
    variances s_j at the records: each record counts as if it were independent of the others, which
    leaves the estimate consistent.  Fisher scoring damped as by Levenberg and Marquardt, from all
    starts of all charts at once.  ``more``: further starts, (start, parameter), by chart.
    """
    return min((_fit_chart(model.name, chart, sample, more) for chart in model.charts), key=_loss)


def _loss(candidate: Fit) -> float:
    return candidate.loss


def _fit_chart(
    name: str, chart: Chart, sample: Sample, more: dict[Chart, np.ndarray] | None
) -> Fit:
    observed = Observed(sample.mean, sample.variance)
    tried = chart.starts(sample)
    if more and chart in more:
        tried = np.concatenate([tried, more[chart]])
    losses = _losses(chart, tried, sample.clock, observed)
    for kept, steps in ROUNDS:
        likeliest = np.argsort(losses)[:kept]
        tried, losses = climb(chart, tried[likeliest], sample.clock, observed, steps)
    theta = tried[np.argmin(losses)]
    mean, variance = chart.moments(theta, sample.clock)
    values = chart.named(theta, sample.units)
    return Fit(name, chart, theta, values, float(losses.min()), mean, variance)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # far trials are turned down
def _losses(chart: Chart, theta: np.ndarray, clock: Clock, observed: Observed) -> np.ndarray:
    return loss_of(chart.moments(theta, clock), observed)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # far trials are turned down
def climb(
    chart: Chart,
    starts: Float[np.ndarray, "start parameter"],
    clock: Clock,
    observed: Observed,
    most: int = MOST_STEPS,
) -> tuple[Float[np.ndarray, "start parameter"], Float[np.ndarray, " start"]]:
    """Return where damped Fisher scoring ends, and the composite -log L there.

    ``starts``: (start, parameter); ``observed``: the same for all, (record,), or one for each,
    (start, record); ``most``: steps.

    ``chart``: a parametrisation of the model; ``clock``: the times of the records.
    """
    theta = starts.copy()
    observed = Observed(*(np.broadcast_to(x, (len(starts), x.shape[-1])) for x in observed))
    loss = _losses(chart, theta, clock, observed)
    damping = np.full(len(starts), FIRST_DAMPING)
    active = np.flatnonzero(np.isfinite(loss))
    for _ in range(most):
        if not len(active):
            break
        seen = Observed(observed.mean[active], observed.variance[active])
        step, promised = _step(chart, theta[active], clock, seen, damping[active])
        reached = _losses(chart, theta[active] + step, clock, seen)
        better = reached < loss[active]
        gained = active[better]
        theta[gained] += step[better]
        loss[gained] = reached[better]
        eased = np.maximum(damping[active] / EASED, LEAST_DAMPING)
        damping[active] = np.where(better, eased, damping[active] * STIFFENED)
        active = active[(promised > DECREMENT) & (damping[active] < MOST_DAMPING)]
    return theta, loss


def _step(
    chart: Chart,
    theta: np.ndarray,
    clock: Clock,
    observed: Observed,
    damping: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return steps, (start, parameter), and what each promises to gain, (start,)."""
    mean, variance, of_mean, of_variance = _derivatives(chart, theta, clock)
    off = observed.mean - mean
    surplus = (observed.variance + off**2) / variance - 1.0
    of_mean /= np.sqrt(variance)[:, None]
    of_variance /= np.sqrt(2.0) * variance[:, None]
    score = (of_mean @ (off / np.sqrt(variance))[..., None])[..., 0]
    score += (of_variance @ (surplus / np.sqrt(2.0))[..., None])[..., 0]
    fisher = of_mean @ of_mean.swapaxes(1, 2) + of_variance @ of_variance.swapaxes(1, 2)
    scale = np.sqrt(np.einsum("spp->sp", fisher) + LEAST_INFORMATION)
    scaled = fisher / (scale[:, :, None] * scale[:, None, :])
    scaled += damping[:, None, None] * np.eye(theta.shape[1])
    step = np.linalg.solve(scaled, (score / scale)[..., None])[..., 0] / scale
    return step, np.sum(score * step, axis=1)


def _derivatives(
    chart: Chart, theta: np.ndarray, clock: Clock
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return mean and variance, (start, record), and their slopes, (start, parameter, record)."""
    width = DIFFERENCE * np.maximum(1.0, np.abs(theta))
    moved = theta[:, None, :] + width[:, None, :] * np.eye(theta.shape[1])
    width = moved.diagonal(axis1=1, axis2=2) - theta  # as it is after rounding
    mean, variance = chart.moments(theta, clock)
    mean_moved, variance_moved = chart.moments(moved, clock)
    of_mean = (mean_moved - mean[:, None]) / width[..., None]
    return mean, variance, of_mean, (variance_moved - variance[:, None]) / width[..., None]


def loss_of(moments: Moments, observed: Observed) -> Float[np.ndarray, "*lead"]:
    """Return the composite -log L per replica, (...); inf where a variance is not above 0.

    ``moments``: mean and variance at the records; ``observed``: the same of the replicas.
    """
    mean, variance = moments
    valid = np.all((variance > 0.0) & np.isfinite(variance) & np.isfinite(mean), axis=-1)
    safe = np.where(valid[..., None], variance, 1.0)
    off = observed.mean - np.where(valid[..., None], mean, 0.0)
    loss = 0.5 * np.sum(np.log(safe) + (observed.variance + off**2) / safe, axis=-1)
    return np.where(valid & np.isfinite(loss), loss, np.inf)


def curves(fitted: Fit, clock: Clock) -> Moments:
    """Return mean and variance of a fit at other times, in the units of the fits, (time,).

    ``fitted``: the fit; ``clock``: the times of the records.
    """
    return fitted.chart.moments(fitted.theta, clock)
