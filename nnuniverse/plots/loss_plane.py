"""``loss-plane``: bulk against boundary loss; Fig. 3 of 2004.09280."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnuniverse.analysis import nearest_snapshot
from nnuniverse.analysis.jumps import find_jumps
from nnuniverse.analysis.plateaus import find_plateaus
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table, check_loss, loss_scale
from nnuniverse.plots.loss import LOSSES
from nnuniverse.plots.overlay import Look, overlay
from nnuniverse.plots.ticks import scale_axis
from nnuniverse.runs import RunRecord

X = "boundary_loss"
DETECT_ON = ("running_boundary_loss", "boundary_loss")
"""Where jumps and plateaus are looked for, best first: a value every epoch tells more."""


MOST_REPLICAS = 7
"""Of a single run that have a colour each; more have one colour, as those of several runs do."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw every replica's path, with the plateaus and jumps of its boundary loss marked.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    y = settings.loss or "bulk_loss"
    for run in runs:
        check_loss(run, y)
    shared = overlay(runs, settings)
    figure, grid = shared.grid(1, 2.6)
    table = Table("run", "replica", "epoch", X, y, "plateau", "jump")
    jumps = plateaus = 0
    each = not shared.several and runs[0].replicas <= MOST_REPLICAS
    for number, (run, name) in enumerate(zip(runs, shared.names, strict=True)):
        for replica in range(run.replicas):
            flat, jumped = _detect(run, replica)
            losses = {X: run[X][replica], y: run[y][replica]}
            look = Look(f"C{replica}") if each else shared.looks[number]
            label = f"replica {replica}" if each else name if replica == 0 else None
            axes = grid[0, shared.places[number]]
            _draw_path(axes, losses[X], losses[y], flat, jumped, look, label)
            plateaus += int(flat.max())
            jumps += int(jumped.sum())
            epochs = run["snapshot"]
            table.add(
                run=run.name, replica=replica, epoch=epochs, plateau=flat, jump=jumped, **losses
            )
    for axes in grid.flat:
        scale_axis(axes.xaxis, loss_scale(*(run[X] for run in runs)))
        scale_axis(axes.yaxis, loss_scale(*(run[y] for run in runs)))
    shared.label(grid, LOSSES[X], [LOSSES.get(y, y.replace("_", " "))])
    replicas = [
        Line2D([], [], color=f"C{k}", linewidth=0.8, label=f"replica {k}")
        for k in range(runs[0].replicas)
        if each
    ]
    shared.legend(figure, [*replicas, *_marks(jumps, plateaus)])
    return Drawing(
        figure,
        table.columns,
        f"{y.replace('_', ' ')} against boundary loss, one path per replica; {jumps} jumps and "
        f"{plateaus} plateaus of the boundary loss are marked.",
    )


def _draw_path(
    axes: Axes,
    x: np.ndarray,
    y: np.ndarray,
    flat: np.ndarray,
    jumped: np.ndarray,
    look: Look,
    label: str | None,
) -> None:
    """Draw a path; ``flat``: the number of the plateau by snapshot; ``jumped``: where it jumps."""
    color, style = look
    axes.plot(x, y, color=color, linestyle=style, linewidth=0.8, label=label)
    for number in range(1, flat.max() + 1):
        on = flat == number
        axes.plot(x[on], y[on], color=color, linewidth=4.0, alpha=0.3)
    if jumped.any():
        axes.plot(x[jumped], y[jumped], "v", color=color, markersize=5)


def _marks(jumps: int, plateaus: int) -> list[Line2D]:
    """Return what the legend says of the marks that there are."""
    jump = Line2D([], [], marker="v", linestyle="none", color="0.4", label="jump")
    plateau = Line2D([], [], color="0.4", linewidth=4.0, alpha=0.3, label="plateau")
    return ([jump] if jumps else []) + ([plateau] if plateaus else [])


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
    uses=("hue", "loss"),
    symbol="U(U_boundary)",
    equation="bulk loss over boundary loss, with the jumps and plateaus of the latter",
    source="2004.09280 Fig. 3",
)
