"""``loss``: the losses while learning; Fig. 2 of 2004.09280."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.smooth_curves import smooth_log_curve
from nnuniverse.plots.curves import QuantityCurves, draw_band
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table, loss_scale, missing
from nnuniverse.plots.ticks import scale_axis
from nnuniverse.runs import RunRecord
from nnuniverse.supports import support_of

LOSSES = {
    "boundary_loss": r"boundary $U_\partial$",
    "bulk_loss": "bulk $U$",
    "running_boundary_loss": "boundary, running",
    "cross_entropy": "cross-entropy",
}
"""What is drawn if recorded, with its label; the running loss only where there is no exact one."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw every recorded loss of every run against the epoch.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    chosen = [_losses(run) for run in runs]
    labels = {loss: label for loss, label in LOSSES.items() if any(loss in of for of in chosen)}
    curves = QuantityCurves.of(runs, settings, {"loss per sample": labels})
    table = Table("run", "loss", "epoch", "mean", "low", "high")
    drawn: list[str] = []
    scale = loss_scale(*(run[loss] for run in runs for loss in LOSSES if loss in run))
    for number, (run, losses) in enumerate(zip(runs, chosen, strict=True)):
        for loss in losses:
            epochs, values = loss_curve(run, loss)
            curve = draw_band(
                curves.axes(number, loss),
                run,
                epochs,
                values,
                curves.look(number, loss),
                label=curves.name(number, LOSSES[loss]),
                logarithmic=scale == "log",
                band=curves.runs.bands,
                support=support_of(loss),
            )
            table.add_curve(curve, run=run.name, loss=loss, epoch=epochs)
            name = curves.runs.names[number]
            drawn.append(f"{name} {loss} from {curve.value[0]:.3g} to {curve.value[-1]:.3g}")
    curves.finish(settings)
    for axes in curves.grid.flat:
        scale_axis(axes.yaxis, scale)
    return Drawing(
        curves.figure, table.columns, "Losses against the epoch: " + "; ".join(drawn) + "."
    )


def _losses(run: RunRecord) -> list[str]:
    """Return which losses of a run are drawn; raises RunError if it has none."""
    chosen = [loss for loss in LOSSES if loss in run]
    if not chosen:
        raise missing(run, "a loss", "observe.observables=all")
    if "boundary_loss" in chosen and "running_boundary_loss" in chosen:
        chosen.remove("running_boundary_loss")
    return chosen


def loss_curve(run: RunRecord, loss: str) -> tuple[np.ndarray, np.ndarray]:
    """Return epochs and values, (replica, point), of a loss recorded by snapshot or by epoch.

    One recorded by epoch is averaged in bins of equal width in log epoch.

    ``run``: the run, as read back from its folder.
    """
    if run.variable(loss).dims[1] == "snapshot":
        return run["snapshot"], run[loss]
    binned = [smooth_log_curve(run["epoch"], one) for one in run[loss]]
    longest = max(binned, key=lambda curve: len(curve.epoch))
    values = np.full((len(binned), len(longest.epoch)), np.nan)
    for replica, curve in zip(values, binned, strict=True):  # a diverged replica ends earlier
        replica[: len(curve.epoch)] = np.exp(curve.log_loss)
    return longest.epoch, values


PLOT = Plot(
    "loss",
    "Losses while learning",
    (),
    draw,
    uses=("hue", "linear_epochs"),
    symbol="U",
    equation="boundary loss 1/2 sum_out (x - target)^2 and bulk loss, means over the samples, "
    "over epochs",
    source="2004.09280 (2.11), (3.4), Fig. 2",
)
