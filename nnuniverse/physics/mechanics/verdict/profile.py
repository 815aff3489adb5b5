"""The interval of the signed number A by its profile likelihood."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from nnuniverse.intervals import Estimate, students_t
from nnuniverse.physics.mechanics.estimators.jackknife import Replicates
from nnuniverse.physics.mechanics.verdict import closure
from nnuniverse.physics.mechanics.verdict.gaussian_model import Moments
from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample
from nnuniverse.physics.mechanics.verdict.modes import ModesOf, turning, two_point
from nnuniverse.physics.mechanics.verdict.scoring import Fit, Observed, climb

OFFSETS = np.concatenate([[0.1, 0.25, 0.5, 0.75], np.geomspace(1.0, 64.0, 19)])
"""Standard errors off the estimate at which the profile is taken, to both sides."""

LOCAL = 2
"""Of these, the ones that tell the curvature at the estimate."""

STEPS = 40

NUMBER = 4
"""Which of the closure's parameters makes way for A."""

WIDER = 1.05
"""By how much the product of the variances at both ends begins above the least for an A > 0."""


def profile_interval(fitted: Fit, sample: Sample, signed: Replicates) -> Estimate:
    """Return A, q^4 / step^2, with the values that the data do not contradict.

    ``2 M (l(A) - l) s^2 / s_jack^2 <= t^2`` with the composite -log L per replica at its least, l,
    and at its least for a given A; s^2 is the variance that its curvature at the estimate stands
    for, s_jack^2 that of the jackknife: records of a replica are no independent data.  Where A
    bends over the data's error, as it does for a packet that starts narrow, the profile bends with
    it, and the estimate with so many standard errors does not.

    ``fitted``: the closure's fit to the ``sample``; ``signed``: `signed_number` of it.
    """
    modes = two_point if fitted.chart is closure.TWO_POINT else turning
    unit = sample.units.length**4 / sample.units.time**2
    value, count = float(signed.value), len(sample.positions)
    off = signed.without - signed.without.mean()
    error = float(np.sqrt((count - 1.0) * np.mean(off**2)))
    if not (np.isfinite(error) and error > 0.0):
        return signed.estimate
    roots = []
    for side in (-1.0, 1.0):
        numbers = (value + side * error * OFFSETS) / unit
        roots.append(np.sqrt(np.maximum(_losses(numbers, fitted, sample, modes), 0.0)))
    slope = float(np.mean([found[:LOCAL] / OFFSETS[:LOCAL] for found in roots]))
    reach = slope * float(students_t(count - 1.0))
    low, high = (error * _crossing(found, reach) for found in roots)
    return Estimate(signed.value, np.asarray(value - low), np.asarray(value + high))


def with_its_shape(found: Replicates, signed: Replicates, profile: Estimate) -> Estimate:
    """Return the interval of a number that A makes, as lopsided as ``profile``, that of A.

    ``found``: it, whose jackknife has the errors of all that it is made of; ``signed``: A.
    """
    of_signed = float(signed.estimate.high - signed.value)
    half = float(found.estimate.high - found.value)
    down, up = profile.value - profile.low, profile.high - profile.value
    scale = half / of_signed if of_signed > 0.0 else np.nan
    return Estimate(found.value, found.value - scale * down, found.value + scale * up)


def _crossing(roots: np.ndarray, root: float) -> float:
    """Return the offset at which the root of the profile, which rises with it, reaches ``root``."""
    risen = np.maximum.accumulate(np.concatenate([[0.0], roots]))
    beyond = np.flatnonzero(risen >= root)
    if not len(beyond):
        return np.inf
    k = int(beyond[0])
    offsets = np.concatenate([[0.0], OFFSETS])
    if not np.isfinite(risen[k]):
        return float(offsets[k])
    share = (root - risen[k - 1]) / (risen[k] - risen[k - 1])
    return float(offsets[k - 1] + share * (offsets[k] - offsets[k - 1]))


def _losses(numbers: np.ndarray, fitted: Fit, sample: Sample, modes: ModesOf) -> np.ndarray:
    """Return by how much -log L per replica is above its least at given A, (number,)."""
    observed = Observed(sample.mean, sample.variance)
    starts = np.tile(fitted.theta, (len(numbers), 1))
    starts[:, NUMBER] = numbers
    wronskian = modes(fitted.theta[-1:], np.zeros(1)).wronskian[0]
    least = np.log(np.maximum(WIDER * numbers / (4.0 * wronskian**2), np.finfo(float).tiny))
    starts[:, 3] += np.maximum(least - fitted.theta[3] - fitted.theta[5], 0.0)
    found = []
    for sign in (-1.0, 1.0):
        chart = replace(fitted.chart, moments=partial(_moments, sign=sign, modes=modes))
        _, losses = climb(chart, starts, sample.clock, observed, STEPS, held=NUMBER)
        found.append(losses)
    return np.asarray(np.min(found, axis=0) - fitted.loss)


def _moments(theta: np.ndarray, clock: Clock, sign: float, modes: ModesOf) -> Moments:
    """Return the closure's moments with A in place of K, which is one of two roots."""
    number, parameter = theta[..., NUMBER], theta[..., -1:]
    found = modes(parameter, np.zeros(1))
    wronskian, product = found.wronskian[..., 0], found.product[..., 0]
    square = np.exp(theta[..., 3] + theta[..., 5]) - number / (4.0 * wronskian**2)
    inside = theta.copy()
    inside[..., NUMBER] = sign * np.sqrt(square) / product
    return closure.moments(inside, clock, modes)
