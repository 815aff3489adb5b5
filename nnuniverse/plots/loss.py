"""``loss``: the losses while learning; Fig. 2 of 2004.09280."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.smooth_curves import smooth_log_curve
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
    loss_scale,
    missing,
    new_figure,
)
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
    """Draw every recorded loss of every run against the epoch."""
    figure, grid = new_figure()
    axes = grid[0, 0]
    table = Table("run", "loss", "epoch", "mean", "low", "high")
    drawn: list[str] = []
    scale = loss_scale(*(run[loss] for run in runs for loss in LOSSES if loss in run))
    for run, name, style in zip(runs, labels(runs), LINE_STYLES * len(runs), strict=False):
        chosen = [loss for loss in LOSSES if loss in run]
        if not chosen:
            raise missing(run, "a loss", "observe.observables=all")
        if "boundary_loss" in chosen and "running_boundary_loss" in chosen:
            chosen.remove("running_boundary_loss")
        for loss in chosen:
            epochs, values = loss_curve(run, loss, settings)
            curve = draw_band(
                axes,
                run,
                epochs,
                values,
                label=f"{name}: {LOSSES[loss]}" if len(runs) > 1 else LOSSES[loss],
                color=f"C{list(LOSSES).index(loss) if len(runs) == 1 else len(drawn) % 7}",
                style=style,
                logarithmic=scale == "log",
                support=support_of(loss),
            )
            table.add_curve(
                curve,
                run=run.name,
                loss=loss,
                epoch=epochs,
            )
            drawn.append(f"{name} {loss} from {curve.value[0]:.3g} to {curve.value[-1]:.3g}")
    epoch_axis(axes, settings)
    axes.set_yscale(scale)
    axes.set_ylabel("loss per sample")
    axes.legend()
    return Drawing(figure, table.columns, "Losses against the epoch: " + "; ".join(drawn) + ".")


def loss_curve(run: RunRecord, loss: str, settings: PlotSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return epochs and values, (replica, point), of a loss recorded by snapshot or by epoch.

    One recorded by epoch is averaged in bins of equal width in log epoch.
    """
    if run.variable(loss).dims[1] == "snapshot":
        shown = after_start(run, settings)
        return run["snapshot"][shown], run[loss][:, shown]
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
    symbol="U",
    equation="boundary loss 1/2 sum_out (x - target)^2 and bulk loss, means over the samples, "
    "over epochs",
    source="2004.09280 (2.11), (3.4)",
)
