"""The value of an expression on a data set.  Nothing is looked up but variables and dimensions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import xarray as xr

from nnuniverse.errors import must
from nnuniverse.expectations.expressions import (
    Applied,
    Binary,
    Expression,
    Negative,
    Number,
    Observable,
    Reduced,
    Selected,
)

SNAPSHOT, REPLICA = "snapshot", "replica"

Operation = Callable[[xr.DataArray, xr.DataArray], xr.DataArray]

_OPERATIONS: dict[str, Operation] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "**": lambda left, right: left**right,
}
_FUNCTIONS: dict[str, Callable[[xr.DataArray], Any]] = {
    "abs": np.abs,
    "log": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
}
_NUMBERED = re.compile(r"(.+)_([0-9]{1,9})")


class Unjudged(Exception):  # noqa: N818 (not a failure of the program)
    """Why an expectation has no value on a data set."""


def evaluate(expression: Expression, dataset: xr.Dataset) -> xr.DataArray:
    """Return the value of ``expression`` over the points and replicas of ``dataset``.

    A series has the dimension `snapshot` too, of the snapshots after the first epoch and later.
    Raises Unjudged if something is not in the data set, or missing where it is needed.
    """
    match expression:
        case Number(value):
            return xr.DataArray(value)
        case Observable():
            return _read(expression, dataset)
        case Negative(operand):
            return -evaluate(operand, dataset)
        case Binary(operator, left, right):
            return _OPERATIONS[operator](evaluate(left, dataset), evaluate(right, dataset))
        case Applied(function, operand):
            applied: xr.DataArray = _FUNCTIONS[function](evaluate(operand, dataset))
            return applied
        case Reduced(reduction, y, x):
            return _reduced(reduction, evaluate(y, dataset), evaluate(x, dataset))
        case Selected(operand, points):
            return evaluate(operand, _at_points(dataset, points))


def point_names(values: xr.DataArray, index: int) -> dict[str, object]:
    """Return dimension and coordinate of the element ``index`` of the flattened ``values``."""
    position = np.unravel_index(index, values.shape)
    return {
        str(dim): plain(values[dim].values[k]) for dim, k in zip(values.dims, position, strict=True)
    }


def plain(value: object) -> object:
    """Return ``value`` as Python's own type."""
    return value.item() if isinstance(value, np.generic) else value


def words(point: dict[str, object]) -> str:
    """Return ``point`` as it is written: depth=3, rate=0.1."""
    return ", ".join(f"{axis}={value}" for axis, value in point.items())


# --- observables -------------------------------------------------------------------------------


def _read(observable: Observable, dataset: xr.Dataset) -> xr.DataArray:
    series = _series(observable.name, dataset)
    match observable.selector:
        case None:
            values = series.isel({SNAPSHOT: series[SNAPSHOT].values >= 1})
        case "final":
            values = _final(series, dataset)
        case "initial":
            values = series.isel({SNAPSHOT: 0}, drop=True)
        case "at":
            values = series.isel({SNAPSHOT: _snapshot(observable, series)}, drop=True)
        case _:
            values = series
    _require_present(observable.name, values)
    match observable.selector:
        case "min":
            return values.min(SNAPSHOT)
        case "max":
            return values.max(SNAPSHOT)
        case "mean":
            return values.mean(SNAPSHOT)
    return values


def _final(series: xr.DataArray, dataset: xr.Dataset) -> xr.DataArray:
    """Return the values at the last snapshot: where runs differ, at the epoch each ends with."""
    if "trained_epochs" not in dataset:
        return series.isel({SNAPSHOT: -1}, drop=True)
    return series.where(series[SNAPSHOT] == dataset["trained_epochs"]).max(SNAPSHOT)


def _series(name: str, dataset: xr.Dataset) -> xr.DataArray:
    """Return the variable ``name`` as float64; ``complexity_20`` is complexity at n = 20."""
    numbered = _NUMBERED.fullmatch(name)
    if name in dataset.variables:
        values = dataset[name]
    elif numbered and numbered[1] in dataset.variables:
        values = _numbered(name, dataset[numbered[1]], int(numbered[2]))
    else:
        recorded = [str(v) for v, a in dataset.data_vars.items() if SNAPSHOT in a.dims]
        raise Unjudged(must(f"`{name}`", "be recorded", "is not", _one_of(name, recorded)))
    if SNAPSHOT not in values.dims or values.sizes[SNAPSHOT] == 0:
        raise Unjudged(
            must(f"`{name}`", "be measured at snapshots", "is not", "another observable")
        )
    if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise Unjudged(must(f"`{name}`", "be a number", f"is {values.dtype}", "another observable"))
    return values.astype(np.float64)


def _numbered(name: str, values: xr.DataArray, number: int) -> xr.DataArray:
    own = values.dims[-1] if values.dims else None
    if own is None or own in (SNAPSHOT, REPLICA):
        raise Unjudged(must(f"`{name}`", "be recorded", "is not", f"`{name.rpartition('_')[0]}`"))
    found = np.flatnonzero(values[own].values == number)
    if len(found) != 1:
        known = [f"{values.name}_{value}" for value in values[own].values.tolist()]
        raise Unjudged(must(f"`{name}`", "be recorded", "is not", _one_of(name, known)))
    return values.isel({own: int(found[0])}, drop=True)


def _snapshot(observable: Observable, series: xr.DataArray) -> int:
    epochs = series[SNAPSHOT].values
    found = np.flatnonzero(epochs == observable.epoch)
    if len(found) != 1:
        nearest = epochs[np.argmin(np.abs(epochs.astype(float) - float(observable.epoch or 0)))]
        raise Unjudged(
            must(
                f"`{observable}`",
                "be at a snapshot",
                "there is none at that epoch",
                f"`{observable.name}.at({nearest})`",
            )
        )
    return int(found[0])


def _require_present(name: str, values: xr.DataArray) -> None:
    missing = np.flatnonzero(~np.isfinite(values.values))
    if len(missing):
        where = words(point_names(values, int(missing[0])))
        raise Unjudged(
            must(
                f"`{name}`",
                "be there at every point, replica and snapshot that is compared",
                f"{len(missing)} of {values.size} values are missing"
                + (f", the first at {where}" if where else ""),
                "selecting points where it is, or runs that do not diverge",
            )
        )


# --- points ------------------------------------------------------------------------------------


def _at_points(dataset: xr.Dataset, points: Iterable[tuple[str, str]]) -> xr.Dataset:
    for axis, text in points:
        if axis not in dataset.dims:
            axes = [str(dim) for dim in dataset.dims if dim not in (SNAPSHOT, REPLICA)]
            raise Unjudged(must(f"`{axis}`", "be an axis", "is not", _one_of(axis, axes)))
        values = [plain(value) for value in dataset[axis].values]
        found = [k for k, value in enumerate(values) if _is(value, text)]
        if len(found) != 1:
            raise Unjudged(
                must(
                    f"`{axis}={text}`",
                    "be a point",
                    "is not",
                    "one of " + ", ".join(map(str, values[:20])),
                )
            )
        dataset = dataset.isel({axis: found[0]}, drop=True)
    return dataset


def _is(value: object, text: str) -> bool:
    """Return whether ``text`` means ``value``: as a number if it is one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(text) == value
        except ValueError:
            return False
    return str(value) == text or (isinstance(value, bool) and str(value).lower() == text)


def _one_of(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3)
    shown = close or known[:20]
    return ("one of " if len(shown) > 1 else "") + ", ".join(shown) if shown else "a sweep"


# --- reductions --------------------------------------------------------------------------------


def _reduced(reduction: str, y: xr.DataArray, x: xr.DataArray) -> xr.DataArray:
    """Return slope or intercept of y = intercept + slope x by least squares, or the correlation.

    ``slope = sum dx dy / sum dx^2``, ``correlation = sum dx dy / sqrt(sum dx^2 sum dy^2)``, with
    dx and dy the distances from the means over the snapshots.
    """
    _require_varied(reduction, "second", x)
    if reduction == "correlation":
        _require_varied(reduction, "first", y)
    mean_x, mean_y = x.mean(SNAPSHOT), y.mean(SNAPSHOT)
    dx, dy = x - mean_x, y - mean_y
    shared, square = (dx * dy).sum(SNAPSHOT), (dx * dx).sum(SNAPSHOT)
    if reduction == "correlation":
        return shared / np.sqrt(square) / np.sqrt((dy * dy).sum(SNAPSHOT))
    slope = shared / square
    return slope if reduction == "slope" else mean_y - slope * mean_x


def _require_varied(reduction: str, which: str, series: xr.DataArray) -> None:
    several = series.sizes[SNAPSHOT] > 1
    if not several or (series.max(SNAPSHOT) == series.min(SNAPSHOT)).any():
        raise Unjudged(
            must(
                f"the {which} series of `{reduction}`",
                "have several values at the snapshots after epoch 0",
                "is constant",
                "a run of more snapshots, or another series",
            )
        )
