"""``spectrum``: histograms of the dynamical log lambda; Figs. 4 and 5 of 2004.09280."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from nnuniverse.analysis import nearest_snapshot
from nnuniverse.analysis.gaps import gaps_of
from nnuniverse.plots.drawing import (
    LINE_STYLES,
    Drawing,
    Plot,
    PlotSettings,
    Table,
    labels,
    legend_above,
    missing,
    new_figure,
)
from nnuniverse.runs import RunRecord

BIN = 0.25
"""Width of a bin in log lambda: some forty bins over a trained net's spectrum."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a panel per epoch: eigenvalues per bin, mean over replicas, gaps marked."""
    epochs = _recorded_epochs(runs, settings.epochs)
    figure, grid = new_figure(
        len(epochs), 1, size=(3.4, 0.6 + 1.2 * len(epochs)), sharex=True, sharey=True
    )
    table = Table("run", "epoch", "bin_left", "bin_right", "count", "kind", "replica", "p_value")
    edges = _edges(runs, epochs)
    found = []
    for axes, epoch in zip(grid[:, 0], epochs, strict=True):
        for number, (run, name) in enumerate(zip(runs, labels(runs), strict=True)):
            at = nearest_snapshot(run["snapshot"], epoch)
            theta = run["log_eigenvalues"][:, at]
            present = np.isfinite(theta).all(axis=1)
            if present.any():
                whole: dict[str, ArrayLike] = {"run": run.name, "epoch": epoch}
                counts = np.histogram(theta[present], edges)[0] / present.sum()
                axes.stairs(counts, edges, label=name, **_look(number, len(runs)))
                table.add(
                    **whole, bin_left=edges[:-1], bin_right=edges[1:], count=counts, kind="count"
                )
                gaps = _mark_gaps(axes, run, at, number, settings, table, whole)
                found.append(f"{name} at epoch {epoch}: a gap in {gaps} of {present.sum()}")
        axes.set_title(f"epoch {epoch}")
        axes.set_ylabel("eigenvalues")
    grid[-1, 0].set_xlabel(r"dynamical $\log\,\lambda$")
    grid[0, 0].plot([], [], "v", color="0.4", linestyle="none", label="gap of a replica")
    legend_above(figure, len(runs) + 1, f"{_units(runs)} exact zeros are not drawn")
    return Drawing(
        figure,
        table.columns,
        "Histograms of the dynamical eigenvalues of log G, mean over replicas. "
        + "; ".join(found)
        + ". The exact zeros are not drawn.",
    )


def _look(number: int, of: int) -> dict[str, object]:
    """Return how a run's histogram looks: filled if alone, outlined among others."""
    alone = of == 1
    style = LINE_STYLES[number % len(LINE_STYLES)]
    return {
        "color": f"C{number}",
        "linestyle": style,
        "fill": alone,
        "alpha": 0.75 if alone else 1.0,
    }


def _mark_gaps(
    axes: Axes,
    run: RunRecord,
    at: int,
    number: int,
    settings: PlotSettings,
    table: Table,
    whole: dict[str, ArrayLike],
) -> int:
    """Mark the gap of each replica that has one, in a row of marks per run; return how many."""
    gaps = gaps_of(run, settings.analysis, at)
    replicas = np.flatnonzero(gaps.p_value <= settings.analysis.significance)
    for replica in replicas:
        position, half = gaps.position[replica], gaps.width[replica] / 2.0
        axes.plot(
            position,
            0.93 - 0.08 * number,
            "v",
            color=f"C{number}",
            transform=axes.get_xaxis_transform(),
            clip_on=False,
        )
        table.add(
            **whole,
            bin_left=position - half,
            bin_right=position + half,
            count=0,
            kind="gap",
            replica=int(replica),
            p_value=gaps.p_value[replica],
        )
    return len(replicas)


def _units(runs: list[RunRecord]) -> str:
    """Return how many exact zeros the spectra have, each number once."""
    units = [run.unit_eigenvalues for run in runs]
    return " / ".join(dict.fromkeys(map(str, units)))


def _recorded_epochs(runs: list[RunRecord], asked: tuple[int, ...]) -> list[int]:
    """Return the snapshots nearest to what was asked, within what the runs have reached."""
    snapshots = runs[0]["snapshot"]
    reached = min(int(run["snapshot"][-1]) for run in runs)
    within = [epoch for epoch in asked if epoch <= reached] or [reached]
    epochs = dict.fromkeys(int(snapshots[nearest_snapshot(snapshots, epoch)]) for epoch in within)
    for run in runs[1:]:
        if lacking := [epoch for epoch in epochs if epoch not in run["snapshot"]]:
            raise missing(run, f"a snapshot at epoch {lacking[0]}", "--epoch with one of both runs")
    return list(epochs)


def _edges(runs: list[RunRecord], epochs: list[int]) -> np.ndarray:
    drawn = [
        run["log_eigenvalues"][:, nearest_snapshot(run["snapshot"], epoch)]
        for run in runs
        for epoch in epochs
    ]
    low = min((float(np.nanmin(part)) for part in drawn if np.isfinite(part).any()), default=-1.0)
    high = max((float(np.nanmax(part)) for part in drawn if np.isfinite(part).any()), default=1.0)
    return np.arange(np.floor(low / BIN), np.ceil(high / BIN) + 1) * BIN


PLOT = Plot(
    "spectrum",
    "Dynamical eigenvalues of log G",
    ("log_eigenvalues",),
    draw,
    symbol="log lambda_i",
    equation="how many dynamical eigenvalues of log G lie where, at a few epochs",
    source="2004.09280 (5.10), Sec. 10",
)
