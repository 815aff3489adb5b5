"""``loss-plane``: bulk against boundary loss; Fig. 3 of 2004.09280."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.jumps import find_jumps, find_plateaus
from nnuniverse.plots.drawing import (
    Drawing,
    Plot,
    PlotSettings,
    Table,
    labels,
    legend_above,
    new_figure,
)
from nnuniverse.plots.loss import LOSSES
from nnuniverse.runs import RunRecord

X = "boundary_loss"
DETECT_ON = ("running_boundary_loss", "boundary_loss")
"""Where jumps and plateaus are looked for, best first: a value every epoch tells more."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw every replica's path, with the plateaus and jumps of its boundary loss marked."""
    y = settings.loss or "bulk_loss"
    figure, grid = new_figure()
    axes = grid[0, 0]
    table = Table("run", "replica", "epoch", X, y, "plateau", "jump")
    jumps, plateaus = 0, 0
    for number, (run, name) in enumerate(zip(runs, labels(runs), strict=True)):
        run.variable(y)
        snapshots = run["snapshot"]
        detect_on = next(loss for loss in DETECT_ON if loss in run)
        axis = run[run.variable(detect_on).dims[1]]
        for replica in range(run.replicas):
            color = f"C{(number if len(runs) > 1 else replica) % 7}"
            at_x, at_y = run[X][replica], run[y][replica]
            label = name if len(runs) > 1 else f"replica {replica}"
            axes.plot(
                at_x,
                at_y,
                color=color,
                linewidth=0.8,
                label=label if len(runs) == 1 or replica == 0 else None,
            )
            found = find_plateaus(axis, run[detect_on][replica])
            flat = np.zeros(len(snapshots), bool)
            for first, last in zip(found.first, found.last, strict=True):
                inside = (snapshots >= first) & (snapshots <= last)
                axes.plot(at_x[inside], at_y[inside], color=color, linewidth=4.0, alpha=0.3)
                flat |= inside
            jumped = np.zeros(len(snapshots), bool)
            for epoch in find_jumps(axis, run[detect_on][replica]).epoch:
                jumped[np.argmin(np.abs(snapshots - epoch))] = True
            axes.plot(at_x[jumped], at_y[jumped], "v", color=color, markersize=5)
            jumps, plateaus = jumps + int(jumped.sum()), plateaus + len(found.first)
            table.add(
                run=run.name,
                replica=replica,
                epoch=snapshots,
                plateau=flat,
                jump=jumped,
                **{X: at_x, y: at_y},
            )
    axes.plot([], [], "v", color="0.4", label="jump")
    axes.plot([], [], color="0.4", linewidth=4.0, alpha=0.3, label="plateau")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(LOSSES[X])
    axes.set_ylabel(LOSSES.get(y, y.replace("_", " ")))
    legend_above(figure, 3)
    return Drawing(
        figure,
        table.columns,
        f"{y.replace('_', ' ')} against boundary loss, one path per replica; {jumps} jumps and "
        f"{plateaus} plateaus of the boundary loss are marked.",
    )


PLOT = Plot("loss-plane", "Bulk against boundary loss", (X,), draw)
