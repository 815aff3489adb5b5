"""``sweep``: an observable over the points of a sweep, with intervals over the seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from nnuniverse.axis_labels import label_text, position_of
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.plots.canvas import legend_above, new_figure
from nnuniverse.plots.drawing import Drawing, Table, in_house_style
from nnuniverse.plots.house_style import FigureStyle
from nnuniverse.plots.overlay import (
    COLOURS,
    MOST_LOOKS,
    ColourBar,
    CrowdedError,
    Look,
    colour_bar,
    different_looks,
)
from nnuniverse.plots.ticks import scale_axis
from nnuniverse.supports import support_of
from nnuniverse.sweep_dataset import MEASURED, REPLICA, SERIES, at_last, at_number, numbered_names

if TYPE_CHECKING:  # which takes long to load, and has been where there is a data set
    import xarray as xr

MOST_NAMED = 3
"""Of the parts of an observable: enough to see how they are called."""

FEW_TICKS = 8
"""Up to so many coordinates are ticks themselves."""


MOST_LETTERS = 45
"""Of labels beside each other below an axis."""


@dataclass(frozen=True)
class SweepPlot:
    """What to draw of a sweep.

    ``x``: an axis, a key that changes along one, or `snapshot`; ``y``: an observable with one value
    per snapshot, complexity_20 for C_20; ``hue``: an axis, a colour for each of its labels;
    ``epoch``: of the snapshot, None for the last of each run; ``where``: the label along every
    other axis.
    """

    x: str
    y: str
    hue: str | None = None
    epoch: int | None = None
    where: tuple[tuple[str, str], ...] = ()


def draw_sweep(dataset: xr.Dataset, plot: SweepPlot, style: FigureStyle | None = None) -> Drawing:
    """Draw ``plot`` of the ``dataset`` of a sweep: means over replicas with 95 % t intervals.

    Raises ConfigError for a name that the sweep does not have, or an axis that is left open,
    RunError if there is nothing to draw.

    ``style``: what a user's style sheet sets on top of the house's.
    """
    values = _at_snapshot(dataset, _observable(dataset, plot.y), plot)
    for axis, label in plot.where:
        values = _selected(values, axis, label)
    along = _axis_of(dataset, values, plot.x, "--x")
    hue = _axis_of(dataset, values, plot.hue, "--hue") if plot.hue else None
    if hue == along:
        raise ConfigError("`--hue`", "be along another axis than --x", "is not", "one of them")
    values = _without_lone_axes(values, along, hue)
    return in_house_style(lambda: _draw(dataset, values, plot, along, hue), style)


def _observable(dataset: xr.Dataset, name: str) -> xr.DataArray:
    """Return the observable called ``name`` over the axes, replicas and snapshots."""
    values = dataset[name] if name in dataset else at_number(name, dataset)
    if values is not None and values.dims[-2:] == SERIES and name != MEASURED:
        return values
    known = []
    for key, recorded in dataset.items():
        if recorded.dims[-2:] == SERIES and key != MEASURED:
            known.append(str(key))
        known += numbered_names(recorded)[:MOST_NAMED]
    raise ConfigError(
        "`--y`", "name what was measured once per snapshot", f"is {name!r}", ", ".join(known)
    )


def _at_snapshot(dataset: xr.Dataset, values: xr.DataArray, plot: SweepPlot) -> xr.DataArray:
    """Return the values at the epoch chosen; at the last of each run, which may differ."""
    if plot.x == "snapshot":
        return values
    if plot.epoch is None:
        return at_last(values, dataset)
    if plot.epoch not in values.snapshot:
        near = values.snapshot.sel(snapshot=plot.epoch, method="nearest").item()
        raise ConfigError("`--epoch`", "be a snapshot", f"{plot.epoch} is none", f"--epoch {near}")
    return values.sel(snapshot=plot.epoch)


def _selected(values: xr.DataArray, axis: str, label: str) -> xr.DataArray:
    if axis not in values.dims or axis == REPLICA:
        raise _unknown("--where", axis, values)
    labels = values[axis].values.tolist()
    position = position_of(label, labels)
    if position is None:
        known = "one of " + ", ".join(map(label_text, labels))
        raise ConfigError("`--where`", f"choose a {axis}", f"is {label!r}", known)
    return values.isel({axis: position})


def _axis_of(dataset: xr.Dataset, values: xr.DataArray, name: str, option: str) -> str:
    """Return the dimension that ``name`` is, or that its values lie along."""
    of = dataset[name].dims if name in dataset.variables else ()
    if len(of) == 1 and of[0] in values.dims and of[0] != REPLICA:  # over which means are taken
        return str(of[0])
    raise _unknown(option, name, values)


def _unknown(option: str, name: str, values: xr.DataArray) -> ConfigError:
    known = ", ".join(str(dim) for dim in values.dims if dim != REPLICA)
    return ConfigError(f"`{option}`", "name an axis of the sweep", f"is {name!r}", known)


def _without_lone_axes(values: xr.DataArray, along: str, hue: str | None) -> xr.DataArray:
    """Return the values without axes of one label; raises ConfigError if another is left open."""
    others = [dim for dim in values.dims if dim not in (along, hue, "replica")]
    for dim in others:
        if values.sizes[dim] > 1:
            example = values[dim].values[0]
            raise ConfigError(
                f"the axis {dim}",
                "be drawn or chosen from",
                "is left open",
                f"--hue {dim}, or --where {dim}={example}",
            )
    return values.squeeze(others, drop=True)


@dataclass(frozen=True)
class _Curve:
    """Means with intervals over the points along x where there is one, in ascending order."""

    label: str
    positions: np.ndarray
    coordinate: np.ndarray
    mean: Estimate
    replicas: np.ndarray


def _draw(
    dataset: xr.Dataset, values: xr.DataArray, plot: SweepPlot, along: str, hue: str | None
) -> Drawing:
    coordinate = dataset[plot.x].values
    curves = list(_curves(dataset, values.transpose("replica", ...), plot, along, hue))
    if not curves:
        raise RunError("the sweep", f"hold a finite {plot.y}", "holds none", "`--status`")
    figure, grid = new_figure()
    axes = grid[0, 0]
    looks, bar = _looks(dataset, plot, curves)
    for look, curve in zip(looks, curves, strict=True):
        mean = curve.mean
        error = np.nan_to_num([mean.value - mean.low, mean.high - mean.value])
        joined = is_numeric(coordinate) and len(set(curve.positions)) == len(curve.positions)
        axes.errorbar(
            curve.positions,
            mean.value,
            yerr=error,
            marker="o",
            capsize=2.0,
            color=look.color,
            linestyle=look.style if joined else "none",
            label=curve.label or None,
        )
    _scale(axes, coordinate, curves)
    axes.set_xlabel("epoch" if plot.x == "snapshot" else plot.x.replace("_", " "))
    axes.set_ylabel(plot.y.replace("_", " "))
    if bar is not None:
        figure.colorbar(bar.scale, ax=axes, label=bar.label, aspect=30, pad=0.02)
    elif plot.hue:
        legend_above(figure, axes.get_legend_handles_labels()[0], plot.hue.replace("_", " "))
    ends = (
        f"{curve.label or plot.y} from {curve.mean.value[0]:.3g} to {curve.mean.value[-1]:.3g}"
        for curve in curves
    )
    return Drawing(figure, _table(plot, curves), f"{plot.y} over {plot.x}: {'; '.join(ends)}.")


def _curves(
    dataset: xr.Dataset, values: xr.DataArray, plot: SweepPlot, along: str, hue: str | None
) -> Iterator[_Curve]:
    """Yield a curve for every colour that has a point."""
    coordinate = dataset[plot.x].values
    positions = coordinate if is_numeric(coordinate) else np.arange(len(coordinate))
    labels = [""] if plot.hue is None else map(label_text, dataset[plot.hue].values.tolist())
    for number, label in enumerate(labels):
        chosen = values if hue is None else values.isel({hue: number})
        per_replica = chosen.transpose("replica", along).values
        mean = mean_over_replicas(per_replica, support_of(plot.y))
        order = np.argsort(positions, kind="stable")
        order = order[np.isfinite(mean.value[order])]
        if len(order):
            yield _Curve(
                label,
                positions[order],
                coordinate[order],
                Estimate(*(part[order] for part in mean)),
                np.isfinite(per_replica).sum(axis=0)[order],
            )


def is_numeric(coordinate: np.ndarray) -> bool:
    """Return whether coordinates are numbers, not text.

    ``coordinate``: along a dimension.
    """
    return bool(np.issubdtype(coordinate.dtype, np.number))


def _looks(
    dataset: xr.Dataset, plot: SweepPlot, curves: list[_Curve]
) -> tuple[list[Look], ColourBar | None]:
    """Return how the curves look, no two alike, and a bar of colours for many numbers.

    Raises CrowdedError if there are too many labels that are no numbers.
    """
    if plot.hue and len(curves) > COLOURS and is_numeric(dataset[plot.hue].values):
        values = np.array([float(curve.label) for curve in curves])
        bar = colour_bar(plot.hue.replace("_", " "), values)
        return [bar.look(value) for value in values], bar
    if len(curves) > MOST_LOOKS:
        raise CrowdedError(
            f"the {len(curves)} labels of {plot.hue}",
            "be told apart in a figure",
            f"are more than {MOST_LOOKS}",
            "`--hue` with another axis, or `only` in the sweep",
        )
    return different_looks(len(curves)), None


def _scale(axes: Axes, coordinate: np.ndarray, curves: list[_Curve]) -> None:
    """Take logarithmic axes for what is positive and spans more than a decade."""
    if is_numeric(coordinate):
        if _spans_decades(coordinate):
            scale_axis(axes.xaxis, "log")
        elif len(coordinate) <= FEW_TICKS:
            axes.set_xticks(np.unique(coordinate))
    else:
        labels = [str(label) for label in coordinate]
        crowd = sum(map(len, labels)) > MOST_LETTERS
        axes.set_xticks(np.arange(len(labels)), labels, rotation=90 if crowd else 0)
    values = np.concatenate([curve.mean.value for curve in curves])
    scale_axis(axes.yaxis, "log" if _spans_decades(values) else "linear")


def _spans_decades(values: np.ndarray) -> bool:
    return bool(values.min() > 0 and values.max() > 10 * values.min())


def _table(plot: SweepPlot, curves: list[_Curve]) -> Mapping[str, Sequence[object]]:
    hue = [] if plot.hue is None else [plot.hue]
    table = Table(*hue, plot.x, plot.y, "low", "high", "replicas")
    for curve in curves:
        table.add(
            **dict.fromkeys(hue, curve.label),
            **{plot.x: curve.coordinate, plot.y: curve.mean.value},
            low=curve.mean.low,
            high=curve.mean.high,
            replicas=curve.replicas,
        )
    return table.columns
