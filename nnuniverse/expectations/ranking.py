"""The points of a sweep, or runs, in the order of an expression of their observables."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace

import xarray as xr

from nnuniverse.axis_labels import Label
from nnuniverse.errors import ConfigError, RunError, must
from nnuniverse.expectations.evaluation import Unjudged, evaluate, exact_arithmetic, plain
from nnuniverse.expectations.expressions import Expression, chosen_axes
from nnuniverse.expectations.parser import parse_quantity
from nnuniverse.expectations.replicas import interval, mean, support_of_expression
from nnuniverse.sweep_dataset import REPLICA


@dataclass(frozen=True)
class RankedPoint:
    """A point of a sweep, or a run of no sweep, and what the expression is there.

    ``point``: its labels along the axes that the expression does not choose from, or the run;
    ``settings``: what changes along them, or in what the run differs from others; ``value``: the
    mean over the replicas, None if there is none; ``interval``: its 95 % t interval, None of a
    single replica; ``error``: why there is no value.
    """

    point: dict[str, Label]
    settings: dict[str, Label] = field(default_factory=dict)
    value: float | None = None
    interval: tuple[float, float] | None = None
    error: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)


def rank_points(
    text: str, dataset: xr.Dataset, *, largest_first: bool = False
) -> list[RankedPoint]:
    """Return the points of ``dataset`` by the value that ``text`` has there, the smallest first.

    The points are those along the axes that ``text`` does not choose from itself, by `[axis=...]`;
    those without a value come last.  Raises ConfigError for text that is not of the language, that
    names what is not there, or that has several values at a point.

    ``largest_first``: whether the largest stand first.
    """
    quantity = parse_quantity(text)
    axes, chosen = _axes(dataset), chosen_axes(quantity)
    if unknown := sorted(chosen.difference(axes)):
        known = ", ".join(axes) or "no [ ]"
        raise ConfigError(f"`[{unknown[0]}=...]`", "name an axis", "names none", known)
    axes = [axis for axis in axes if axis not in chosen]
    sizes = [range(dataset.sizes[axis]) for axis in axes]
    with exact_arithmetic():
        ranked = [
            _ranked(text, quantity, dataset, dict(zip(axes, index, strict=True)))
            for index in itertools.product(*sizes)
        ]
    return _in_order(ranked, largest_first)


def rank_runs(
    text: str,
    runs: Iterable[tuple[str, dict[str, Label], Callable[[], xr.Dataset]]],
    *,
    largest_first: bool = False,
) -> list[RankedPoint]:
    """Return ``runs``, of no sweep, in the order of the value that ``text`` has there.

    ``runs``: of each its name, in what it differs from the others, and what opens its results over
    replicas and snapshots; one is open at a time.  One that cannot be opened has no value.  Raises
    ConfigError as `rank_points` does, and for text that chooses from an axis.

    ``largest_first``: whether the largest stand first.
    """
    quantity = parse_quantity(text)
    if chosen := sorted(chosen_axes(quantity)):
        raise ConfigError(
            f"`[{chosen[0]}=...]`", "name an axis of a sweep", "these runs have none", "no [ ]"
        )
    ranked = []
    for name, settings, open_results in runs:
        point: dict[str, Label] = {"run": name}
        try:
            with open_results() as dataset, exact_arithmetic():
                found = _ranked(text, quantity, dataset, {})
        except RunError as error:
            found = RankedPoint({}, error=str(error))
        ranked.append(replace(found, point=point, settings=settings))
    return _in_order(ranked, largest_first)


def _in_order(ranked: list[RankedPoint], largest_first: bool) -> list[RankedPoint]:
    """Return points by value, those without one last; raises ConfigError if none has any."""
    if ranked and all(one.error for one in ranked):
        raise ConfigError(ranked[0].error)
    sign = -1.0 if largest_first else 1.0
    return sorted(ranked, key=lambda one: math.inf if one.value is None else sign * one.value)


def _axes(dataset: xr.Dataset) -> list[str]:
    """Return the dimensions of points: those before that of the replicas."""
    axes: dict[str, None] = {}
    for variable in dataset.variables.values():
        if REPLICA in variable.dims:
            before = variable.dims[: variable.dims.index(REPLICA)]
            axes |= dict.fromkeys(map(str, before))
    return list(axes)


def _ranked(
    text: str, quantity: Expression, dataset: xr.Dataset, positions: dict[str, int]
) -> RankedPoint:
    there = dataset.isel(positions)
    point = {axis: plain(dataset[axis].values[n]) for axis, n in positions.items()}
    settings = {
        str(name): plain(variable.values[positions[str(variable.dims[0])]])
        for name, variable in dataset.data_vars.items()
        if len(variable.dims) == 1 and variable.dims[0] in positions
    }
    try:
        values = evaluate(quantity, there)
    except Unjudged as reason:
        return RankedPoint(point, settings, error=str(reason))
    if more := [dim for dim in values.dims if dim != REPLICA]:
        raise ConfigError(
            f"`{text}`",
            "have one value at a point",
            f"has one for every {more[0]}",
            "its number after the name, `log_eigenvalues_1.final`",
        )
    value = float(mean(values))
    low, high = map(float, interval(values, support_of_expression(quantity)))
    if not math.isfinite(value):
        error = must(f"`{text}`", "be finite", "is not", "no root or logarithm of what is negative")
        return RankedPoint(point, settings, error=error)
    return RankedPoint(point, settings, value, None if math.isnan(low) else (low, high))
