"""``bulk-ratio``: the bulk loss over the boundary loss while learning; what Fig. 2 is about."""

from __future__ import annotations

from nnuniverse.analysis.ratios import bulk_ratios
from nnuniverse.plots.curves import QuantityCurves, draw_band
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.ticks import scale_axis
from nnuniverse.runs import RunRecord

NORMALISATIONS = {
    "whole": r"$U\,/\,U_\partial$",
    "per_neuron": r"$(U/N)\,/\,(U_\partial/n_L)$",
}


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw both normalisations of every run.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    curves = QuantityCurves.of(runs, settings, {"bulk loss / boundary loss": NORMALISATIONS})
    table = Table("run", "normalisation", "epoch", "mean", "low", "high")
    ends = []
    for number, run in enumerate(runs):
        epochs = run["snapshot"]
        for key, ratios in bulk_ratios(run)._asdict().items():
            curve = draw_band(
                curves.axes(number, key),
                run,
                epochs,
                ratios,
                curves.look(number, key),
                label=curves.name(number, NORMALISATIONS[key]),
                logarithmic=True,
                band=curves.runs.bands,
            )
            table.add_curve(curve, run=run.name, normalisation=key, epoch=epochs)
            ends.append(f"{curves.runs.names[number]} {key} ends at {curve.value[-1]:.3g}")
    curves.finish(settings)
    for axes in curves.grid.flat:
        scale_axis(axes.yaxis, "log")
    return Drawing(
        curves.figure,
        table.columns,
        "Bulk over boundary loss against the epoch: " + "; ".join(ends) + ".",
    )


PLOT = Plot(
    "bulk-ratio",
    "Bulk loss over boundary loss while learning",
    ("bulk_loss", "boundary_loss"),
    draw,
    uses=("hue", "linear_epochs"),
    symbol="r",
    equation="U / U_boundary, and (U / N) / (U_boundary / n_L), over epochs",
    source="2004.09280 Fig. 2",
)
