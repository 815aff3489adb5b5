"""Schroedinger's equation with a quadratic potential: a Gaussian packet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.verdict.closure import mean_of, named_motion, start_at
from nnuniverse.physics.mechanics.verdict.gaussian_model import (
    GaussianModel,
    Moments,
    columns,
)
from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample, Units
from nnuniverse.physics.mechanics.verdict.mode_charts import mode_charts
from nnuniverse.physics.mechanics.verdict.modes import (
    ModesOf,
)

LEANINGS = (0.95, 0.0, -0.95)
"""Shares of the second mode's width, by sign, that go with the first's: where searches begin."""


def moments(theta: Float[np.ndarray, "*lead parameter"], clock: Clock, modes: ModesOf) -> Moments:
    """Return mean ``a u + b w + d c`` and variance ``(x u + y w)^2 + z^2 w^2`` of modes u, w, c.

    They are those of the closure with A = 4 x^2 z^2 (u w' - u' w)^2 >= 0, and of a classical
    particle without friction or noise whose velocities at one place differ by z w'(0).
    ``theta``: a, b, d, log x^2, y, z, parameter of the modes.

    ``clock``: the times of the records.
    """
    *_, log_first, swept, blurred, parameter = columns(theta)
    found = modes(parameter, clock.time)
    width = np.exp(log_first / 2.0) * found.first + swept * found.second
    return mean_of(theta, found), width**2 + (blurred * found.second) ** 2


def _starts_at(parameter: float, sample: Sample, modes: ModesOf) -> np.ndarray:
    *of_mean, log_first, _, log_second, _ = start_at(parameter, sample, modes)
    width = np.exp(log_second / 2.0)
    return np.array(
        [[*of_mean, log_first, s * width, np.sqrt(1.0 - s**2) * width, parameter] for s in LEANINGS]
    )


def named(
    theta: Float[np.ndarray, " parameter"], units: Units, modes: ModesOf
) -> Mapping[str, float]:
    """Return the parameters in q and steps; ``hbar``: hbar / m = sqrt(A).

    ``theta``: the parameters of the model, (parameter,), in the units of the fits; ``units``:
    what the fits count in; ``modes``: the modes u, w and c at the records, by their parameter.
    """
    wronskian = float(modes(theta[6:], np.zeros(1)).wronskian[0])
    hbar = 2.0 * np.exp(theta[3] / 2.0) * abs(theta[5]) * wronskian
    motion = named_motion(theta, units, modes)
    return {**motion, "hbar": units.length**2 / units.time * float(hbar)}


TWO_POINT, TURNING = mode_charts(moments, _starts_at, named)
SCHROEDINGER = GaussianModel("schroedinger", (TWO_POINT, TURNING))
