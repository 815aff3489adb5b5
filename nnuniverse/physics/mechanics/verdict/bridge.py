"""Noise that cancels over an epoch: descent whose batches are drawn without replacement."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.verdict import fokker_planck
from nnuniverse.physics.mechanics.verdict.gaussian_model import (
    Chart,
    GaussianModel,
    Moments,
    columns,
    mean_coefficients,
    variance_coefficients,
)
from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample, Units

RATES = np.array([0.05, 0.2, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0, 40.0])
"""Rates at which the search begins, one over the time of the last record."""


def moments(theta: Float[np.ndarray, "*lead parameter"], clock: Clock) -> Moments:
    """Return mean and variance of x' = f x + xi, whose noise sums to about 0 over an epoch.

    ``Cov(xi_s, xi_t) = 2 D (delta_st - 1/P) P / (P - 1)`` within an epoch of P steps, 0 between
    epochs, f = exp(-k).  r steps into one the noise has added ``B(r) = 2 D P / (P - 1)
    ((1 - f^2r) / (1 - f^2) - ((1 - f^r) / (1 - f))^2 / P)``; at the end of n epochs the variance is
    ``f^(2 P n) s0^2 + B(P) (1 - f^(2 P n)) / (1 - f^(2 P))``.
    ``theta``: q0, m0, log k, log s0^2, log D; m0 and s0 at the begin of the first epoch.

    ``clock``: the times of the records.
    """
    centre, start, log_rate, log_width, log_diffusion = columns(theta)
    decay = np.exp(-np.exp(log_rate) * (clock.time + clock.begun))
    old, added = _variances(log_rate, clock)
    variance = np.exp(log_width) * old + np.exp(log_diffusion) * added
    return centre + (start - centre) * decay, variance


def _variances(log_rate: np.ndarray, clock: Clock) -> tuple[np.ndarray, np.ndarray]:
    """Return what is left of the variance of the start, and that of the noise, both of unit size.

    (record,); D counts in units of time, of which a step is ``clock.step``.
    """
    rate = np.exp(log_rate)
    steps = clock.period / clock.step
    taken = clock.time + clock.begun
    epochs = np.floor((taken + 0.5 * clock.step) / clock.period)
    within = taken - epochs * clock.period

    def lost(time: np.ndarray) -> np.ndarray:
        return -np.expm1(-rate * time)

    def bulge(time: np.ndarray) -> np.ndarray:
        free = lost(2.0 * time) / lost(2.0 * clock.step)
        return free - (lost(time) / lost(clock.step)) ** 2 / steps

    ends = lost(2.0 * epochs * clock.period) / lost(2.0 * clock.period)
    noise = bulge(within) + np.exp(-2.0 * rate * within) * ends * bulge(clock.period)
    scale = 2.0 * clock.step * steps / (steps - 1.0)
    return np.exp(-2.0 * rate * taken), scale * noise


def starts(sample: Sample) -> Float[np.ndarray, "start 5"]:
    """Return the best centre, start, width and diffusion at each of `RATES`, (start, 5).

    ``sample``: the replicas of one coordinate, in the units of the fits.
    """
    return np.stack([_start(rate, sample) for rate in RATES])


def _start(rate: float, sample: Sample) -> np.ndarray:
    decay = np.exp(-rate * (sample.clock.time + sample.clock.begun))
    centre, start = mean_coefficients(np.stack([1.0 - decay, decay], axis=1), sample)
    basis = np.stack([np.asarray(part) for part in _variances(np.log(rate), sample.clock)], axis=1)
    square, diffusion = variance_coefficients(basis, sample)
    least = 1e-6 * sample.variance.min()
    log_square, log_diffusion = np.log(square + least), np.log(diffusion + least)
    return np.array([centre, start, np.log(rate), log_square, log_diffusion])


def named(theta: Float[np.ndarray, " parameter"], units: Units) -> Mapping[str, float]:
    """Return the parameters in q and steps, of which the rate is a logarithm here.

    ``theta``: the parameters of the model, (parameter,), in the units of the fits; ``units``:
    what the fits count in.
    """
    centre, start, log_rate, *widths = theta
    return fokker_planck.named(np.array([centre, start, np.exp(log_rate), *widths]), units)


BRIDGE = GaussianModel("bridge", (Chart(moments, starts, named),))
