"""``eigenvalues``: every dynamical log lambda while learning."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from nnuniverse.analysis.active_spectra import active_log_eigenvalues
from nnuniverse.errors import ConfigError
from nnuniverse.plots.drawing import (
    Drawing,
    Plot,
    PlotSettings,
    Table,
    labels,
    missing,
    require_learning,
)
from nnuniverse.plots.overlay import apart, in_order
from nnuniverse.plots.ticks import epoch_axes
from nnuniverse.runs import RunRecord


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a panel per run with the eigenvalues of one replica, by rank.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    runs = in_order(runs)
    replica, names = settings.replica, labels(runs)
    units = [
        f"{run.unit_eigenvalues} more are exactly 0"
        if run.active_sizes is None
        else "all others are exactly 0"
        for run in runs
    ]
    titles = [f"{name}, replica {replica}\n{unit}" for name, unit in zip(names, units, strict=True)]
    panels = apart(names, titles)
    figure, grid = panels.grid(1, 2.6)
    table = Table("run", "replica", "epoch", "rank", "log_eigenvalue")
    for axes, run in zip(grid[0], runs, strict=True):
        _draw_ranks(axes, run, replica, table)
    epoch_axes(grid.flat, settings.linear_epochs)
    panels.label(grid, "epoch", [r"dynamical $\log\,\lambda_i$"])
    return Drawing(
        figure,
        table.columns,
        f"Every dynamical eigenvalue of log G of replica {replica} against the epoch, for "
        + ", ".join(names)
        + ".",
    )


def _draw_ranks(axes: Axes, run: RunRecord, replica: int, table: Table) -> None:
    """Draw a line per rank; raises ConfigError if there is no such replica."""
    if not 0 <= replica < run.replicas:
        raise ConfigError(
            "`--replica`", f"be one of the {run.replicas} of {run.name}", f"is {replica}", "0"
        )
    require_learning(run, run["snapshot"])
    epochs, theta = run["snapshot"], active_log_eigenvalues(run)[replica]
    if not np.isfinite(theta).any():
        raise missing(run, f"a finite spectrum of replica {replica}", "another --replica")
    for rank, values in enumerate(theta.T, 1):
        if run.active_sizes is not None and not np.isfinite(values).any():
            continue  # of neurons that are never there
        large = np.nanmean(values) > 0.0 if np.isfinite(values).any() else False
        axes.plot(epochs, values, color="C1" if large else "C0", linewidth=0.4)
        table.add(run=run.name, replica=replica, epoch=epochs, rank=rank, log_eigenvalue=values)
    axes.axhline(0.0, color="0.3", linewidth=0.6)


PLOT = Plot(
    "eigenvalues",
    "Eigenvalues of log G while learning",
    ("log_eigenvalues",),
    draw,
    uses=("linear_epochs", "replica"),
    symbol="log lambda_i",
    equation="every dynamical eigenvalue of log G, over epochs",
    source="2004.09280 (5.10)",
)
