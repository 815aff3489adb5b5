"""``moments``: mu_2 and mu_3 per dynamical eigenvalue while learning."""

from __future__ import annotations

import numpy as np
from matplotlib.lines import Line2D

from nnuniverse.plots.curves import draw_band
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.overlay import overlay
from nnuniverse.plots.ticks import epoch_axes
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
    """Draw both moments of every run, and the printed values of the paper's nets.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    shared = overlay(runs, settings)
    figure, grid = shared.grid(len(PANELS), 3.8)
    table = Table("run", "moment", "epoch", "mean", "low", "high")
    ends, marked = [], False
    for moment, row in zip(PANELS, grid, strict=True):
        for number, (run, name) in enumerate(zip(runs, shared.names, strict=True)):
            epochs, look = run["snapshot"], shared.looks[number]
            axes = row[shared.places[number]]
            curve = draw_band(
                axes,
                run,
                epochs,
                run[moment],
                look,
                label=name,
                band=shared.bands,
                support=support_of(moment),
            )
            table.add_curve(curve, run=run.name, moment=moment, epoch=epochs)
            ends.append(f"{name} {moment} ends at {curve.value[-1]:.3g}")
            printed = _printed(run, moment)
            if printed is not None:
                axes.plot(PRINTED_EPOCH, printed, "x", color=look.color, markersize=6)
                table.add(run=f"{name}, printed", moment=moment, epoch=PRINTED_EPOCH, mean=printed)
                marked = True
    epoch_axes(grid.flat, settings.linear_epochs)
    shared.label(grid, "epoch", list(PANELS.values()))
    cross = Line2D([], [], color="0.4", marker="x", markersize=6, linestyle="none", label="printed")
    shared.legend(figure, [cross] if marked else [])
    return Drawing(
        figure, table.columns, "Moments per dynamical eigenvalue: " + "; ".join(ends) + "."
    )


def _printed(run: RunRecord, moment: str) -> float | None:
    """Return what the paper prints for the net of a run that was trained as long, if it does."""
    reached = np.max(run["snapshot"], initial=0) >= PRINTED_EPOCH
    of_network = PRINTED.get(str(run.attributes.get("network")), {})
    return of_network.get(moment) if reached else None


PLOT = Plot(
    "moments",
    "Moments of the spectrum of log G",
    tuple(PANELS),
    draw,
    uses=("hue", "linear_epochs"),
    symbol="mu_2/n_dyn, mu_3/n_dyn",
    equation="sum_i (log lambda_i)^k / n_dyn for k = 2, 3, over epochs",
    source="2004.09280 (9.5), (9.6), Figs. 4 and 5",
)
