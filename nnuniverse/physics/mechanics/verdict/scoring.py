"""The most likely parameters of a model of mean and variance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.physics.mechanics.verdict.gaussian_model import Chart, GaussianModel, Moments
from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample, Values
from nnuniverse.precision import in_float64

ITERATIONS = 200
DECREMENT = 1e-11
"""Gain that a step promises, nats per replica, at which the search ends."""


class Observed(NamedTuple):
    """Mean and variance over replicas at the records, (record,): all that the fits see."""

    mean: Values
    variance: Values


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


@in_float64
def fit(model: GaussianModel, sample: Sample, more: dict[Chart, np.ndarray] | None = None) -> Fit:
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
    starts = chart.starts(sample)
    if more and chart in more:
        starts = np.concatenate([starts, more[chart]])
    observed = Observed(sample.mean, sample.variance)
    found, losses = _climb_all(chart.moments, _padded(starts), sample.clock, observed)
    best = int(np.argmin(losses))
    theta = np.asarray(found[best])
    mean, variance = map(np.asarray, _moments(chart.moments, theta, sample.clock))
    values = chart.named(theta, sample.units)
    return Fit(name, chart, theta, values, float(losses[best]), mean, variance)


@in_float64
def curves(fitted: Fit, clock: Clock) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of a fit at other times, in the units of the fits, (time,)."""
    mean, variance = _moments(fitted.chart.moments, fitted.theta, clock)
    return np.asarray(mean), np.asarray(variance)


_moments = jax.jit(lambda moments, theta, clock: moments(theta, clock), static_argnums=0)


def _padded(starts: np.ndarray) -> np.ndarray:
    """Return a number of starts that is a multiple of 16: few shapes, few compilations."""
    return starts[np.resize(np.arange(len(starts)), -(-len(starts) // 16) * 16)]


def loss_of(moments: Moments, observed: Observed) -> jax.Array:
    """Return the composite -log L per replica; inf where a variance is not above 0."""
    mean, variance = moments
    valid = jnp.all((variance > 0.0) & jnp.isfinite(variance) & jnp.isfinite(mean))
    safe = jnp.where(valid, variance, 1.0)
    squares = observed.variance + (observed.mean - jnp.where(valid, mean, 0.0)) ** 2
    return jnp.where(valid, 0.5 * jnp.sum(jnp.log(safe) + squares / safe), jnp.inf)


class _State(NamedTuple):
    theta: jax.Array
    loss: jax.Array
    damping: jax.Array
    tried: jax.Array
    promised: jax.Array


@partial(jax.jit, static_argnums=0)
def _climb_all(
    moments: Callable[[Values, Clock], Moments],
    starts: jax.Array,
    clock: Clock,
    observed: Observed,
) -> tuple[jax.Array, jax.Array]:
    def loss(theta: jax.Array) -> jax.Array:
        return loss_of(moments(theta, clock), observed)

    def curves(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        stacked = jnp.stack(moments(theta, clock))
        return stacked, stacked

    def score_and_information(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        (of_mean, of_variance), (mean, variance) = jax.jacfwd(curves, has_aux=True)(theta)
        off = observed.mean - mean
        surplus = (observed.variance + off**2) / variance - 1.0
        score = (off / variance) @ of_mean + 0.5 * (surplus / variance) @ of_variance
        of_mean = of_mean / jnp.sqrt(variance)[:, None]
        of_variance = of_variance / variance[:, None]
        return score, of_mean.T @ of_mean + 0.5 * of_variance.T @ of_variance

    def improved(state: _State) -> _State:
        score, fisher = score_and_information(state.theta)
        scale = jnp.sqrt(jnp.diag(fisher) + 1e-12)
        damped = fisher / jnp.outer(scale, scale) + state.damping * jnp.eye(len(scale))
        step = jnp.linalg.solve(damped, score / scale) / scale
        trial = state.theta + step
        reached = loss(trial)
        better = reached < state.loss
        return _State(
            jnp.where(better, trial, state.theta),
            jnp.where(better, reached, state.loss),
            jnp.where(better, jnp.maximum(state.damping / 5.0, 1e-9), state.damping * 4.0),
            state.tried + 1,
            score @ step,
        )

    def goes_on(state: _State) -> jax.Array:
        return (
            (state.tried < ITERATIONS)
            & (state.promised > DECREMENT)
            & (state.damping < 1e10)
            & jnp.isfinite(state.loss)
        )

    def climb(start: jax.Array) -> tuple[jax.Array, jax.Array]:
        begun = _State(start, loss(start), jnp.asarray(1e-2), jnp.asarray(0), jnp.asarray(jnp.inf))
        ended = jax.lax.while_loop(goes_on, improved, begun)
        return ended.theta, jnp.where(jnp.isnan(ended.loss), jnp.inf, ended.loss)

    return jax.vmap(climb)(starts)
