"""The family of all three mechanics in a quadratic potential, with a free number A.

``dp/dt + d(p v)/dq = 0`` and ``dS/dt + v^2/2 + W - (A/2) (d^2 sqrt(p)/dq^2) / sqrt(p) = 0``,
v = dS/dq: A = (hbar/m)^2 is Schroedinger's equation, A = 0 Hamilton's and Jacobi's with the
equation of continuity, A = -4 D^2 Fokker's and Planck's.  With W = w2 (q - q0)^2 / 2 a Gaussian
stays one; its mean obeys ``m'' = -w2 (m - q0)``, and its variance has the invariant of Ermakov
``A / 4 = v v'' / 2 - v'^2 / 4 + w2 v^2``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.verdict.gaussian_model import (
    GaussianModel,
    Moments,
    columns,
    mean_coefficients,
    variance_coefficients,
)
from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample, Units
from nnuniverse.physics.mechanics.verdict.mode_charts import mode_charts
from nnuniverse.physics.mechanics.verdict.modes import (
    Modes,
    ModesOf,
)


def moments(theta: Float[np.ndarray, "*lead parameter"], clock: Clock, modes: ModesOf) -> Moments:
    """Return mean ``a u + b w + d c`` and variance ``B u^2 + G w^2 + 2 K f u w`` of modes u, w, c.

    ``theta``: a, b, d, log B, K, log G, parameter of the modes; f: their ``product``.

    ``clock``: the times of the records.
    """
    *_, log_first, mixed, log_second, parameter = columns(theta)
    found = modes(parameter, clock.time)
    ends = np.exp(log_first) * found.first**2 + np.exp(log_second) * found.second**2
    crossed = 2.0 * mixed * found.product * found.first * found.second
    return mean_of(theta, found), ends + crossed


def mean_of(
    theta: Float[np.ndarray, "*lead parameter"], modes: Modes
) -> Float[np.ndarray, "*lead record"]:
    """Return the mean, whose coefficients are the first three parameters, (..., record).

    ``theta``: the parameters of the model, (..., parameter), in the units of the fits; ``modes``:
    the modes u, w and c at the records.
    """
    first, second, driven = columns(theta[..., :3])
    return first * modes.first + second * modes.second + driven * modes.driven


def signed(
    theta: Float[np.ndarray, "*lead parameter"], modes: ModesOf
) -> Float[np.ndarray, "*lead"]:
    """Return A = 4 (B G - (K f)^2) (u w' - u' w)^2, (...), in the units of the fits.

    ``theta``: the parameters of the model, (..., parameter), in the units of the fits; ``modes``:
    the modes u, w and c at the records, by their parameter.
    """
    *_, log_first, mixed, log_second, parameter = columns(theta)
    found = modes(parameter, np.zeros(1))
    crossed = mixed * found.product * found.wronskian
    number = 4.0 * (np.exp(log_first + log_second) * found.wronskian**2 - crossed**2)
    return number[..., 0]


def start_at(parameter: float, sample: Sample, modes: ModesOf) -> Float[np.ndarray, " 7"]:
    """Return the best of the other parameters for one mode, (7,).

    ``parameter``: of the modes; ``sample``: the replicas of one coordinate, in the units of the
    fits; ``modes``: the modes u, w and c at the records, by their parameter.
    """
    found = modes(np.array([parameter]), sample.clock.time)
    of_mean = mean_coefficients(np.stack([*found[:3]], axis=1), sample)
    crossed = 2.0 * found.product * found.first * found.second
    basis = np.stack([found.first**2, crossed, found.second**2], axis=1)
    first, mixed, second = np.linalg.lstsq(
        basis / sample.variance[:, None], np.ones(len(basis)), rcond=None
    )[0]
    if min(first, second, np.min(basis @ (first, mixed, second))) <= 0.0:
        first, mixed, second = variance_coefficients(basis, sample)
    least = 1e-6 * sample.variance.min()
    return np.array([*of_mean, np.log(first + least), mixed, np.log(second + least), parameter])


def named(
    theta: Float[np.ndarray, " parameter"], units: Units, modes: ModesOf
) -> Mapping[str, float]:
    """Return the parameters in q and steps.

    ``theta``: the parameters of the model, (parameter,), in the units of the fits; ``units``:
    what the fits count in; ``modes``: the modes u, w and c at the records, by their parameter.
    """
    return {
        **named_motion(theta, units, modes),
        "signed": units.length**4 / units.time**2 * float(signed(theta, modes)),
    }


def named_motion(
    theta: Float[np.ndarray, " parameter"], units: Units, modes: ModesOf
) -> dict[str, float]:
    """Return stiffness w2, centre, mean and variance at the start, in q and steps.

    The first four parameters are a, b, d and log B, the last that of the modes.

    ``theta``: the parameters of the model, (parameter,), in the units of the fits; ``units``:
    what the fits count in.
    """
    found = modes(theta[-1:], np.zeros(1))
    square, force = float(found.square[0]), float(theta[2] * found.force[0])
    start = float(mean_of(theta, found)[0])
    return {
        "centre": units.origin + units.length * force / square if square else np.nan,
        "start": units.origin + units.length * start,
        "start_variance": units.length**2 * float(np.exp(theta[3])),
        "stiffness": square / units.time**2,
    }


TWO_POINT, TURNING = mode_charts(moments, start_at, named)
CLOSURE = GaussianModel("closure", (TWO_POINT, TURNING))
