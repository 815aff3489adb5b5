"""The ratio a over the coordinates of an ensemble, as one number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnuniverse.analysis.mechanics.mechanics_names import AT
from nnuniverse.intervals import Estimate, students_t


class PooledRatio(NamedTuple):
    """The weighted mean of a over coordinates.

    ``kind``: the diffusion that a is of; ``coordinates``: how many it is over; ``estimate``: with
    its interval; ``chi2``: sum of ((a - value) / error)^2 about -1, 0 and +1, by the value.
    """

    kind: str
    coordinates: int
    estimate: Estimate
    chi2: dict[int, float]


def pooled_ratio(kind: str, ratio: Estimate) -> PooledRatio | None:
    """Return the mean of a = A / 4 D^2 over coordinates, weighted by 1 / error^2; None of none.

    The error of a coordinate is half of its interval over the normal quantile.  The interval of
    the mean is that of independent coordinates; those of one ensemble share its replicas, so that
    it is indicative.

    ``kind``: the diffusion that a is of; ``ratio``: a, (coordinate,), NaN where there is none.
    """
    reach = float(students_t(np.inf))
    error = (ratio.high - ratio.low) / (2.0 * reach)
    there = np.isfinite(ratio.value) & np.isfinite(error) & (error > 0.0)
    if not there.any():
        return None
    value, weight = ratio.value[there], error[there] ** -2
    mean, half = np.average(value, weights=weight), reach * weight.sum() ** -0.5
    return PooledRatio(
        kind,
        int(there.sum()),
        Estimate(mean, mean - half, mean + half),
        {at: float((weight * (value - at) ** 2).sum()) for at in AT},
    )
