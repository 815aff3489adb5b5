"""The charts of a model whose moments are made of two modes: real ones, and ones that turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.verdict.gaussian_model import Chart, Moments
from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample, Units
from nnuniverse.physics.mechanics.verdict.modes import (
    ModesOf,
    parameters_to_try,
    turning,
    two_point,
)

MomentsByModes = Callable[[Float[np.ndarray, "*lead parameter"], Clock, ModesOf], Moments]
StartsByModes = Callable[[float, Sample, ModesOf], Float[np.ndarray, " parameter"]]
NamedByModes = Callable[[Float[np.ndarray, " parameter"], Units, ModesOf], Mapping[str, float]]


def mode_charts(
    moments: MomentsByModes, starts_at: StartsByModes, named: NamedByModes
) -> tuple[Chart, Chart]:
    """Return the chart of two-point modes, and that of turning ones.

    ``moments``, ``named``: as of a `Chart`, of given modes; ``starts_at``: where to begin to look
    with modes of one parameter, (start, parameter) or a single one.
    """

    def chart(modes: ModesOf) -> Chart:
        return Chart(
            lambda theta, clock: moments(theta, clock, modes),
            partial(_starts, starts_at, modes),
            lambda theta, units: named(theta, units, modes),
        )

    return chart(two_point), chart(turning)


def _starts(starts_at: StartsByModes, modes: ModesOf, sample: Sample) -> np.ndarray:
    """Return starts for each mode tried, (start, parameter)."""
    tried = parameters_to_try(modes, len(sample.clock.time))
    return np.concatenate([np.atleast_2d(starts_at(one, sample, modes)) for one in tried])
