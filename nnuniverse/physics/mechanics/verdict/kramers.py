"""Kramers' equation in a quadratic potential: Langevin's particle with a velocity of its own."""

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
from nnuniverse.physics.mechanics.verdict.oscillation import cosine_and_sine

RATES = np.array([0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0])
FRICTIONS = np.array([0.01, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1e4])
"""Rates k = w2 / g and frictions g at which the search begins, in 1 / T."""


def moments(theta: Float[np.ndarray, "*lead parameter"], clock: Clock) -> Moments:
    """Return mean and variance of q'' = -g q' - w2 (q - q0) + noise, w2 > 0.

    With the propagator P(t) of (q, v), its variance V at rest and its covariance K at the start:
    ``m = q0 + P_qq (m0 - q0) + P_qv v0``,
    ``v = P_qq^2 K_qq + 2 P_qq P_qv K_qv + P_qv^2 K_vv + V (1 - P_qq^2 - w2 P_qv^2)``.
    ``theta``: q0, m0, v0, log a, b, c of K = L L^T with L = [[a, 0], [b, c]], log k = log w2 / g,
    log g, log V.  For g to infinity it is Fokker-Planck's equation with rate k.

    ``clock``: the times of the records.
    """
    centre, start, velocity, log_a, b, c, log_rate, log_friction, log_rest = columns(theta)
    in_q, in_v, square = _propagator(log_rate, log_friction, clock.time)
    mean = centre + in_q * (start - centre) + in_v * velocity
    with np.errstate(over="ignore", invalid="ignore"):  # a search may try anything
        begun = (in_q * np.exp(log_a) + in_v * b) ** 2 + (in_v * c) ** 2
        added = np.exp(log_rest) * (1.0 - in_q**2 - square * in_v**2)
        return mean, begun + added


def _propagator(
    log_rate: np.ndarray, log_friction: np.ndarray, time: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return P_qq and P_qv, (record,), and w2."""
    friction = np.exp(log_friction)
    square = np.exp(log_rate + log_friction)
    cosine, sine = cosine_and_sine(square - friction**2 / 4.0, time, friction / 2.0)
    return cosine + friction / 2.0 * sine, sine, square


def starts(sample: Sample) -> Float[np.ndarray, "start 9"]:
    """Return the best of the other parameters at each pair of rate and friction, (start, 9).

    ``sample``: the replicas of one coordinate, in the units of the fits.
    """
    return np.stack([_start(k, g, sample) for k in RATES for g in FRICTIONS])


def _start(rate: float, friction: float, sample: Sample) -> np.ndarray:
    log_k, log_g = np.log(rate), np.log(friction)
    in_q, in_v, square = (np.asarray(x) for x in _propagator(log_k, log_g, sample.clock.time))
    centre, start, velocity = mean_coefficients(np.stack([1 - in_q, in_q, in_v], axis=1), sample)
    at_rest = 1.0 - in_q**2 - square * in_v**2
    basis = np.stack([in_q**2, in_v**2, at_rest], axis=1)
    of_q, of_v, rest = variance_coefficients(basis, sample)
    least = 1e-6 * sample.variance.min()
    shape = [0.5 * np.log(of_q + least), 0.0, np.sqrt(of_v + least)]
    return np.array([centre, start, velocity, *shape, log_k, log_g, np.log(rest + least)])


def named(theta: Float[np.ndarray, " parameter"], units: Units) -> Mapping[str, float]:
    """Return the parameters in q and steps; ``diffusion``: V k, of long times.

    ``theta``: the parameters of the model, (parameter,), in the units of the fits; ``units``:
    what the fits count in.
    """
    centre, start, velocity, log_a, b, c, log_k, log_g, log_rest = map(float, theta)
    speed = units.length / units.time
    return {
        "centre": units.origin + units.length * centre,
        "start": units.origin + units.length * start,
        "start_velocity": speed * velocity,
        "start_variance": units.length**2 * np.exp(2.0 * log_a),
        "start_covariance": units.length * speed * np.exp(log_a) * b,
        "start_velocity_variance": speed**2 * (b**2 + c**2),
        "rate": np.exp(log_k) / units.time,
        "friction": np.exp(log_g) / units.time,
        "diffusion": units.length**2 * np.exp(log_rest + log_k) / units.time,
    }


KRAMERS = GaussianModel("kramers", (Chart(moments, starts, named),))
