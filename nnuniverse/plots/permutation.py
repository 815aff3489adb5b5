"""``permutation``: how much of the weights the best permutation holds, and which one it is."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from nnuniverse.analysis.structure import StoredStructure, read_structure
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.plots.canvas import legend_above, new_figure
from nnuniverse.plots.drawing import Drawing, LineStyle, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import DOUBLE
from nnuniverse.plots.overlay import labels_of_few
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import STRUCTURE_FILE

MOST_RUNS = 4
HEIGHT = 2.7
"""Inches."""

STYLES: tuple[LineStyle, ...] = ("-", "--", ":", "-.")


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw Q and its null over epochs, and the matrix of the first run before and after sorting.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    names = labels_of_few(runs, MOST_RUNS, "colours over each other's bands")
    found = [read_structure(run.folder) for run in runs]
    figure, grid = new_figure(1, 3, size=(DOUBLE, HEIGHT))
    share, before, after = grid[0]
    table = Table("run", "epoch", "share", "low", "high", "shuffled_low", "shuffled_high")
    ends = []
    for place, (run, stored) in enumerate(zip(runs, found, strict=True)):
        ends.append(f"{run.name} {_draw_share(share, run.name, stored, table, place):.3f}")
    share.set_xlabel("epoch")
    share.set_ylabel("permutation share $Q$")
    share.set_ylim(0.0, 1.05)
    _draw_matrices(before, after, found[0])
    keys = [
        Line2D([], [], color=f"C{place}", linestyle=STYLES[place], label=name)
        for place, name in enumerate(names)
        if len(runs) > 1
    ]
    legend_above(figure, [*keys, Patch(color="0.5", alpha=0.3, label="95 % of shuffled weights")])
    return Drawing(
        figure,
        table.columns,
        "Share of the squared weights that the best partial permutation holds, against the epoch, "
        f"and the matrix of {runs[0].name} as it is and sorted by that permutation: at last "
        f"{', '.join(ends)}.",
    )


def _draw_share(axes: Axes, name: str, stored: StoredStructure, table: Table, place: int) -> float:
    """Draw Q over epochs with its null; return Q at last."""
    structure, color = stored.found, f"C{place}"
    curve = mean_over_replicas(structure["permutation_share"], "share")
    null = structure["permutation_share_shuffled"]
    low, high = (np.nanmean(null[..., end], axis=0) for end in (0, -1))
    epochs = structure.epochs
    axes.fill_between(epochs, low, high, color=color if place else "0.5", alpha=0.3, linewidth=0.0)
    axes.fill_between(epochs, curve.low, curve.high, color=color, alpha=0.3, linewidth=0.0)
    axes.plot(epochs, curve.value, color=color, linestyle=STYLES[place], marker="o", markersize=2.0)
    if len(epochs) == 1:
        axes.vlines(epochs, low, high, color="0.5", linewidth=4.0, alpha=0.3)
    else:
        axes.set_xscale("symlog", linthresh=1.0)
        axes.set_xlim(0.0, epochs[-1])
    ends = {"low": curve.low, "high": curve.high, "shuffled_low": low, "shuffled_high": high}
    table.add(run=name, epoch=epochs, share=curve.value, **ends)
    return float(curve.value[-1])


def _draw_matrices(before: Axes, after: Axes, stored: StoredStructure) -> None:
    """Draw |A| in its own order, and with the assigned entries on the diagonal."""
    of = str(stored.attributes["matrix_of"])
    for axes, title in ((before, "as it is"), (after, "sorted by the permutation")):
        axes.set_title(f"$|{of}|$, {title}")
        axes.set_xlabel("sending neuron")
        axes.set_xticks([])
        axes.set_yticks([])
    before.set_ylabel("receiving neuron")
    if "matrix" not in stored.found:
        for axes in (before, after):
            axes.text(0.5, 0.5, "too large to draw", ha="center", transform=axes.transAxes)
        return
    matrix = np.abs(stored.found["matrix"])
    rows, columns = sorted_order(stored.found["assigned_sender"], stored.found.senders)
    _image(before, matrix)
    image = _image(after, matrix[rows][:, columns])
    before.figure.colorbar(image, ax=[before, after], pad=0.01, aspect=30)


def sorted_order(assigned: np.ndarray, senders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return in which order rows and columns have the assigned entries on the diagonal.

    ``assigned``: sender of each row, -1 for none; ``senders``: of the columns.  Rows and columns
    that have none come last.
    """
    place = {int(sender): column for column, sender in enumerate(senders)}
    with_one = np.flatnonzero(assigned >= 0.0)
    columns = np.array([place[int(sender)] for sender in assigned[with_one]], np.int64)
    rows = np.concatenate([with_one, np.flatnonzero(assigned < 0.0)])
    others = np.setdiff1d(np.arange(len(senders)), columns)
    return rows, np.concatenate([columns, others])


def _image(axes: Axes, matrix: np.ndarray) -> AxesImage:
    shown = PowerNorm(0.5, 0.0, max(float(matrix.max(initial=0.0)), np.finfo(float).tiny))
    return axes.imshow(matrix, cmap="Greys", norm=shown, aspect="auto", interpolation="nearest")


PLOT = Plot(
    "permutation",
    "Share of the weights that the best permutation holds, and the matrix sorted by it",
    (),
    draw,
    uses=(),
    file=STRUCTURE_FILE,
    symbol="Q",
    equation="max over sigma of sum_i A_(i sigma(i))^2 / |A|_F^2 against the epoch",
    source="2008.01540 (7.11)",
)
