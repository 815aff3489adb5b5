"""Planck's constant two ways: by the chemical potential, and by diffusion and drift of learning.

Functions of numbers or of arrays that broadcast.  A time is a step of the algorithm, unless
``step`` says otherwise; energies are in units of whatever the chemical potential is of.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.ensemble import Sampling

QUANTILES = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
"""Of the trainable variables, which each have a diffusion of their own."""

Numbers = float | Float[np.ndarray, " ..."]


def planck_from_mu(chemical_potential: Numbers, step: float = 1.0) -> Float[np.ndarray, " ..."]:
    """Return ``hbar = |mu| epsilon / 2 pi``.

    ``chemical_potential``: mu, energy per neuron, of either sign; ``step``: epsilon > 0.

    Source: 2012.05082 (3.12), imposed there, not derived (C7, C9).

    >>> from nnuniverse.physics.grand_canonical.planck import planck_from_mu
    >>> round(float(planck_from_mu(-0.5)), 6)
    0.079577
    """
    return np.asarray(np.abs(chemical_potential) * step / (2.0 * math.pi))


def diffusion_of_descent(
    variance: Numbers, rate: float, batch: int, samples: int, sampling: Sampling
) -> Float[np.ndarray, " ..."]:
    """Return ``D = eta^2 var / 2B``, half the variance that a step of plain descent adds, per step.

    Times ``(n - B)/(n - 1)`` where an epoch visits every sample once.  That is of a single step:
    the steps of such an epoch depend on each other, and in directions that relax slowly they cancel
    over the epoch.

    ``variance``: of the gradient over the n ``samples``, by each variable; ``rate``: eta;
    ``batch``: B, samples of a step; ``sampling``: independent, with replacement, or shuffled.

    Source: 2012.05082 (2.1).

    >>> found = diffusion_of_descent(2.0, rate=0.1, batch=10, samples=100, sampling="independent")
    >>> round(float(found), 6)
    0.001
    """
    finite = (samples - batch) / max(samples - 1, 1) if sampling == "shuffled" else 1.0
    return np.asarray(0.5 * rate**2 * np.asarray(variance) / batch * finite)


def planck_from_diffusion(
    diffusion: Numbers, gain: Numbers, multiplier: Numbers, step: float = 1.0
) -> Float[np.ndarray, " ..."]:
    """Return ``hbar = epsilon sqrt(4 D / (gamma lambda))``, NaN where that is not real.

    ``diffusion``: D, q^2 per time; ``gain``: gamma, coefficient of the drift, q^2 per time and
    energy; ``multiplier``: lambda, the Lagrange multiplier of the constraint (2.2), per energy:
    nothing measures it; 2 beta makes the stationary F of 2008.01540 (6.8) that of the canonical
    ensemble (B8, B9).

    ``step``: epsilon, the time of a step, in units of that of D.

    Source: 2012.05082 (2.11).

    >>> from nnuniverse.physics.grand_canonical.planck import planck_from_diffusion
    >>> float(planck_from_diffusion(diffusion=1e-4, gain=0.01, multiplier=4.0))
    0.1
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        square = 4.0 * np.asarray(diffusion) / np.asarray(gain * multiplier)
        return np.where(square >= 0.0, step * np.sqrt(square), np.nan)


def einstein_temperature(diffusion: Numbers, gain: Numbers) -> Float[np.ndarray, " ..."]:
    """Return ``T = D / gamma``, of the stationary density exp(-L/T) of (2.1), in units of energy.

    NaN where ``gain`` is 0.  Negative where it is: then nothing is stationary.

    ``diffusion``: D, q^2 per time.

    Source: 2012.05082 (2.1).

    >>> from nnuniverse.physics.grand_canonical.planck import einstein_temperature
    >>> float(einstein_temperature(diffusion=1e-4, gain=0.01))
    0.01
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.asarray(diffusion) / np.asarray(gain)
    return np.where(np.isfinite(found), found, np.nan)


def lambda_of_consistency(
    diffusion: Numbers, gain: Numbers, chemical_potential: Numbers
) -> Float[np.ndarray, " ..."]:
    """Return ``lambda* = 16 pi^2 D / (gamma mu^2)``, the lambda at which both hbar are the same.

    Per energy; NaN where gamma or mu is 0.  As lambda is a Lagrange multiplier there always is
    one: that both are the same says nothing before lambda is known otherwise.

    ``diffusion``: D, q^2 per time; ``gain``: gamma, q^2 per time and energy;
    ``chemical_potential``: mu, energy per neuron, of either sign.

    Source: 2012.05082 (2.11), (3.12), under a condition (C16).
    """
    denominator = np.asarray(gain * np.square(chemical_potential))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 16.0 * math.pi**2 * np.asarray(diffusion) / denominator
    return np.where(np.isfinite(found), found, np.nan)


def consistent_chemical_potential(temperature: Numbers) -> Float[np.ndarray, " ..."]:
    """Return ``|mu| = 2 pi sqrt(2) T``, where both hbar agree with lambda = 2 beta, D = gamma T.

    ``temperature``: T > 0, in units of the energy.

    Source: 2012.05082 (2.11), (3.12), under a condition (C16).

    >>> from nnuniverse.physics.grand_canonical.planck import consistent_chemical_potential
    >>> round(float(consistent_chemical_potential(1.0)), 6)
    8.885766
    """
    return np.asarray(2.0 * math.sqrt(2.0) * math.pi * np.asarray(temperature))


def over_weights(values: Float[np.ndarray, "*lead K"]) -> Float[np.ndarray, "*lead quantile"]:
    """Return the `QUANTILES` of ``values``, (..., K), over the trainable variables: (..., 5)."""
    return np.moveaxis(np.quantile(values, QUANTILES, axis=-1), 0, -1)
