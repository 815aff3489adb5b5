"""The figure of docs/grand-learning.md: losses against the hidden neurons that are left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.learning.comparisons import BORN, MAGNITUDE
from benchmarks.learning.judging import LOSS
from benchmarks.learning.outcomes import EPOCHS, Outcomes
from nnuniverse.intervals import mean_over_replicas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIGURE = Path("docs/figures/grand-learning.png")

SERIES = {
    "born with N": BORN,
    "births and deaths": ("grand_0002", "grand_0005", "grand_001", "grand_002", "grand_004"),
    "deaths only": ("deaths_001", "deaths_002"),
    "deaths by mask": ("mask_002",),
    "magnitude": MAGNITUDE,
    "grown from 22": ("small_0005",),
}
"""Protocols that one colour and marker stand for."""


def draw(outcomes: Outcomes) -> None:
    """Draw `FIGURE`: a column per data set, a row per epoch, means with 95 % intervals."""
    from nnuniverse.plots.canvas import legend_above, new_figure
    from nnuniverse.plots.house_style import DOUBLE, house_style
    from nnuniverse.plots.ticks import scale_axis

    with house_style():
        figure, panels = new_figure(len(EPOCHS), len(outcomes.data), size=(DOUBLE, 4.6))
        for row, epoch in zip(panels, EPOCHS, strict=True):
            for axes, data in zip(row, outcomes.data, strict=True):
                _draw(axes, outcomes, data, epoch)
                axes.set_title(f"{data}, {epoch} epochs")
                scale_axis(axes.yaxis, "log")
        for axes in panels[-1]:
            axes.set_xlabel("hidden neurons at the end")
        for row in panels:
            row[0].set_ylabel("boundary loss")
        legend_above(figure, panels[0][0].get_legend_handles_labels()[0])
        figure.savefig(FIGURE, metadata={"Software": "nnuniverse"})


def _draw(axes: Axes, outcomes: Outcomes, data: str, epoch: int) -> None:
    for number, (label, protocols) in enumerate(SERIES.items()):
        there = [name for name in protocols if len(outcomes.of(data, name, epoch, LOSS))]
        sizes = [float(outcomes.of(data, n, epoch, "final_neurons").mean()) for n in there]
        losses = [mean_over_replicas(outcomes.of(data, n, epoch, LOSS), "positive") for n in there]
        values, low, high = np.array(losses).reshape(-1, 3).T
        axes.errorbar(
            sizes,
            values,
            [values - low, high - values],
            fmt="os^vDP"[number] + ("-" if protocols == BORN else ""),
            color=f"C{number}",
            label=label,
        )
