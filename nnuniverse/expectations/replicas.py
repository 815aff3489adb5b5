"""The mean of an expression over the replicas, and how well it is known."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from nnuniverse.series import REPLICA

CONFIDENCE = 0.95
"""Coverage of every interval."""


def mean(values: xr.DataArray) -> xr.DataArray:
    """Return the mean over the replicas, NaN where one is missing."""
    return values.mean(REPLICA, skipna=False) if REPLICA in values.dims else values


def half_width(values: xr.DataArray) -> xr.DataArray:
    """Return half of Student's t interval of the mean over the replicas, NaN of a single one.

    ``t_{n-1}(0.975) s / sqrt(n)`` with the standard deviation s of the n replicas.
    """
    count = values.sizes.get(REPLICA, 1)
    if count < 2:
        return xr.full_like(mean(values), np.nan)
    quantile = stdtrit(count - 1, 0.5 + CONFIDENCE / 2.0)
    half: xr.DataArray = quantile * values.std(REPLICA, ddof=1) / np.sqrt(count)
    return half
