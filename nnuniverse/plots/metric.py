"""``metric``: how nearly null the best form is at every neuron, beside that of Gaussians."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnuniverse.analysis.hidden import StoredHidden, lorentzian, read_hidden
from nnuniverse.errors import RunError
from nnuniverse.plots.canvas import legend_above, new_figure, wrapped_title
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import DOUBLE, SINGLE
from nnuniverse.plots.overlay import labels_of_few
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import HIDDEN_FILE

MARKS = ("o", "s", "^", "D")
"""Of the steps that a metric was fitted at."""

MOST_RUNS = 3
HEIGHT = 3.0


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw q of every neuron against that of Gaussians with the same means and variances.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    names = labels_of_few(runs, MOST_RUNS, "panels")
    found = [_fitted(run) for run in runs]
    width = SINGLE if len(runs) == 1 else DOUBLE
    figure, grid = new_figure(1, len(runs), size=(width, HEIGHT), sharey=True, sharex=True)
    table = Table("run", "replica", "neuron", "step", "residual", "gaussian", "gap")
    for axes, name, run, stored in zip(grid[0], names, runs, found, strict=True):
        _draw_points(axes, run.name, stored, table)
        axes.set_xlabel("$q$ of Gaussians")
        if len(runs) > 1:
            wrapped_title(axes, name, width / len(runs) - 0.4)
    grid[0, 0].set_xlim(left=0.0)  # shared, once all is drawn
    grid[0, 0].set_ylim(bottom=0.0)
    grid[0, 0].set_ylabel("$q$ of the run")
    steps = list(dict.fromkeys(int(t) for stored in found for t in stored.found.fit_steps))
    keys = [
        Line2D(
            [],
            [],
            color=f"C{k}",
            marker=MARKS[k % 4],
            linestyle="",
            markersize=3,
            label=f"$t = {t}$",
        )
        for k, t in enumerate(steps)
    ]
    legend_above(figure, keys)
    told = "; ".join(_description(run, of) for run, of in zip(runs, found, strict=True))
    return Drawing(
        figure,
        table.columns,
        "Mean square of the quadratic form that is nearest to null on the speeds of subsystems, "
        f"over that of isotropic ones, against the same of Gaussians, at every neuron: {told}.",
    )


def _fitted(run: RunRecord) -> StoredHidden:
    """Return what is stored; raises RunError where no form was fitted."""
    stored = read_hidden(run.folder)
    if not np.isfinite(stored.found["metric_residual"]).any():
        raise RunError(
            f"the run {run.name}",
            "have subsystems that move apart",
            "has none at any neuron",
            "`nnu hidden` with other --groups or --steps",
        )
    return stored


def _draw_points(axes: Axes, name: str, stored: StoredHidden, table: Table) -> None:
    found = stored.found
    own, gaussian = found["metric_residual"], found["metric_residual_gaussian"].mean(axis=-1)
    for at, t in enumerate(found.fit_steps):
        there = np.isfinite(own[:, at]) & np.isfinite(gaussian[:, at])
        replica, place = np.nonzero(there)
        x, y = gaussian[:, at][there], own[:, at][there]
        axes.plot(
            x, y, MARKS[at % 4], color=f"C{at}", markersize=2.0, alpha=0.6, markeredgewidth=0.0
        )
        table.add(
            run=name,
            replica=replica,
            neuron=found.fit_neurons[place],
            step=int(t),
            residual=y,
            gaussian=x,
            gap=found["metric_gap"][:, at][there],
        )
    axes.axline((0.0, 0.0), slope=1.0, color="0.6", linewidth=0.6, zorder=0)


def _description(run: RunRecord, stored: StoredHidden) -> str:
    found = stored.found
    there = np.isfinite(found["metric_residual"])
    one = f"signature (1, {len(found.subsystems) - 1})"
    own = lorentzian(found["metric_signature"][there])
    gaussian = lorentzian(found["metric_signature_gaussian"][there])
    return (
        f"{run.name} median {np.median(found['metric_residual'][there]):.2f} against "
        f"{np.nanmedian(found['metric_residual_gaussian'][there]):.2f}, {one} at {own:.0%} against "
        f"{gaussian:.0%}"
    )


PLOT = Plot(
    "metric",
    "How nearly null the best form of subsystems is, beside that of Gaussians",
    (),
    draw,
    uses=(),
    file=HIDDEN_FILE,
    symbol="q",
    equation="D (D + 2)/2 times the least eigenvalue of <(u u^T) x (u u^T)> against that of "
    "Gaussians with the same means and variances, per neuron",
    source="2008.01540 (7.8) (B13)",
)
