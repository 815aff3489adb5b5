"""The value of an expression on a data set.  Nothing is looked up but variables and dimensions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import reduce

import numpy as np
import xarray as xr

from nnuniverse.axis_labels import Label, label_text, labels_in_words, position_of
from nnuniverse.errors import must, nearest, one_of
from nnuniverse.expectations.expressions import (
    FUNCTIONS,
    Applied,
    Binary,
    Expression,
    Negative,
    Number,
    Quantity,
    Reduced,
    Selected,
    children,
    is_series,
)
from nnuniverse.expectations.symbols import observable_of_symbol
from nnuniverse.sweep_dataset import (
    MEASURED,
    REPLICA,
    SNAPSHOT,
    at_first,
    at_last,
    at_number,
    numbered_names,
    of_whole_runs,
    where_measured,
)

Operation = Callable[[xr.DataArray, xr.DataArray], xr.DataArray]

_OPERATIONS: dict[str, Operation] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "**": lambda left, right: left**right,
}
_FUNCTIONS: dict[str, Callable[[xr.DataArray], xr.DataArray]] = {
    name: getattr(np, name) for name in FUNCTIONS
}


class Unjudged(Exception):  # noqa: N818 (not a failure of the program)
    """Why an expectation has no value on a data set."""

    def __init__(self, subject: str, requirement: str, actual: str, remedy: str) -> None:
        super().__init__(must(subject, requirement, actual, remedy))


@contextmanager
def exact_arithmetic() -> Iterator[None]:
    """Let arrays meet only if their coordinates agree; what is not finite shows in their values."""
    with np.errstate(all="ignore"), xr.set_options(arithmetic_join="exact"):  # type: ignore[no-untyped-call]
        yield


def evaluate(expression: Expression, dataset: xr.Dataset) -> xr.DataArray:
    """Return the value of ``expression`` over the points and replicas of ``dataset``.

    A series has the dimension `snapshot` too, of the snapshots after the first epoch and later.
    Raises Unjudged if something is not in the data set, or missing where a run has a snapshot.
    """
    match expression:
        case Number(value):
            return xr.DataArray(value)
        case Quantity():
            return _read(expression, dataset)
        case Negative(operand):
            return -evaluate(operand, dataset)
        case Binary(operator, left, right):
            return _OPERATIONS[operator](evaluate(left, dataset), evaluate(right, dataset))
        case Applied(function, operand):
            return _FUNCTIONS[function](evaluate(operand, dataset))
        case Reduced(reduction, y, x):
            there = _where_measured(y, dataset) & _where_measured(x, dataset)
            return _reduced(reduction, evaluate(y, dataset), evaluate(x, dataset), there)
        case Selected(operand, labels):
            return evaluate(operand, _at_labels(dataset, labels))


def labels_at(values: xr.DataArray, index: int) -> dict[str, Label]:
    """Return the labels by dimension of the element ``index`` of the flattened ``values``."""
    positions = np.unravel_index(index, values.shape)
    return {
        str(dim): plain(values[dim].values[k])
        for dim, k in zip(values.dims, positions, strict=True)
    }


def plain(value: Label | np.generic) -> Label:
    """Return the coordinate ``value`` as a label: of Python's own types."""
    return value.item() if isinstance(value, np.generic) else value


# --- observables -------------------------------------------------------------------------------


def _read(observable: Quantity, dataset: xr.Dataset) -> xr.DataArray:
    series, there = _series(observable.name, dataset), where_measured(dataset)
    match observable.selector:
        case "at":
            series = series.isel({SNAPSHOT: _snapshot(observable, series)}, drop=True)
        case "initial":
            series = at_first(series, dataset)
        case "final":
            series = at_last(series, dataset)
        case None:
            series, there = _after_begin(of_whole_runs(series, dataset)), _after_begin(there)
        case _:
            series = of_whole_runs(series, dataset)
    _require_present(observable.name, series, there)
    match observable.selector:
        case "min":
            return series.where(there).min(SNAPSHOT)
        case "max":
            return series.where(there).max(SNAPSHOT)
        case "mean":
            return series.where(there).mean(SNAPSHOT)
    return series


def _where_measured(series: Expression, dataset: xr.Dataset) -> xr.DataArray:
    """Return, for `evaluate`, at which snapshots the runs that ``series`` is of have a value."""
    if not is_series(series):
        return xr.DataArray(True)
    match series:
        case Quantity():
            return _after_begin(where_measured(dataset))
        case Selected(operand, labels):
            return _where_measured(operand, _at_labels(dataset, labels))
    return reduce(lambda a, b: a & b, (_where_measured(x, dataset) for x in children(series)))


def _after_begin(series: xr.DataArray) -> xr.DataArray:
    return series.isel({SNAPSHOT: series[SNAPSHOT].values >= 1})


def _series(name: str, dataset: xr.Dataset) -> xr.DataArray:
    """Return the variable ``name`` as float64; ``complexity_20`` is complexity at n = 20."""
    values = dataset[name] if name in dataset.variables else at_number(name, dataset)
    if values is None:
        raise Unjudged(f"`{name}`", "be recorded", "is not", _like(name, dataset))
    if SNAPSHOT not in values.dims or values.sizes[SNAPSHOT] == 0:
        raise Unjudged(f"`{name}`", "be measured at snapshots", "is not", "another observable")
    if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise Unjudged(f"`{name}`", "be a number", f"is {values.dtype}", "another observable")
    return values.astype(np.float64)


def _like(name: str, dataset: xr.Dataset) -> str:
    """Return observables that could be meant by a ``name`` that is none."""
    name = observable_of_symbol(name)
    if name in dataset.variables or at_number(name, dataset) is not None:
        return f"`{name}`"
    stem = name.rpartition("_")[0]
    if stem in dataset.variables:
        numbered = numbered_names(dataset[stem])
        return _one_of(name, numbered) if numbered else f"`{stem}`"
    recorded = [str(v) for v, a in dataset.data_vars.items() if SNAPSHOT in a.dims]
    return _one_of(name, [known for known in recorded if known != MEASURED])


def _snapshot(observable: Quantity, series: xr.DataArray) -> int:
    epochs = series[SNAPSHOT].values
    found = np.flatnonzero(epochs == observable.epoch)
    if len(found) != 1:
        nearest = epochs[np.argmin(np.abs(epochs.astype(float) - float(observable.epoch or 0)))]
        raise Unjudged(
            f"`{observable}`",
            "be at a snapshot",
            "there is none at that epoch",
            f"`{observable.name}.at({nearest})`",
        )
    return int(found[0])


def _require_present(name: str, values: xr.DataArray, there: xr.DataArray) -> None:
    count, where = not_finite(values, there)
    if count:
        raise Unjudged(
            f"`{name}`",
            "be there at every point, replica and snapshot that is compared",
            f"{count} of {values.size} values are missing{where and ', the first at '}{where}",
            "selecting points where it is, or runs that do not diverge",
        )


def not_finite(values: xr.DataArray, there: xr.DataArray | None = None) -> tuple[int, str]:
    """Return how many ``values`` are not finite, and in words where the first is.

    ``there``: of series, the snapshots that count.
    """
    wrong = ~xr.apply_ufunc(np.isfinite, values)
    if there is not None and SNAPSHOT in values.dims:
        wrong = wrong & there
    found = np.flatnonzero(wrong.values)
    where = labels_in_words(labels_at(wrong, int(found[0]))) if len(found) else ""
    return len(found), where


# --- points ------------------------------------------------------------------------------------


def _at_labels(dataset: xr.Dataset, labels: Iterable[tuple[str, str]]) -> xr.Dataset:
    for axis, text in labels:
        if axis not in dataset.dims:
            axes = [str(dim) for dim in dataset.dims if dim not in (SNAPSHOT, REPLICA)]
            raise Unjudged(f"`{axis}`", "be an axis", "is not", _one_of(axis, axes))
        along = dataset[axis].values.tolist()
        position = position_of(text, along)
        if position is None:
            known = "one of " + ", ".join(map(label_text, along[:20]))
            raise Unjudged(f"`{axis}={text}`", "be a point", "is not", known)
        dataset = dataset.isel({axis: position}, drop=True)
    return dataset


def _one_of(name: str, known: list[str]) -> str:
    return one_of(name, nearest(name, known) or known[:20]) or "a sweep"


# --- reductions --------------------------------------------------------------------------------


def _reduced(reduction: str, y: xr.DataArray, x: xr.DataArray, there: xr.DataArray) -> xr.DataArray:
    """Return slope or intercept of y = intercept + slope x by least squares, or the correlation.

    ``slope = sum dx dy / sum dx^2``, ``correlation = sum dx dy / sqrt(sum dx^2 sum dy^2)``, with
    dx and dy the distances from the means over the snapshots that are ``there``.
    """
    _require_finite(reduction, "first", y, there)
    _require_finite(reduction, "second", x, there)
    y, x = y.where(there), x.where(there)
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


def _require_finite(reduction: str, which: str, series: xr.DataArray, there: xr.DataArray) -> None:
    count, where = not_finite(series, there)
    if count:
        raise Unjudged(
            f"the {which} series of `{reduction}`",
            "be finite",
            f"is not at {where}",
            "no logarithm or root of what may be negative, and no division by zero",
        )


def _require_varied(reduction: str, which: str, series: xr.DataArray) -> None:
    several = series.sizes[SNAPSHOT] > 1
    if not several or (series.max(SNAPSHOT) == series.min(SNAPSHOT)).any():
        raise Unjudged(
            f"the {which} series of `{reduction}`",
            "have several values at the snapshots after epoch 0",
            "is constant",
            "a run of more snapshots, or another series",
        )
