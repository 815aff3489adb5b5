"""``spectrum``: histograms of the dynamical log lambda; Figs. 4 and 5 of 2004.09280."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from nnuniverse.analysis import nearest_snapshot
from nnuniverse.analysis.active_spectra import active_log_eigenvalues
from nnuniverse.analysis.gaps import gaps_of
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table, missing
from nnuniverse.plots.overlay import Look, Overlay, overlay
from nnuniverse.runs import RunRecord

DECADES = 3
"""Of epochs that are drawn, the last ones: with the last snapshot they fill a column."""

MARK_ROWS = 8
"""Of gaps, one below the other; more would lie in the histograms."""

BIN = 0.25
"""Width of a bin in log lambda: some forty bins over a trained net's spectrum."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a panel per epoch: eigenvalues per bin, mean over replicas, gaps marked.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    shared = overlay(runs, settings)
    epochs = _epochs(runs, settings.epochs)
    figure, grid = shared.grid(len(epochs), 0.6 + 1.2 * len(epochs))
    table = Table("run", "epoch", "bin_left", "bin_right", "count", "kind", "replica", "p_value")
    edges = _edges(runs, list(epochs))
    found, most, any_gaps = [], 0.0, 0
    for row, epoch in zip(grid, epochs, strict=True):
        drawn = [0] * len(shared.panels)
        for number, (run, name) in enumerate(zip(runs, shared.names, strict=True)):
            at = nearest_snapshot(run["snapshot"], epoch)
            present = np.isfinite(run["log_eigenvalues"][:, at]).all(axis=1)
            theta = active_log_eigenvalues(run)[present, at]
            if present.any():
                place, look = shared.places[number], shared.looks[number]
                whole: dict[str, ArrayLike] = {"run": run.name, "epoch": epoch}
                counts = np.histogram(theta[~np.isnan(theta)], edges)[0] / present.sum()
                most = max(most, float(counts.max()))
                _draw_steps(row[place], counts, edges, name, look, alone=not shared.several)
                table.add(
                    **whole, bin_left=edges[:-1], bin_right=edges[1:], count=counts, kind="count"
                )
                mark = (row[place], drawn[place], look.color)
                gaps = _mark_gaps(mark, run, at, settings, table, whole)
                drawn[place] += 1
                any_gaps += gaps
                found.append(f"{name} at epoch {epoch}: a gap in {gaps} of {present.sum()}")
    _name_axes(shared, grid, epochs)
    for axes in grid.flat:
        axes.set_ylim(0.0, 1.05 * (most or 1.0))
    gap = Line2D([], [], marker="v", color="0.4", linestyle="none", label="gap of a replica")
    shared.legend(figure, [gap] if any_gaps else [], f"{_units(runs)} are not drawn")
    return Drawing(
        figure,
        table.columns,
        "Histograms of the dynamical eigenvalues of log G, mean over replicas. "
        + "; ".join(found)
        + ". The exact zeros are not drawn.",
        tuple(
            f"there is no snapshot at epoch {' or '.join(map(str, asked))}: the nearest, at epoch "
            f"{epoch}, is drawn"
            for epoch, asked in epochs.items()
            if asked
        ),
    )


def _draw_steps(
    axes: Axes, counts: np.ndarray, edges: np.ndarray, name: str, look: Look, *, alone: bool
) -> None:
    """Draw a histogram: filled if alone, outlined among others."""
    alpha = 0.75 if alone else 1.0
    axes.stairs(
        counts, edges, label=name, color=look.color, linestyle=look.style, fill=alone, alpha=alpha
    )


def _name_axes(shared: Overlay, grid: np.ndarray, epochs: dict[int, list[int]]) -> None:
    """Say which epoch is in which row, and for which it stands."""
    titles = [
        f"epoch {epoch}" + (f" (nearest to {' and '.join(map(str, asked))})" if asked else "")
        for epoch, asked in epochs.items()
    ]
    alone = len(shared.panels) == 1
    ys = ["eigenvalues"] * len(titles) if alone else [f"{title}\neigenvalues" for title in titles]
    shared.label(grid, r"dynamical $\log\,\lambda$", ys)
    for row, title in zip(grid, titles, strict=True):
        if alone:
            row[0].set_title(title)


def _mark_gaps(
    mark: tuple[Axes, int, str],
    run: RunRecord,
    at: int,
    settings: PlotSettings,
    table: Table,
    whole: dict[str, ArrayLike],
) -> int:
    """Mark the gap of each replica that has one; return how many.

    ``mark``: the axes, the number of the run in it, which has a row of marks, and its colour.
    """
    axes, number, color = mark
    gaps = gaps_of(run, settings.analysis, at)
    replicas = np.flatnonzero(gaps.p_value <= settings.analysis.significance)
    for replica in replicas:
        position, half = gaps.position[replica], gaps.width[replica] / 2.0
        axes.plot(
            position,
            0.93 - 0.08 * (number % MARK_ROWS),
            "v",
            color=color,
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
    """Return which exact zeros the spectra have: their number, or between which it is."""
    units = sorted({run.unit_eigenvalues for run in runs if run.active_sizes is None})
    if not units:
        return "exact zeros"
    number = " / ".join(map(str, units)) if len(units) <= 2 else f"{units[0]} to {units[-1]}"
    others = "" if all(run.active_sizes is None for run in runs) else ", and of dormant neurons,"
    return f"{number} exact zeros{others}"


def _epochs(runs: list[RunRecord], asked: tuple[int, ...] | None) -> dict[int, list[int]]:
    """Return the snapshots drawn, each with what was asked for that is none.

    Without ``asked`` those are the last three decades of epochs, or the nearest to them, and the
    last one, of what all runs have recorded.  Raises RunError if one has not recorded it.
    """
    if asked is None:
        common = set(map(int, runs[0]["snapshot"])).intersection(*(run["snapshot"] for run in runs))
        shared = np.array(sorted(common), int)
        last = int(shared[-1]) if len(shared) else 0
        decades = [10**k for k in range(len(str(last))) if 10**k < last][-DECADES:]
        near = [int(shared[nearest_snapshot(shared, epoch)]) for epoch in decades]
        return {epoch: [] for epoch in sorted({*near, last})}
    snapshots = runs[0]["snapshot"]
    drawn: dict[int, list[int]] = {}
    for epoch in asked:
        nearest = int(snapshots[nearest_snapshot(snapshots, epoch)])
        drawn.setdefault(nearest, []).extend([epoch] if epoch != nearest else [])
    for run in runs[1:]:
        if lacking := [epoch for epoch in drawn if epoch not in run["snapshot"]]:
            raise missing(run, f"a snapshot at epoch {lacking[0]}", "--epoch with one of all runs")
    return drawn


def _edges(runs: list[RunRecord], epochs: list[int]) -> np.ndarray:
    drawn = [
        active_log_eigenvalues(run)[:, nearest_snapshot(run["snapshot"], epoch)]
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
    uses=("hue", "epochs", "significance", "resamples", "seed"),
    symbol="log lambda_i",
    equation="how many dynamical eigenvalues of log G lie where, at a few epochs",
    source="2004.09280 (5.10), Sec. 10, Figs. 4 and 5",
)
