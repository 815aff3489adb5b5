"""The signed number A that tells the three mechanics apart, and its error."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.physics.mechanics.verdict import closure
from nnuniverse.physics.mechanics.verdict.gaussian_model import Moments
from nnuniverse.physics.mechanics.verdict.influence import InfluencedEstimate
from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample, Values
from nnuniverse.physics.mechanics.verdict.modes import ModesOf, turning, two_point
from nnuniverse.physics.mechanics.verdict.scoring import Fit, Observed, loss_of
from nnuniverse.precision import in_float64


@in_float64
def signed_number(fitted: Fit, sample: Sample) -> InfluencedEstimate:
    """Return A, q^4 / step^2, with the influence of each replica.

    ``psi_r = -(dA/dtheta) H^-1 s_r`` with the Hessian H of the composite -log L per replica and
    each replica's score s_r: the sandwich by the delta method, which holds although records of one
    replica are dependent.  ``fitted``: the closure's fit to the same ``sample``.
    """
    modes = two_point if fitted.chart is closure.TWO_POINT else turning
    value, influence = _signed_and_influence(
        fitted.chart.moments, modes, fitted.theta, sample.clock, sample.positions
    )
    unit = sample.units.length**4 / sample.units.time**2
    return InfluencedEstimate(unit * float(value), unit * np.asarray(influence))


@partial(jax.jit, static_argnums=(0, 1))
def _signed_and_influence(
    moments: Callable[[Values, Clock], Moments],
    modes: ModesOf,
    theta: jax.Array,
    clock: Clock,
    positions: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    observed = Observed(positions.mean(axis=0), positions.var(axis=0))
    hessian = jax.hessian(lambda theta: loss_of(moments(theta, clock), observed))(theta)
    (mean, variance), (of_mean, of_variance) = (
        moments(theta, clock),
        jax.jacfwd(lambda theta: moments(theta, clock))(theta),
    )
    off = positions - mean
    surplus = off**2 / variance - 1.0
    scores = (off / variance) @ of_mean + 0.5 * (surplus / variance) @ of_variance
    value, slope = jax.value_and_grad(closure.signed)(theta, modes)
    return value, scores @ jnp.linalg.solve(hessian, slope)
