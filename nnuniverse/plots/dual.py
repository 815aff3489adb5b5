"""``dual``: losses of deep nets, of what they are mapped to, and of that after training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnuniverse.analysis.holography import StoredDuals, read_duals
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.physics.holography.found_duals import (
    DRAWN,
    SHUFFLED,
    SPLITS,
    STARTS,
    TANGENT,
)
from nnuniverse.plots.canvas import legend_above, new_figure
from nnuniverse.plots.drawing import Drawing, LineStyle, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import DOUBLE
from nnuniverse.plots.overlay import labels_of_few
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import DUAL_FILE

SAMPLES = {"train": "training samples", "test": "test samples"}

DEEP = "deep"
MOST_RUNS = 30
HEIGHT, PANEL_HEIGHT = 2.8, 2.1
"""Of a single run, and of a panel of several, inches."""

WIDTH = 0.5
"""Over which the marks of a run are spread."""


@dataclass(frozen=True)
class _Kind:
    """Nets that are drawn: a ``start``, or the deep ones; ``when``: as mapped or after training."""

    start: str
    when: Literal["mapped", "trained", ""]
    label: str
    color: str
    marker: str
    line: LineStyle = "-"

    def losses(self, stored: StoredDuals, split: str) -> np.ndarray:
        """Return the loss of every replica."""
        found = stored.found
        if self.start == DEEP:
            return found.deep(split)
        of = found.mapped if self.when == "mapped" else found.trained
        return of(self.start, split)


KINDS = (
    _Kind(DEEP, "", "deep nets", "0.0", "s"),
    _Kind(TANGENT, "mapped", "mapped", "C0", "x"),
    _Kind(TANGENT, "trained", "mapped, trained", "C0", "o"),
    _Kind(SHUFFLED, "trained", "shuffled map, trained", "C2", "^", ":"),
    _Kind(DRAWN, "trained", "drawn anew, trained", "C1", "v", "--"),
)


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw losses while boundary nets are trained, of one run, or at the end beside each other.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    names = labels_of_few(runs, MOST_RUNS, "places on an axis")
    found = [read_duals(run.folder) for run in runs]
    table = Table("run", "nets", "split", "epoch", "mean", "low", "high")
    several = len(runs) > 1
    rows, columns = (2, 1) if several else (1, 2)
    share: Literal["row"] | bool = False if several else "row"
    size = (DOUBLE, 2 * PANEL_HEIGHT if several else HEIGHT)
    figure, grid = new_figure(rows, columns, size=size, sharex=several, sharey=share)
    panels: list[Axes] = list(grid.ravel())
    for axes, split in zip(panels, SPLITS, strict=True):
        axes.set_title(SAMPLES[split])
        axes.set_yscale("log")
        if several:
            _beside(axes, runs, found, split, table)
        else:
            _curves(axes, runs[0].name, found[0], split, table)
    if several:
        panels[-1].set_xticks(range(len(runs)), names, rotation=90)
    for axes in panels if several else panels[:1]:
        axes.set_ylabel("boundary loss")
    legend_above(figure, _keys(several))
    told = [_description(run, stored) for run, stored in zip(runs, found, strict=True)]
    return Drawing(
        figure,
        table.columns,
        "Boundary loss of deep nets, of the nets of their boundary neurons alone that they are "
        "mapped to, and of these after training, beside a shuffled map and nets drawn anew: "
        f"{'; '.join(told)}.",
    )


def _beside(
    axes: Axes, runs: list[RunRecord], found: list[StoredDuals], split: str, table: Table
) -> None:
    """Draw a place per run, and a mark per kind of nets, with its interval."""
    shifts = WIDTH * (np.arange(len(KINDS)) / (len(KINDS) - 1) - 0.5)
    for place, (run, stored) in enumerate(zip(runs, found, strict=True)):
        for shift, kind in zip(shifts, KINDS, strict=True):
            curve = mean_over_replicas(kind.losses(stored, split), "positive")
            at = place + shift
            axes.vlines(at, curve.low, curve.high, color=kind.color, linewidth=0.8)
            axes.plot(at, curve.value, color=kind.color, marker=kind.marker, markersize=3.0)
            table.add_curve(curve, run=run.name, nets=kind.label, split=split)
        constant = stored.found["constant_loss"][SPLITS.index(split)]
        axes.hlines(constant, place - 0.5, place + 0.5, color="0.7", linewidth=0.6, zorder=0)
    axes.set_xlim(-0.6, len(runs) - 0.4)


def _curves(axes: Axes, name: str, stored: StoredDuals, split: str, table: Table) -> None:
    """Draw the loss of boundary nets over the epochs of their training, and that of the deep."""
    found = stored.found
    epochs, at = found.snapshots, SPLITS.index(split)
    for kind in KINDS:
        if kind.when == "trained":
            losses = found["dual_loss"][:, STARTS.index(kind.start), at]
            curve = mean_over_replicas(losses, "positive")
            axes.plot(epochs, curve.value, color=kind.color, linestyle=kind.line)
            axes.fill_between(
                epochs, curve.low, curve.high, color=kind.color, alpha=0.2, linewidth=0.0
            )
            table.add_curve(curve, run=name, nets=kind.label, split=split, epoch=epochs)
    deep = mean_over_replicas(found.deep(split), "positive")
    axes.axhline(float(deep.value), color="0.0")
    axes.axhspan(float(deep.low), float(deep.high), color="0.0", alpha=0.15, linewidth=0.0)
    table.add_curve(deep, run=name, nets=KINDS[0].label, split=split)
    axes.axhline(found["constant_loss"][at], color="0.7", linewidth=0.6, zorder=0)
    axes.set_xscale("symlog", linthresh=1.0)
    axes.set_xlim(0.0, epochs[-1])
    axes.set_xlabel("epoch of training the boundary net")


def _keys(several: bool) -> list[Line2D]:
    keys = [
        Line2D(
            [],
            [],
            color=kind.color,
            label=kind.label,
            linestyle="" if several else kind.line,
            marker=kind.marker if several else "",
            markersize=3.0,
        )
        for kind in KINDS
        if several or kind.when != "mapped"
    ]
    return [*keys, Line2D([], [], color="0.7", linewidth=0.6, label="constant outputs")]


def _description(run: RunRecord, stored: StoredDuals) -> str:
    losses = [float(np.nanmean(kind.losses(stored, "train"))) for kind in KINDS]
    told = [f"{kind.label} {loss:.3g}" for kind, loss in zip(KINDS, losses, strict=True)]
    return f"{run.name}, training samples, {', '.join(told)}"


PLOT = Plot(
    "dual",
    "Losses of deep nets and of nets of their boundary neurons alone, mapped and trained",
    (),
    draw,
    uses=(),
    file=DUAL_FILE,
    symbol="H_dual, H_deep",
    equation="boundary loss against the epoch of training the boundary net",
    source="2008.01540 Sec. 10",
)
