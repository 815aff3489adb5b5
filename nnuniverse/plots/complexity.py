"""``complexity``: C_n while learning; Fig. 6 of 2004.09280."""

from __future__ import annotations

from nnuniverse.plots.curves import draw_band
from nnuniverse.plots.drawing import (
    LINE_STYLES,
    Drawing,
    Plot,
    PlotSettings,
    Table,
    after_start,
    epoch_axis,
    labels,
    new_figure,
)
from nnuniverse.runs import RunRecord


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw every recorded C_n: a colour per n, a line style per run."""
    figure, grid = new_figure()
    axes = grid[0, 0]
    table = Table("run", "n", "epoch", "mean", "low", "high")
    counts = sorted({int(n) for run in runs for n in run["complexity_n"]})
    ends = []
    for run, name, style in zip(runs, labels(runs), LINE_STYLES * len(runs), strict=False):
        shown = after_start(run, settings)
        epochs = run["snapshot"][shown]
        for position, n in enumerate(run["complexity_n"]):
            curve = draw_band(
                axes,
                run,
                epochs,
                run["complexity"][:, shown, position],
                label=rf"{name}: $C_{{{n}}}$" if len(runs) > 1 else rf"$C_{{{n}}}$",
                color=f"C{counts.index(n) % 7}",
                style=style,
            )
            table.add_curve(
                curve,
                run=run.name,
                n=int(n),
                epoch=epochs,
            )
            ends.append(f"{name} C_{n} from {curve.value[0]:.1f} to {curve.value[-1]:.1f}")
    epoch_axis(axes, settings)
    axes.set_ylabel(r"complexity $C_n$")
    axes.legend()
    return Drawing(figure, table.columns, "Complexity against the epoch: " + "; ".join(ends) + ".")


PLOT = Plot(
    "complexity",
    "Complexity while learning",
    ("complexity",),
    draw,
    symbol="C_n",
    equation="-1/2 sum_{i<=n} log lambda_i + (N/2) log 2 pi, over epochs",
    source="2004.09280 (10.5), Fig. 6",
)
