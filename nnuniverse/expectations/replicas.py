"""The mean of an expression over the replicas, and how well it is known."""

from __future__ import annotations

import numpy as np
import xarray as xr

from nnuniverse.expectations.expressions import (
    Applied,
    Binary,
    Expression,
    Number,
    Quantity,
    Selected,
)
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.supports import Support, support_of
from nnuniverse.sweep_dataset import REPLICA


def mean(values: xr.DataArray) -> xr.DataArray:
    """Return the mean over the replicas, NaN where one is missing.

    ``values``: with a dimension `replica`.
    """
    return values.mean(REPLICA, skipna=False) if REPLICA in values.dims else values


def interval(values: xr.DataArray, support: Support) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the ends of the interval of the mean over the replicas, NaN of a single one.

    ``support``: of the expression that has these ``values``.
    """
    means = mean(values)
    if REPLICA not in values.dims:
        return xr.full_like(means, np.nan), xr.full_like(means, np.nan)
    estimate = mean_over_replicas(values.transpose(REPLICA, ...).values, support)
    low, high = (means.copy(data=end).where(means.notnull()) for end in estimate[1:])
    return low, high


def support_of_expression(expression: Expression) -> Support:
    """Return which values ``expression`` can have, as far as its form tells."""
    match expression:
        case Quantity(name):
            return support_of(name)
        case Selected(operand, _):
            return support_of_expression(operand)
        case Number() | Applied("abs" | "exp" | "sqrt", _):
            return "positive"
        case Applied("cbrt", operand) | Binary("**", operand, _):
            return "real" if support_of_expression(operand) == "real" else "positive"
        case Binary("+" | "*" | "/", left, right):
            both = {support_of_expression(left), support_of_expression(right)}
            return "real" if "real" in both else "positive"
    return "real"
