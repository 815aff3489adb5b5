"""``train-test``: losses and errors over the training and the test samples while learning."""

from __future__ import annotations

from collections.abc import Sequence

from nnuniverse.plots.curves import QuantityCurves, draw_band
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.ticks import scale_axis
from nnuniverse.runs import RunRecord
from nnuniverse.supports import support_of

ROWS = {
    "loss per sample": {"boundary_loss": "train", "test_boundary_loss": "test"},
    "cross-entropy": {"cross_entropy": "train", "test_cross_entropy": "test"},
    "error rate": {"error_rate": "train", "test_error_rate": "test"},
    "$R^2$": {"r_squared": "train", "test_r_squared": "test"},
}
"""What is drawn against each axis, if every run has recorded it."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a row per quantity, with its curves over the training and the test samples.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    rows = {y: of for y, of in ROWS.items() if all(name in run for run in runs for name in of)}
    curves = QuantityCurves.of(runs, settings, rows)
    table = Table("run", "quantity", "epoch", "mean", "low", "high")
    ends = []
    for quantities in rows.values():
        scale = _scale(runs, list(quantities))
        for number, run in enumerate(runs):
            for quantity, label in quantities.items():
                curve = draw_band(
                    curves.axes(number, quantity),
                    run,
                    run["snapshot"],
                    run[quantity],
                    curves.look(number, quantity),
                    label=curves.name(number, label),
                    logarithmic=scale == "log",
                    band=curves.runs.bands,
                    support=support_of(quantity),
                )
                table.add_curve(curve, run=run.name, quantity=quantity, epoch=run["snapshot"])
                ends.append(f"{curves.runs.names[number]} {quantity} at {curve.value[-1]:.3g}")
        for quantity in quantities:
            for number in range(len(runs)):
                scale_axis(curves.axes(number, quantity).yaxis, scale)
    curves.finish(settings)
    return Drawing(
        curves.figure,
        table.columns,
        "Losses and errors over training and test samples against the epoch, at the end: "
        + "; ".join(ends)
        + ".",
    )


def _scale(runs: Sequence[RunRecord], quantities: Sequence[str]) -> str:
    """Return the scale of an axis: linear if a value is 0, of a net without errors."""
    zero = any((run[quantity] <= 0.0).any() for run in runs for quantity in quantities)
    return "linear" if zero else "log"


PLOT = Plot(
    "train-test",
    "Train and test loss and error while learning",
    ("boundary_loss", "test_boundary_loss"),
    draw,
    uses=("hue", "linear_epochs"),
    symbol="U_boundary",
    equation="boundary loss 1/2 sum_out (x - target)^2, cross-entropy, error rate, R squared, "
    "each over the training and the test samples, over epochs",
    source="2004.09280 (2.11)",
)
