"""``worldsheet``: the states of the neurons on closed strings, over site and step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh

from nnuniverse.analysis.strings import StoredStrings, read_strings
from nnuniverse.plots.canvas import new_figure
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import DOUBLE
from nnuniverse.plots.overlay import MOST_ROWS, labels_of_few
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import STRINGS_FILE

ROW = 2.4
"""Height of a run's panels, inches."""

MOST_SITES = 200
"""That are drawn beside each other: the longest strings that they have room for."""

TITLES = {"right": "right mover", "left": "left mover", "average": "average of both"}


@dataclass(frozen=True)
class Sheet:
    """States of the first subsystem, by mover, at ``sites``, of strings as long as ``lengths``."""

    states: dict[str, np.ndarray]
    sites: np.ndarray
    lengths: np.ndarray


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a row per run: x_i(t) of the first subsystem, of either mover and their average.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    names = labels_of_few(runs, MOST_ROWS, "rows")
    sheets = [_sheet(read_strings(run)) for run in runs]
    columns = max(len(sheet.states) for sheet in sheets)
    size = (DOUBLE, 0.4 + ROW * len(runs))
    figure, grid = new_figure(len(runs), columns, size=size, sharey="row")
    table = Table("run", "mover", "cycle", "position", "step", "state")
    for row, run, name, sheet in zip(grid, runs, names, sheets, strict=True):
        largest = max(float(np.abs(states).max()) for states in sheet.states.values())
        for axes, (mover, states) in zip(row, sheet.states.items(), strict=False):
            image = _draw(axes, states, largest or 1.0, sheet.lengths)
            axes.set_title(TITLES[mover])
            _add(table, run.name, mover, states, sheet.lengths)
        for axes in row[len(sheet.states) :]:
            axes.remove()
        row[0].set_ylabel("step t" if len(runs) == 1 else f"{name}\nstep t")
        figure.colorbar(
            image, ax=list(row[: len(sheet.states)]), label="state x", aspect=30, pad=0.01
        )
    told = [_description(run, sheet) for run, sheet in zip(runs, sheets, strict=True)]
    return Drawing(
        figure,
        table.columns,
        f"States of the neurons on closed strings over site and step: {'; '.join(told)}.",
    )


def _sheet(found: StoredStrings) -> Sheet:
    """Return what is drawn: strings beside each other, the longest first."""
    lengths = found["cycle_length"].astype(int)
    order = np.argsort(-lengths, kind="stable")
    kept = order[: max(1, int((np.cumsum(lengths[order]) <= MOST_SITES).sum()))]
    cycle = found["site_cycle"].astype(int)
    sites = np.concatenate([np.flatnonzero(cycle == one) for one in kept])
    states = dict(zip(found.movers, found["state"][:, 0][..., sites], strict=True))
    if len(states) > 1:
        states["average"] = found.average[0][..., sites]
    return Sheet(states, sites, lengths[kept])


def _draw(axes: Axes, states: np.ndarray, largest: float, lengths: np.ndarray) -> QuadMesh:
    """Draw x over site and step, with a gap of white between strings."""
    ends = np.cumsum(lengths)
    image = axes.pcolormesh(
        np.arange(states.shape[1]),
        np.arange(len(states)),
        states,
        shading="nearest",
        cmap="RdBu_r",
        vmin=-largest,
        vmax=largest,
        rasterized=True,
    )
    for end in ends[:-1]:
        axes.axvline(end - 0.5, color="white", linewidth=1.2)
    axes.grid(visible=False)
    axes.set_xlabel("site along the string" if len(lengths) == 1 else "site, string by string")
    return image


def _add(table: Table, name: str, mover: str, states: np.ndarray, lengths: np.ndarray) -> None:
    cycle = np.repeat(np.arange(len(lengths)), lengths)
    position = np.concatenate([np.arange(length) for length in lengths])
    for step, values in enumerate(states):
        block = {"cycle": cycle, "position": position, "state": values}
        table.add(run=name, mover=mover, step=step, **block)


def _description(run: RunRecord, sheet: Sheet) -> str:
    shown = ", ".join(str(length) for length in sheet.lengths[:6])
    more = ", ..." if len(sheet.lengths) > 6 else ""
    first, last = (float(np.abs(sheet.states["right"][t]).max()) for t in (0, -1))
    return (
        f"{run.name}, strings of {shown}{more} sites, the largest state of the right mover "
        f"{first:.3g} at first and {last:.3g} after {len(sheet.states['right']) - 1} steps"
    )


PLOT = Plot(
    "worldsheet",
    "States of neurons on closed strings",
    (),
    draw,
    uses=(),
    file=STRINGS_FILE,
    symbol="x_i(t)",
    equation="over site and step, of the right mover, the left one and their average",
    source="2008.01540 (7.13), (8.3)",
)
