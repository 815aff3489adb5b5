"""``bulk-ratio``: the bulk loss over the boundary loss while learning; what Fig. 2 is about."""

from __future__ import annotations

from nnuniverse.analysis.ratios import bulk_ratios
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

NORMALISATIONS = {
    "whole": r"$U\,/\,U_\partial$",
    "per_neuron": r"$(U/N)\,/\,(U_\partial/n_L)$",
}


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw both normalisations of every run: a colour per run, a line style per normalisation."""
    figure, grid = new_figure()
    axes = grid[0, 0]
    table = Table("run", "normalisation", "epoch", "mean", "low", "high")
    ends = []
    for number, (run, name) in enumerate(zip(runs, labels(runs), strict=True)):
        shown = after_start(run, settings)
        epochs = run["snapshot"][shown]
        ratios = bulk_ratios(run)._asdict()
        for (key, symbol), style in zip(NORMALISATIONS.items(), LINE_STYLES, strict=False):
            curve = draw_band(
                axes,
                run,
                epochs,
                ratios[key][:, shown],
                label=f"{name}: {symbol}" if len(runs) > 1 else symbol,
                color=f"C{number % 7}",
                style=style,
                logarithmic=True,
            )
            table.add_curve(curve, run=run.name, normalisation=key, epoch=epochs)
            ends.append(f"{name} {key} ends at {curve.value[-1]:.3g}")
    epoch_axis(axes, settings)
    axes.set_yscale("log")
    axes.set_ylabel("bulk loss / boundary loss")
    axes.legend()
    return Drawing(
        figure, table.columns, "Bulk over boundary loss against the epoch: " + "; ".join(ends) + "."
    )


PLOT = Plot(
    "bulk-ratio",
    "Bulk loss over boundary loss while learning",
    ("bulk_loss", "boundary_loss", "log_eigenvalues"),
    draw,
    symbol="r",
    equation="U / U_boundary, and (U / N) / (U_boundary / n_L), over epochs",
    source="2004.09280 Fig. 2",
)
