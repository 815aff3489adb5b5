"""``loss-plane``: bulk against boundary loss; Fig. 3 of 2004.09280."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis import nearest_snapshot
from nnuniverse.analysis.jumps import find_jumps
from nnuniverse.analysis.plateaus import find_plateaus
from nnuniverse.plots.drawing import (
    Drawing,
    Plot,
    PlotSettings,
    Table,
    check_loss,
    labels,
    legend_above,
    loss_scale,
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
    jumps = plateaus = 0
    for number, (run, name) in enumerate(zip(runs, labels(runs), strict=True)):
        check_loss(run, y)
        for replica in range(run.replicas):
            alone = len(runs) == 1
            color = f"C{(replica if alone else number) % 7}"
            label = f"replica {replica}" if alone else name if replica == 0 else None
            flat, jumped = _detect(run, replica)
            at_x, at_y = run[X][replica], run[y][replica]
            axes.plot(at_x, at_y, color=color, linewidth=0.8, label=label)
            for number_of in range(1, flat.max() + 1):
                on = flat == number_of
                axes.plot(at_x[on], at_y[on], color=color, linewidth=4.0, alpha=0.3)
            plateaus += int(flat.max())
            jumps += int(jumped.sum())
            axes.plot(at_x[jumped], at_y[jumped], "v", color=color, markersize=5)
            losses = {X: at_x, y: at_y}
            epochs = run["snapshot"]
            table.add(
                run=run.name, replica=replica, epoch=epochs, plateau=flat, jump=jumped, **losses
            )
    axes.plot([], [], "v", color="0.4", label="jump")
    axes.plot([], [], color="0.4", linewidth=4.0, alpha=0.3, label="plateau")
    axes.set_xscale(loss_scale(*(run[X] for run in runs)))
    axes.set_yscale(loss_scale(*(run[y] for run in runs)))
    axes.set_xlabel(LOSSES[X])
    axes.set_ylabel(LOSSES.get(y, y.replace("_", " ")))
    legend_above(figure, 3)
    return Drawing(
        figure,
        table.columns,
        f"{y.replace('_', ' ')} against boundary loss, one path per replica; {jumps} jumps and "
        f"{plateaus} plateaus of the boundary loss are marked.",
    )


def _detect(run: RunRecord, replica: int) -> tuple[np.ndarray, np.ndarray]:
    """Return, by snapshot, the number of the plateau it is on, 0 for none, and whether it jumps."""
    loss = next(loss for loss in DETECT_ON if loss in run)
    epochs, snapshots = run[run.variable(loss).dims[1]], run["snapshot"]
    plateau = np.zeros(len(snapshots), int)
    jumps = find_jumps(epochs, run[loss][replica])
    found = find_plateaus(epochs, run[loss][replica], jumps)
    for number, (first, last) in enumerate(zip(found.first, found.last, strict=True), 1):
        plateau[(snapshots >= first) & (snapshots <= last)] = number
    jumped = np.zeros(len(snapshots), bool)
    for epoch in jumps.epoch:
        jumped[nearest_snapshot(snapshots, epoch)] = True
    return plateau, jumped


PLOT = Plot(
    "loss-plane",
    "Bulk against boundary loss",
    (X,),
    draw,
    symbol="U(U_boundary)",
    equation="bulk loss over boundary loss, with the jumps and plateaus of the latter",
    source="2004.09280 Fig. 3",
)
