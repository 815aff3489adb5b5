"""The edge of stability: the largest learning rate at which descent does not run away."""

from __future__ import annotations

import math

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.ensemble import StochasticDescent

NO_THRESHOLD = (
    "no linear theory, and no edge of stability, of Nesterov momentum and adaptive optimisers: "
    "nothing is predicted of the coordinates"
)
"""What is said of the optimisers without one."""


def edge_of_stability(descent: StochasticDescent) -> float:
    """Return the largest eta h at which a direction of curvature h is stable.

    2 of plain descent, ``2 (1 + beta)`` of the heavy ball with momentum beta: where a root of
    ``z^2 - (1 + beta - eta h) z + beta`` leaves the unit circle.  NaN where no linear theory holds,
    see `NO_THRESHOLD`.
    """
    return 2.0 * (1.0 + descent.momentum) if descent.is_linear else math.nan


def check_stability(largest: float, descent: StochasticDescent) -> None:
    """Raise `ConfigError` if descent is unstable along the ``largest`` curvature h of the loss.

    An unstable rate pins the net on the stiffest direction, and what is measured there is no
    mechanics.  Never raises where no linear theory holds.
    """
    edge = edge_of_stability(descent)
    step = descent.rate * largest
    if not step > edge:
        return
    raise ConfigError(
        "`train.learning_rate`",
        f"keep eta h at or below {edge:g} along the stiffest direction",
        f"h = {largest:.4g} makes it {step:.4g}",
        f"train.learning_rate={_rounded_down(edge / largest):g}",
    )


def _rounded_down(number: float) -> float:
    """Return ``number`` > 0 with two digits, no larger than it is."""
    unit = 10.0 ** (math.floor(math.log10(number)) - 1)
    return math.floor(number / unit) * unit
