"""``moments``: mu_2 and mu_3 per dynamical eigenvalue while learning."""

from __future__ import annotations

import numpy as np

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
from nnuniverse.supports import support_of

PRINTED_EPOCH = 10000
PRINTED = {
    "784-40-20-10": {"mu2_per_eigenvalue": 2.44, "mu3_per_eigenvalue": -1.7},
    "784-60-10": {"mu2_per_eigenvalue": 1.84, "mu3_per_eigenvalue": -2.7e-10},
}
"""What 2004.09280 Sec. 10 prints; means over dynamical eigenvalues have the size, traces not."""

PANELS = {
    "mu2_per_eigenvalue": r"$\mu_2\,/\,n_{\mathrm{dyn}}$",
    "mu3_per_eigenvalue": r"$\mu_3\,/\,n_{\mathrm{dyn}}$",
}


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw both moments of every run, and the printed values of the paper's nets."""
    figure, grid = new_figure(2, 1, size=(3.4, 3.8), sharex=True)
    table = Table("run", "moment", "epoch", "mean", "low", "high")
    ends = []
    for (moment, label), axes in zip(PANELS.items(), grid[:, 0], strict=True):
        for number, (run, name) in enumerate(zip(runs, labels(runs), strict=True)):
            shown = after_start(run, settings)
            epochs = run["snapshot"][shown]
            curve = draw_band(
                axes,
                run,
                epochs,
                run[moment][:, shown],
                label=name,
                color=f"C{number % 7}",
                style=LINE_STYLES[number % 4],
                support=support_of(moment),
            )
            table.add_curve(
                curve,
                run=run.name,
                moment=moment,
                epoch=epochs,
            )
            ends.append(f"{name} {moment} ends at {curve.value[-1]:.3g}")
            printed = PRINTED.get(str(run.attributes.get("network")), {}).get(moment)
            if printed is not None and np.max(epochs, initial=0) >= PRINTED_EPOCH:
                axes.plot(
                    PRINTED_EPOCH,
                    printed,
                    "x",
                    color=f"C{number % 7}",
                    markersize=6,
                    label=f"{name}, printed",
                )
                table.add(run=f"{name}, printed", moment=moment, epoch=PRINTED_EPOCH, mean=printed)
        axes.set_ylabel(label)
    epoch_axis(grid[-1, 0], settings)
    grid[0, 0].legend()
    return Drawing(
        figure, table.columns, "Moments per dynamical eigenvalue: " + "; ".join(ends) + "."
    )


PLOT = Plot(
    "moments",
    "Moments of the spectrum of log G",
    tuple(PANELS),
    draw,
    symbol="mu_2, mu_3",
    equation="sum_i (log lambda_i)^k for k = 2, 3, and the same over n_dyn, over epochs",
    source="2004.09280 (9.5), (9.6)",
)
