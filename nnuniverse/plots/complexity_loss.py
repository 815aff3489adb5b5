"""``complexity-loss``: C_n against the log of a loss; Fig. 7 of 2004.09280."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from nnuniverse.analysis.fits import fit_line
from nnuniverse.analysis.temperatures import loss_for_u
from nnuniverse.errors import RunError
from nnuniverse.plots.drawing import (
    Drawing,
    Plot,
    PlotSettings,
    Table,
    check_loss,
    labels,
    legend_above,
    missing,
    new_figure,
)
from nnuniverse.runs import RunRecord

PRINTED = {20: (769.0, 1.25), 834: (772.0, 1.41)}
"""Intercept and slope of the paper's lines against log U, for its deep net of 854 neurons."""

PRINTED_NETWORK = "784-40-20-10"

MARKERS = ("o", "s", "^", "D", "v")
SYMBOLS = {"bulk_loss": "U", "boundary_loss": r"U_\partial"}


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw C_n over log loss at every snapshot, the fitted lines, and the paper's."""
    figure, grid = new_figure()
    axes = grid[0, 0]
    table = Table("run", "n", "kind", "replica", "epoch", "log_loss", "complexity")
    counts = sorted({int(n) for run in runs for n in run["complexity_n"]})
    fits = []
    for number, (run, name) in enumerate(zip(runs, labels(runs), strict=True)):
        for n in run["complexity_n"]:
            color = f"C{(counts.index(n) + len(counts) * number) % 7}"
            marker = MARKERS[number % len(MARKERS)]
            line, slope = _draw_fit(axes, run, int(n), settings, table, color, marker)
            loss = _loss(run, settings)
            label = rf"$C_{{{n}}}$ = {line} {_symbol(loss)}"
            axes.lines[-1].set_label(f"{name}: {label}" if len(runs) > 1 else label)
            fits.append(f"{name} C_{n} = {line} log {loss}, slope {slope}")
    _draw_printed(axes, runs, table)
    losses = dict.fromkeys(_loss(run, settings) for run in runs)
    axes.set_xlabel(", ".join(f"{_symbol(loss)} ({loss.replace('_', ' ')})" for loss in losses))
    axes.set_ylabel(r"complexity $C_n$")
    legend_above(figure, 1)
    return Drawing(
        figure,
        table.columns,
        "Complexity against log loss: " + "; ".join(fits) + ".",
    )


def _draw_fit(
    axes: Axes,
    run: RunRecord,
    n: int,
    settings: PlotSettings,
    table: Table,
    color: str,
    marker: str,
) -> tuple[str, str]:
    """Draw C_n of every replica and the line through all; return its equation and its slope."""
    loss = _loss(run, settings)
    shown = run["snapshot"] >= settings.analysis.first_epoch
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(run[loss][:, shown])
    values = run["complexity"][:, shown, run["complexity_n"].tolist().index(n)]
    axes.plot(logs.ravel(), values.ravel(), marker, color=color, markersize=1.6, alpha=0.5, mew=0.0)
    for replica in range(run.replicas):
        table.add(
            run=run.name,
            n=n,
            kind="snapshot",
            replica=replica,
            epoch=run["snapshot"][shown],
            log_loss=logs[replica],
            complexity=values[replica],
        )
    analysis = settings.analysis
    fit = fit_line(list(zip(logs, values, strict=True)), analysis.resamples, analysis.seed)
    if not fit.points:
        axes.plot([], [], color=color)
        return "?", "unknown: too few points for a line"
    ends = np.array([np.nanmin(logs), np.nanmax(logs)])
    line = fit.intercept.value + fit.slope.value * ends
    axes.plot(ends, line, color=color)
    table.add(run=run.name, n=n, kind="fit", log_loss=ends, complexity=line)
    slope = fit.slope.value
    return (
        f"{fit.intercept.value:.1f} {'-' if slope < 0.0 else '+'} {abs(slope):.2f}",
        f"{slope:.2f} [{fit.slope.low:.2f}, {fit.slope.high:.2f}]",
    )


def _symbol(loss: str) -> str:
    return rf"$\log {SYMBOLS.get(loss, 'L')}$"


def _loss(run: RunRecord, settings: PlotSettings) -> str:
    """Return the variable that stands for U; raises RunError if there is none, or no logarithm."""
    loss = settings.loss or loss_for_u(run)
    if loss is None:
        raise missing(run, "a loss", "observe.observables=all")
    check_loss(run, loss)
    if (run[loss] < 0.0).any():
        raise RunError(
            f"the `{loss}` of the run {run.name}",
            "be positive, for its logarithm",
            "is negative, by its local objective",
            "--loss boundary_loss",
        )
    return loss


def _draw_printed(axes: Axes, runs: list[RunRecord], table: Table) -> None:
    """Draw the paper's lines where its deep net and one of its C_n are drawn."""
    drawn = {
        int(n)
        for run in runs
        if run.attributes.get("network") == PRINTED_NETWORK
        for n in run["complexity_n"]
    }
    ends = np.array(axes.get_xlim())
    for style, n in zip(("--", ":"), sorted(drawn & set(PRINTED)), strict=False):
        intercept, slope = PRINTED[n]
        line = intercept + slope * ends
        axes.plot(
            ends,
            line,
            style,
            color="0.3",
            label=rf"printed: $C_{{{n}}}$ = {intercept:.0f} + {slope} $\log U$",
        )
        table.add(run="printed", n=n, kind="printed", log_loss=ends, complexity=line)
    axes.set_xlim(*ends)


PLOT = Plot(
    "complexity-loss",
    "Complexity against log loss",
    ("complexity",),
    draw,
    symbol="C_n(log U)",
    equation="C_n over log U with its line, C_n = a + b log U",
    source="2004.09280 Fig. 7",
)
