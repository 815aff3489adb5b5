"""The signed number A that tells the three mechanics apart, and what each replica does to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.physics.mechanics.estimators.jackknife import Replicates
from nnuniverse.physics.mechanics.verdict import closure
from nnuniverse.physics.mechanics.verdict.gaussian_model import Moments
from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample, Values
from nnuniverse.physics.mechanics.verdict.modes import ModesOf, turning, two_point
from nnuniverse.physics.mechanics.verdict.scoring import Fit, Observed, loss_of
from nnuniverse.precision import in_float64

NEWTON_STEPS = 2
"""From the fit to all replicas to that without one: the second changes A by 1e-4 of its error."""

RESOLVED = 4.0
"""Standard errors by which a D must be above 0 for anything to be measured in it."""


@in_float64
def signed_number(fitted: Fit, sample: Sample) -> Replicates:
    """Return A, q^4 / step^2, of all replicas and without each of them.

    The jackknife by replica holds although the records of a replica are dependent, and although the
    composite likelihood takes them as independent.  ``fitted``: the closure's fit to the same
    ``sample``.
    """
    modes = two_point if fitted.chart is closure.TWO_POINT else turning
    value = closure.signed(fitted.theta, modes)
    without = _without_each(
        fitted.chart.moments, modes, fitted.theta, sample.clock, _leaving_one_out(sample)
    )
    unit = sample.units.length**4 / sample.units.time**2
    return Replicates(unit * np.asarray(value), unit * np.asarray(without))


def ratio_to_diffusion(signed: Replicates, diffusion: Replicates) -> Replicates:
    """Return a = A / (4 D^2), whose error has those of A and D with their correlation."""
    return Replicates(
        signed.value / (4.0 * diffusion.value**2), signed.without / (4.0 * diffusion.without**2)
    )


def above_fokker_planck(signed: Replicates, diffusion: Replicates) -> Replicates:
    """Return A + 4 D^2, which is 0 for Fokker-Planck's equation."""
    return Replicates(
        signed.value + 4.0 * diffusion.value**2, signed.without + 4.0 * diffusion.without**2
    )


def is_resolved(diffusion: Replicates) -> bool:
    """Return whether D is above 0 by `RESOLVED` standard errors."""
    off = diffusion.without - diffusion.without.mean()
    error = np.sqrt((len(off) - 1.0) * np.mean(off**2))
    return bool(diffusion.value > RESOLVED * error)


def _leaving_one_out(sample: Sample) -> Observed:
    """Return means and variances without each replica, (replica, record)."""
    count = len(sample.positions)
    off = sample.positions - sample.mean
    variance = (count * sample.variance - off**2 * count / (count - 1.0)) / (count - 1.0)
    return Observed(sample.mean - off / (count - 1.0), variance)


@partial(jax.jit, static_argnums=(0, 1))
def _without_each(
    moments: Callable[[Values, Clock], Moments],
    modes: ModesOf,
    theta: jax.Array,
    clock: Clock,
    observed: Observed,
) -> jax.Array:
    def loss(theta: jax.Array, observed: Observed) -> jax.Array:
        return loss_of(moments(theta, clock), observed)

    def signed(observed: Observed) -> jax.Array:
        def improved(theta: jax.Array, _: None) -> tuple[jax.Array, None]:
            slope, hessian = jax.grad(loss)(theta, observed), jax.hessian(loss)(theta, observed)
            return theta - jnp.linalg.solve(hessian, slope), None

        found, _ = jax.lax.scan(improved, theta, length=NEWTON_STEPS)
        return closure.signed(found, modes)

    return jax.vmap(signed)(observed)
