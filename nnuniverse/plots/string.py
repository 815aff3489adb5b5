"""``string``: the closed curve that a string is in the space of the subsystems, as it moves."""

from __future__ import annotations

from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from nnuniverse.analysis.strings import read_strings
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.physics.strings.movers import rescaled
from nnuniverse.plots.canvas import new_figure
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import SINGLE
from nnuniverse.plots.overlay import MOST_ROWS, labels_of_few
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import STRINGS_FILE

CURVES = 5
"""Drawn together where no step is asked for, until the shape of the curve is back."""

SURFACE_CURVES = 30
"""At the most, of the surface over time."""

COLOURS = "viridis"
MARGIN = 1.08

HEIGHT = 2.6
"""Of a panel, inches."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a panel per run: (x^1, x^2) along its longest string, at one step or several.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    names = labels_of_few(runs, MOST_ROWS, "panels")
    curves = [_curves(run) for run in runs]
    in_space = settings.three_dimensional
    figure, grid = new_figure(
        len(runs), 1, size=(SINGLE, HEIGHT * len(runs)), projection="3d" if in_space else None
    )
    table = Table("run", "step", "position", "x1", "x2")
    drawing = _draw_surface if in_space else _draw_plane
    for axes, run, name, curve in zip(grid[:, 0], runs, names, curves, strict=True):
        shown = _shown(curve, settings, SURFACE_CURVES if in_space else CURVES)
        drawing(axes, curve.points, shown)
        at = f"step {shown[0]}" if settings.step is not None else ""
        axes.set_title(", ".join(filter(None, [name if len(runs) > 1 else "", at])))
        for step in shown:
            x = curve.points[step]
            block = {"position": np.arange(len(x)), "x1": x[:, 0], "x2": x[:, 1]}
            table.add(run=run.name, step=step, **block)
    told = [_description(run, curve.points) for run, curve in zip(runs, curves, strict=True)]
    return Drawing(
        figure,
        table.columns,
        "The closed curve of the first two subsystems along the longest string, as it moves, in "
        f"scales in which its weights are equal: {'; '.join(told)}.",
    )


class ClosedCurve(NamedTuple):
    """A string as it moves: ``points`` (x^1, x^2) over one period, (steps, places, 2).

    An antiperiodic one goes round twice, the second time with the other sign, so that the curve is
    closed.  ``shapes``: after how many steps it has the same shape again, but for its gain.
    """

    points: np.ndarray
    shapes: int


def _curves(run: RunRecord) -> ClosedCurve:
    found = read_strings(run)
    if found["state"].shape[1] < 2:
        raise RunError(
            f"the strings of {run.name}",
            "have two subsystems, which are the coordinates",
            "have one",
            "`nnu strings` with --subsystems 2",
        )
    cycle = int(found["cycle_length"].argmax())
    on = found["site_cycle"] == cycle
    states = rescaled(found.net, found["state"][:, :2]).mean(axis=0)
    points = np.moveaxis(states[..., on], 0, -1)
    period = points.shape[1]
    if found["cycle_antiperiodic"][cycle]:
        points, period = np.concatenate([points, -points], axis=1), 2 * period
    shapes = period // 2 if len(found.movers) > 1 else period
    return ClosedCurve(points[: period + 1], shapes)


def steps_of(runs: list[RunRecord]) -> list[int]:
    """Return the steps of one period that the strings of all ``runs`` have been stored at."""
    return list(range(min(len(_curves(run).points) for run in runs)))


def _shown(curve: ClosedCurve, settings: PlotSettings, most: int) -> list[int]:
    """Return the steps that are drawn; raises ConfigError for one that there is not."""
    last = len(curve.points) - 1
    if settings.step is None:
        until = min(last, max(curve.shapes - 1, 1))
        return [int(step) for step in np.unique(np.linspace(0, until, most).astype(int))]
    if not 0 <= settings.step <= last:
        must = f"be one of 0 .. {last}"
        raise ConfigError("`--step`", must, f"is {settings.step}", f"--step {last}")
    return [settings.step]


def _closed(curve: np.ndarray) -> np.ndarray:
    return np.concatenate([curve, curve[:1]])


def _colours(shown: list[int]) -> list[Any]:
    """Return a colour per step, from dark to light; of a single one that of any curve."""
    if len(shown) == 1:
        return ["C0"]
    return [mpl.colormaps[COLOURS](share) for share in np.linspace(0.0, 0.9, len(shown))]


def _draw_plane(axes: Axes, points: np.ndarray, shown: list[int]) -> None:
    """Draw the curves, and a dot at the first site of each."""
    for step, colour in zip(shown, _colours(shown), strict=True):
        curve = _closed(points[step])
        axes.plot(curve[:, 0], curve[:, 1], color=colour, linewidth=1.0, label=f"step {step}")
        axes.plot(*points[step][0], "o", color=colour, markersize=3.5)
    _limit(axes, points)
    axes.set_aspect("equal")
    axes.set_xlabel("$x^1$")
    axes.set_ylabel("$x^2$")
    if len(shown) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _draw_surface(axes: Any, points: np.ndarray, shown: list[int]) -> None:
    """Draw the curves one above the other."""
    for step, colour in zip(shown, _colours(shown), strict=True):
        curve = _closed(points[step])
        axes.plot(curve[:, 0], curve[:, 1], step, color=colour, linewidth=0.8)
    _limit(axes, points)
    axes.set_box_aspect((1.0, 1.0, 1.1), zoom=0.82)
    axes.tick_params(labelsize=6, pad=0)
    axes.set_xlabel("$x^1$")
    axes.set_ylabel("$x^2$")
    axes.set_zlabel("step t")


def _limit(axes: Axes, points: np.ndarray) -> None:
    """Give the axes room for all steps, so that those of single ones are alike."""
    half = MARGIN * float(np.abs(points).max()) or 1.0
    axes.set_xlim(-half, half)
    axes.set_ylim(-half, half)


def _title(name: str, shown: list[int], settings: PlotSettings) -> str:
    at = f"step {shown[0]}" if settings.step is not None else ""
    return ", ".join(filter(None, [name, at]))


def _description(run: RunRecord, points: np.ndarray) -> str:
    sizes = np.linalg.norm(points, axis=-1).max(axis=-1)
    return (
        f"{run.name}, {points.shape[1]} sites, at most {sizes[0]:.3g} from the origin at first and "
        f"{sizes[-1]:.3g} after {len(points) - 1} steps"
    )


PLOT = Plot(
    "string",
    "A closed string as it moves",
    (),
    draw,
    uses=("step", "three_dimensional"),
    file=STRINGS_FILE,
    steps=steps_of,
    symbol="(x^1, x^2)",
    equation="along the longest string at steps of one period, of the average of movers",
    source="2008.01540 (8.3), (8.11)",
)
