"""``eigenvalues``: every dynamical log lambda while learning."""

from __future__ import annotations

import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.plots.drawing import (
    Drawing,
    Plot,
    PlotSettings,
    Table,
    after_start,
    epoch_axis,
    labels,
    missing,
    new_figure,
)
from nnuniverse.runs import RunRecord


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a panel per run with the eigenvalues of one replica, by rank."""
    width = 3.4 if len(runs) == 1 else min(7.0, 2.6 * len(runs))
    figure, grid = new_figure(1, len(runs), size=(width, 2.6), sharey=True)
    table = Table("run", "replica", "epoch", "rank", "log_eigenvalue")
    replica = settings.replica
    for axes, run, name in zip(grid[0], runs, labels(runs), strict=True):
        if not 0 <= replica < run.replicas:
            raise ConfigError(
                "`--replica`",
                f"be one of the {run.replicas} of {run.name}",
                f"is {replica}",
                "--replica 0",
            )
        shown = after_start(run, settings)
        epochs, theta = run["snapshot"][shown], run["log_eigenvalues"][replica, shown]
        if not np.isfinite(theta).any():
            raise missing(run, f"a finite spectrum of replica {replica}", "another --replica")
        for rank, values in enumerate(theta.T, 1):
            large = np.nanmean(values) > 0.0 if np.isfinite(values).any() else False
            axes.plot(epochs, values, color="C1" if large else "C0", linewidth=0.4)
            table.add(run=run.name, replica=replica, epoch=epochs, rank=rank, log_eigenvalue=values)
        axes.axhline(0.0, color="0.3", linewidth=0.6)
        units = run.unit_eigenvalues
        axes.set_title(f"{name}, replica {replica}\n{units} more are exactly 0")
        epoch_axis(axes, settings)
    grid[0, 0].set_ylabel(r"dynamical $\log\,\lambda_i$")
    return Drawing(
        figure,
        table.columns,
        f"Every dynamical eigenvalue of log G of replica {replica} against the epoch, for "
        + ", ".join(labels(runs))
        + ".",
    )


PLOT = Plot(
    "eigenvalues",
    "Eigenvalues of log G while learning",
    ("log_eigenvalues",),
    draw,
    symbol="log lambda_i",
    equation="every dynamical eigenvalue of log G, over epochs",
    source="2004.09280 (5.10)",
)
