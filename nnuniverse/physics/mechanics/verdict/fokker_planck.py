"""Fokker-Planck's equation with a quadratic potential: the Ornstein-Uhlenbeck process."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.verdict.gaussian_model import (
    Chart,
    GaussianModel,
    Moments,
    columns,
    mean_coefficients,
    variance_coefficients,
)
from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample, Units

RATES = np.array([-1.0, 0.1, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0, 40.0])
"""Rates at which the search begins, one over the time of the last record."""


def moments(theta: Float[np.ndarray, "*lead parameter"], clock: Clock) -> Moments:
    """Return mean and variance of dp/dt = d(p k (q - q0))/dq + D d^2p/dq^2.

    ``m = q0 + (m0 - q0) exp(-k t)``, ``v = s0^2 exp(-2 k t) + D (1 - exp(-2 k t)) / k``.
    ``theta``: q0, m0, k, log s0^2, log D.

    ``clock``: the times of the records.
    """
    centre, start, rate, log_width, log_diffusion = columns(theta)
    time = clock.time
    mean = start + (centre - start) * _risen(rate, time) * rate
    grown = 2.0 * _risen(2.0 * rate, time)
    variance = np.exp(log_width - 2.0 * rate * time) + np.exp(log_diffusion) * grown
    return mean, variance


def _risen(rate: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Return (1 - exp(-k t)) / k, which is t at k = 0."""
    nearly = np.abs(rate) < 1e-6
    safe = np.where(nearly, 1.0, rate)
    return np.where(nearly, time - rate * time**2 / 2.0, -np.expm1(-safe * time) / safe)


def starts(sample: Sample) -> Float[np.ndarray, "start 5"]:
    """Return the best centre, start, width and diffusion at each of `RATES`, (start, 5).

    ``sample``: the replicas of one coordinate, in the units of the fits.
    """
    return np.stack([_start(rate, sample) for rate in RATES])


def _start(rate: float, sample: Sample) -> np.ndarray:
    decay = np.exp(-rate * sample.clock.time)
    centre, start = mean_coefficients(np.stack([1.0 - decay, decay], axis=1), sample)
    grown = (1.0 - decay**2) / rate
    square, diffusion = variance_coefficients(np.stack([decay**2, grown], axis=1), sample)
    least = 1e-6 * sample.variance.min()
    return np.array([centre, start, rate, np.log(square + least), np.log(diffusion + least)])


def named(theta: Float[np.ndarray, " parameter"], units: Units) -> Mapping[str, float]:
    """Return the parameters in q and steps.

    ``theta``: the parameters of the model, (parameter,), in the units of the fits; ``units``:
    what the fits count in.
    """
    centre, start, rate, log_width, log_diffusion = map(float, theta)
    return {
        "centre": units.origin + units.length * centre,
        "start": units.origin + units.length * start,
        "start_variance": units.length**2 * np.exp(log_width),
        "rate": rate / units.time,
        "diffusion": units.length**2 * np.exp(log_diffusion) / units.time,
    }


FOKKER_PLANCK = GaussianModel("fokker_planck", (Chart(moments, starts, named),))
