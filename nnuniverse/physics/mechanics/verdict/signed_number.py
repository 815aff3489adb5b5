"""The signed number A that tells the three mechanics apart, and what each replica does to it."""

from __future__ import annotations

import numpy as np

from nnuniverse.physics.mechanics.estimators.jackknife import Replicates
from nnuniverse.physics.mechanics.verdict import closure
from nnuniverse.physics.mechanics.verdict.marginals import Sample
from nnuniverse.physics.mechanics.verdict.modes import turning, two_point
from nnuniverse.physics.mechanics.verdict.scoring import Fit, Observed, climb

STEPS = 15
"""From the fit to all replicas to that without one: a handful suffices where A is determined."""

RESOLVED = 4.0
"""Standard errors by which a D must be above 0 for anything to be measured in it."""


def signed_number(fitted: Fit, sample: Sample) -> Replicates:
    """Return A, q^4 / step^2, of all replicas and without each of them.

    The jackknife by replica holds although the records of a replica are dependent, and although the
    composite likelihood takes them as independent.  ``fitted``: the closure's fit to the same
    ``sample``.
    """
    modes = two_point if fitted.chart is closure.TWO_POINT else turning
    starts = np.tile(fitted.theta, (len(sample.positions), 1))
    without, _ = climb(fitted.chart, starts, sample.clock, _leaving_one_out(sample), STEPS)
    unit = sample.units.length**4 / sample.units.time**2
    value = closure.signed(fitted.theta, modes)
    return Replicates(unit * value, unit * closure.signed(without, modes))


def ratio_to_diffusion(signed: Replicates, diffusion: Replicates) -> Replicates:
    """Return a = A / (4 D^2), whose error has those of A and D with their correlation.

    ``signed``: A and its resampled values, units of q^4 per step^2; ``diffusion``: D and its
    resampled values, units of q^2 per step.
    """
    return Replicates(
        signed.value / (4.0 * diffusion.value**2), signed.without / (4.0 * diffusion.without**2)
    )


def above_fokker_planck(signed: Replicates, diffusion: Replicates) -> Replicates:
    """Return A + 4 D^2, which is 0 for Fokker-Planck's equation.

    ``signed``: A and its resampled values, units of q^4 per step^2; ``diffusion``: D and its
    resampled values, units of q^2 per step.
    """
    return Replicates(
        signed.value + 4.0 * diffusion.value**2, signed.without + 4.0 * diffusion.without**2
    )


def below_nelson(signed: Replicates, diffusion: Replicates) -> Replicates:
    """Return A - 4 D^2, which is 0 for Nelson's mechanics, hbar = 2 m D.

    ``signed``: A and its resampled values, units of q^4 per step^2; ``diffusion``: D and its
    resampled values, units of q^2 per step.
    """
    return Replicates(
        signed.value - 4.0 * diffusion.value**2, signed.without - 4.0 * diffusion.without**2
    )


def is_resolved(diffusion: Replicates) -> bool:
    """Return whether D is above 0 by `RESOLVED` standard errors.

    ``diffusion``: D and its resampled values, units of q^2 per step.
    """
    off = diffusion.without - diffusion.without.mean()
    error = np.sqrt((len(off) - 1.0) * np.mean(off**2))
    return bool(diffusion.value > RESOLVED * error)


def _leaving_one_out(sample: Sample) -> Observed:
    """Return means and variances without each replica, (replica, record)."""
    count = len(sample.positions)
    off = sample.positions - sample.mean
    variance = (count * sample.variance - off**2 * count / (count - 1.0)) / (count - 1.0)
    return Observed(sample.mean - off / (count - 1.0), variance)
