"""``complexity-loss``: C_n against the log of a loss; Fig. 7 of 2004.09280."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnuniverse.analysis.fits import fit_line
from nnuniverse.analysis.temperatures import loss_for_u
from nnuniverse.errors import RunError
from nnuniverse.plots.canvas import legend_above
from nnuniverse.plots.complexity import complexity_labels
from nnuniverse.plots.drawing import (
    LINE_STYLES,
    Drawing,
    Plot,
    PlotSettings,
    Table,
    check_loss,
    missing,
)
from nnuniverse.plots.overlay import COLOURS, Look, Overlay, crowded, overlay
from nnuniverse.runs import RunRecord

PRINTED = {20: (769.0, 1.25), 834: (772.0, 1.41)}
"""Intercept and slope of the paper's lines against log U, for its deep net of 854 neurons."""

PRINTED_NETWORK = "784-40-20-10"

MARKERS = ("o", "s", "^", "D", "v")
SYMBOLS = {"bulk_loss": "U", "boundary_loss": r"U_\partial"}


class _Fit(NamedTuple):
    """The line of a run's C_n: its equation, its slope with an interval, and its R squared."""

    equation: str
    slope: str
    r2: float


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw C_n over log loss at every snapshot, the fitted lines, and the paper's.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    losses = [_loss(run, settings) for run in runs]
    shared = overlay(runs, settings)
    figure, grid = shared.grid(1, 2.6)
    table = Table("run", "n", "kind", "replica", "epoch", "log_loss", "complexity")
    labels = complexity_labels(runs)
    if shared.several and len(labels) > len(LINE_STYLES):
        raise crowded(shared.names, f"have {len(labels)} complexities each")
    fits, keys = [], []
    r2: list[list[float]] = [[] for _ in shared.panels]
    for number, (run, name) in enumerate(zip(runs, shared.names, strict=True)):
        loss = losses[number]
        for n in map(int, run["complexity_n"]):
            look = _look(shared, number, list(labels).index(str(n)))
            axes, marker = grid[0, shared.places[number]], _marker(labels, n)
            fit = _draw_fit(axes, run, n, loss, settings, table, look, marker)
            r2[shared.places[number]].append(fit.r2)
            label = f"{labels[str(n)]} = {fit.equation} {_symbol(loss)}, $R^2$ = {fit.r2:.2f}"
            if np.isnan(fit.r2):
                label = f"{labels[str(n)]}: too few points for a line"
            label = f"{name}: {label}" if shared.several else label
            axes.lines[-1].set_label(label)
            keys.append(Line2D([], [], color=look.color, linestyle=look.style, label=label))
            keys[-1].set(marker=_marker(labels, n), markersize=3)
            fits.append(f"{name} C_{n} = {fit.equation} log {loss}, slope {fit.slope}")
    printed = _draw_printed(grid, runs, table)
    symbols = [f"{_symbol(loss)} ({loss.replace('_', ' ')})" for loss in dict.fromkeys(losses)]
    shared.label(grid, ", ".join(symbols), [r"complexity $C_n$"])
    if shared.by_value:
        for axes, panel, of_panel in zip(grid[0], shared.panels, r2, strict=True):
            axes.set_title(f"{panel}\n{_r2_text(of_panel)}".strip())
        shared.legend(figure, [*_styles(labels), *printed], solid=True)
    else:
        legend_above(figure, [*keys, *printed])
    return Drawing(
        figure,
        table.columns,
        "Complexity against log loss: " + "; ".join(fits) + ".",
    )


def _r2_text(r2: list[float]) -> str:
    """Return how well the lines of a panel fit: the least and the largest R squared."""
    known = [value for value in r2 if np.isfinite(value)]
    if not known:
        return ""
    return rf"lines: $R^2$ from {min(known):.2f} to {max(known):.2f}"


def _look(shared: Overlay, run: int, number: int) -> Look:
    """Return colour and line style: of one run a colour for every C_n, else for every run."""
    if not shared.several:
        return Look(f"C{number % COLOURS}")
    return Look(shared.looks[run].color, LINE_STYLES[number])


def _marker(labels: Mapping[str, str], n: int) -> str:
    """Return the marker that stands for C_n."""
    return MARKERS[list(labels).index(str(n)) % len(MARKERS)]


def _styles(labels: Mapping[str, str]) -> list[Line2D]:
    """Return what the legend says of lines and markers, which stand for C_n."""
    looks = zip(labels.values(), LINE_STYLES, MARKERS, strict=False)
    return [
        Line2D([], [], color="0.4", linestyle=style, marker=marker, markersize=3, label=label)
        for label, style, marker in looks
    ]


def _draw_fit(
    axes: Axes,
    run: RunRecord,
    n: int,
    loss: str,
    settings: PlotSettings,
    table: Table,
    look: Look,
    marker: str,
) -> _Fit:
    """Draw C_n of every replica and the line through all; return what to say of that."""
    shown = run["snapshot"] >= settings.analysis.first_epoch
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(run[loss][:, shown])
    values = run["complexity"][:, shown, run["complexity_n"].tolist().index(n)]
    color, style = look
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
        return _Fit("?", "unknown: too few points for a line", np.nan)
    ends = np.array([np.nanmin(logs), np.nanmax(logs)])
    line = fit.intercept.value + fit.slope.value * ends
    axes.plot(ends, line, color=color, linestyle=style)
    table.add(run=run.name, n=n, kind="fit", log_loss=ends, complexity=line)
    slope = fit.slope.value
    sign = "\N{MINUS SIGN}" if slope < 0.0 else "+"
    return _Fit(
        f"{fit.intercept.value:.1f} {sign} {abs(slope):.2f}",
        f"{slope:.2f} [{fit.slope.low:.2f}, {fit.slope.high:.2f}], R squared {fit.r2:.2f}",
        fit.r2,
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


def _draw_printed(grid: np.ndarray, runs: list[RunRecord], table: Table) -> list[Line2D]:
    """Draw the paper's lines where its deep net and one of its C_n are drawn; return them."""
    drawn = {
        int(n)
        for run in runs
        if run.attributes.get("network") == PRINTED_NETWORK
        for n in run["complexity_n"]
    }
    lines: list[Line2D] = []
    for axes in grid.flat:
        ends = np.array(axes.get_xlim())
        lines = []
        for style, n in zip(("--", ":"), sorted(drawn & set(PRINTED)), strict=False):
            intercept, slope = PRINTED[n]
            line = intercept + slope * ends
            label = rf"printed: $C_{{{n}}}$ = {intercept:.0f} + {slope} $\log U$"
            lines += axes.plot(ends, line, style, color="0.3", label=label)
            if axes is grid.flat[0]:
                table.add(run="printed", n=n, kind="printed", log_loss=ends, complexity=line)
        axes.set_xlim(*ends)
    return lines


PLOT = Plot(
    "complexity-loss",
    "Complexity against log loss",
    ("complexity",),
    draw,
    uses=("hue", "loss", "first_epoch", "resamples", "seed"),
    symbol="C_n(log U)",
    equation="C_n over log U with its line, C_n = a + b log U",
    source="2004.09280 Fig. 7",
)
