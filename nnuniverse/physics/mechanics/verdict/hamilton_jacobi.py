"""Hamilton's and Jacobi's equation with a quadratic potential: a flow that is determined."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.verdict.closure import mean_of, named_motion, start_at
from nnuniverse.physics.mechanics.verdict.gaussian_model import (
    GaussianModel,
    Moments,
    columns,
)
from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample
from nnuniverse.physics.mechanics.verdict.mode_charts import mode_charts
from nnuniverse.physics.mechanics.verdict.modes import (
    ModesOf,
)


def moments(theta: Float[np.ndarray, "*lead parameter"], clock: Clock, modes: ModesOf) -> Moments:
    """Return mean ``a u + b w + d c`` and variance ``(x u + y w)^2`` of modes u, w, c.

    The closure with A = 0: every replica is as many standard deviations off the mean as before.
    ``theta``: a, b, d, log x^2, y, parameter of the modes.

    ``clock``: the times of the records.
    """
    *_, log_first, swept, parameter = columns(theta)
    found = modes(parameter, clock.time)
    width = np.exp(log_first / 2.0) * found.first + swept * found.second
    return mean_of(theta, found), width**2


def _starts_at(parameter: float, sample: Sample, modes: ModesOf) -> np.ndarray:
    *of_mean, log_first, _, log_second, _ = start_at(parameter, sample, modes)
    width = np.exp(log_second / 2.0)
    return np.array([[*of_mean, log_first, s * width, parameter] for s in (1.0, -1.0)])


TWO_POINT, TURNING = mode_charts(moments, _starts_at, named_motion)
HAMILTON_JACOBI = GaussianModel("hamilton_jacobi", (TWO_POINT, TURNING))
