"""``holography``: distances that the holographic map tells, against those of a search."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from nnuniverse.analysis.holography import read_holography
from nnuniverse.analysis.stored import StoredValues
from nnuniverse.errors import RunError
from nnuniverse.plots.canvas import legend_above, new_figure
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import DOUBLE
from nnuniverse.plots.overlay import MOST_ROWS, labels_of_few
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import HOLOGRAPHY_FILE

ESTIMATES = {
    "distance_printed": r"$\log_\epsilon |w_\partial| - 1$",
    "distance_slope": r"$d \log |w_\partial| / d \log \epsilon - 1$",
}
"""Variables and the titles of their panels."""

HEIGHT = 2.7
"""Of a row of panels, inches."""

SPREAD = (0.1, 0.9)
"""Quantiles over pairs between which lines are drawn."""

WIDTH = 0.5
"""Over which the values of eps are spread about a distance."""

BEYOND = 1.6
"""How far the axis goes, over the largest distance: what cancels lies anywhere."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a row per run: both estimates at every eps, and the first coefficient, over distance.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    names = labels_of_few(runs, MOST_ROWS, "rows of panels")
    found = [_with_paths(run) for run in runs]
    every = np.unique(np.concatenate([_shown(one) for one in found]))
    figure, grid = new_figure(len(runs), 2, size=(DOUBLE, HEIGHT * len(runs)), sharey="row")
    table = Table("run", "estimate", "eps", "distance", "pairs", "median", "low", "high")
    colors = _colors(every)
    for row, run, name, stored in zip(grid, runs, names, found, strict=True):
        for axes, variable in zip(row, ESTIMATES, strict=True):
            title = ESTIMATES[variable]
            axes.set_title(f"{name}: {title}" if len(runs) > 1 else title)
            _draw(axes, stored, variable, colors, run.name, table)
            axes.set_xlabel("neurons between, by search")
        row[0].set_ylabel("neurons between, by the map")
    legend_above(figure, _keys(every, colors))
    told = [f"{run.name} {_description(one)}" for run, one in zip(runs, found, strict=True)]
    return Drawing(
        figure,
        table.columns,
        "Distances between boundary neurons by the logarithm of the holographic map, and by its "
        "logarithmic derivative, against those of a search, medians and the middle 80 % of pairs: "
        f"share right after rounding, {'; '.join(told)}.",
    )


def _with_paths(run: RunRecord) -> StoredValues:
    """Return what is stored; raises RunError where no path joins boundary neurons."""
    stored = read_holography(run)
    if not np.isfinite(stored["distance"]).any():
        must = "have paths between its boundary neurons"
        raise RunError(run.name, must, "has none", "nnu holography --boundary with others")
    return stored


def _shown(stored: StoredValues) -> np.ndarray:
    """Return the values of eps at which there is a map."""
    there = np.isfinite(stored["boundary_map_log"]).any(axis=(1, 2))
    return np.asarray(stored["eps"][there])


def _colors(every: np.ndarray) -> dict[float, str]:
    """Return a shade for every eps, in their order."""
    shades = mpl.colormaps["viridis"](np.linspace(0.0, 0.9, max(len(every), 2)))
    return {float(eps): to_hex(tuple(shade)) for eps, shade in zip(every, shades, strict=False)}


def _draw(
    axes: Axes,
    stored: StoredValues,
    variable: str,
    colors: dict[float, str],
    name: str,
    table: Table,
) -> None:
    """Draw an estimate over the true distance, eps by eps beside each other."""
    true = stored["distance"]
    known = np.isfinite(true)
    distances = np.unique(true[known])
    shown = _shown(stored)
    shifts = WIDTH * (np.arange(len(shown)) - (len(shown) - 1) / 2.0) / max(len(shown), 1)
    for shift, eps in zip(shifts, shown, strict=True):
        estimate = stored[variable][int(np.flatnonzero(stored["eps"] == eps)[0])]
        at, low, middle, high, pairs = _over_pairs(estimate, true, distances)
        color = colors[float(eps)]
        axes.vlines(at + shift, low, high, color=color, linewidth=0.8)
        axes.plot(at + shift, middle, linestyle="", marker="o", markersize=2.5, color=color)
        ends = {"median": middle, "low": low, "high": high}
        table.add(run=name, estimate=variable, eps=eps, distance=at, pairs=pairs, **ends)
    if variable == "distance_slope":
        at, low, middle, high, pairs = _over_pairs(stored["distance_first"], true, distances)
        axes.plot(at, middle, linestyle="", marker="+", markersize=7.0, color="C3", zorder=3)
        ends = {"median": middle, "low": low, "high": high}
        table.add(run=name, estimate="distance_first", distance=at, pairs=pairs, **ends)
    axes.plot(distances, distances, color="0.6", linewidth=0.6, zorder=0)
    axes.set_xlim(-0.6, distances[-1] + 0.6)
    axes.set_ylim(-1.2, BEYOND * distances[-1] + 1.2)


def _over_pairs(
    estimate: np.ndarray, true: np.ndarray, distances: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return the distances of pairs with an estimate, its quantiles, and how many pairs."""
    rows = []
    for distance in distances:
        values = estimate[(true == distance) & np.isfinite(estimate)]
        if len(values):
            rows.append([distance, *np.quantile(values, [SPREAD[0], 0.5, SPREAD[1]]), len(values)])
    return tuple(np.array(rows).reshape(-1, 5).T)


def _keys(every: np.ndarray, colors: dict[float, str]) -> list[Line2D]:
    keys = [
        Line2D(
            [],
            [],
            color=colors[eps],
            label=f"eps {eps:g}",
            linestyle="",
            marker="o",
            markersize=3.0,
        )
        for eps in every[::-1].tolist()
    ]
    first = Line2D([], [], color="C3", linestyle="", marker="+", label="first coefficient")
    return [*keys, first]


def _description(stored: StoredValues) -> str:
    true = stored["distance"]
    known = np.isfinite(true)
    told = []
    for eps in _shown(stored):
        at = int(np.flatnonzero(stored["eps"] == eps)[0])
        right = [float((np.abs(stored[name][at] - true)[known] < 0.5).mean()) for name in ESTIMATES]
        told.append(f"eps {eps:g} {right[0]:.2f} and {right[1]:.2f}")
    return ", ".join(told) or "no map at any eps"


PLOT = Plot(
    "holography",
    "Distances through the bulk by the holographic map, against a search",
    (),
    draw,
    uses=(),
    file=HOLOGRAPHY_FILE,
    symbol="d",
    equation="log_eps |w_b| - 1, and d log |w_b|/d log eps - 1, against the shortest path",
    source="2008.01540 (10.4)",
)
