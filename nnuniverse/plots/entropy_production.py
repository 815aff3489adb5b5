"""``entropy-production``: what diffusion and the drift do to an ensemble's entropy."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnuniverse.analysis.mechanics import MechanicsRecord, read_mechanics
from nnuniverse.plots.canvas import legend_above
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table, labels
from nnuniverse.plots.overlay import Look, apart
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import MECHANICS_FILE

TERMS = {
    "entropy_rate_fisher": ("diffusion, D ⟨(∂ log p)²⟩", Look("C0")),
    "entropy_rate_learning": ("drift, ⟨∂u⟩", Look("C1")),
    "entropy_rate": ("all terms", Look("C6")),
    "entropy_rate_direct": ("difference of entropies", Look("C2", "--")),
}
"""What is drawn over steps: name in the legend, and look."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw the entropy of each run over steps, and below it what changes it per step.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    found = [read_mechanics(run) for run in runs]
    names = labels(runs)
    panels = apart(names, names if len(runs) > 1 else [""])
    figure, grid = panels.grid(2, 3.4)
    table = Table("run", "quantity", "step", "value", "low", "high")
    for number, (run, record) in enumerate(zip(runs, found, strict=True)):
        _draw_term(grid[0, number], run, record, "ensemble_entropy", Look("C6"), table)
        for quantity, (_, look) in TERMS.items():
            _draw_term(grid[1, number], run, record, quantity, look, table)
        grid[1, number].axhline(0.0, color="0.3", linewidth=0.6)
        _scale(grid[1, number], record)
    panels.label(grid, "step", ["entropy S, nats", "dS/dt, per step"])
    legend_above(
        figure,
        [
            Line2D([], [], color=look.color, linestyle=look.style, label=name)
            for name, look in TERMS.values()
        ],
    )
    return Drawing(
        figure,
        table.columns,
        "Entropy of the density over the coordinates, and its production per step: by diffusion, "
        f"by the drift, their sum, and the difference of the entropies; of {', '.join(names)}.",
    )


def _draw_term(
    axes: Axes,
    run: RunRecord,
    record: MechanicsRecord,
    quantity: str,
    look: Look,
    table: Table,
) -> None:
    """Draw a quantity over steps with its interval; a difference stands between its records."""
    steps = record["record_step"].astype(float)
    if quantity == "entropy_rate_direct":
        steps = np.append(0.5 * (steps[1:] + steps[:-1]), steps[-1])
    value, low, high = record.estimate(quantity)
    there = np.isfinite(value)
    color, style = look
    axes.fill_between(steps[there], low[there], high[there], color=color, alpha=0.18, linewidth=0.0)
    axes.plot(steps[there], value[there], color=color, linestyle=style)
    table.add(
        run=run.name,
        quantity=quantity,
        step=steps[there],
        value=value[there],
        low=low[there],
        high=high[there],
    )


def _scale(axes: Axes, record: MechanicsRecord) -> None:
    """Let the axis be linear about the drift's term: a narrow start gains much in a few steps."""
    learning = np.abs(record.estimate("entropy_rate_learning").value)
    scale = 2.0 * float(np.nanmedian(learning)) if np.isfinite(learning).any() else 0.0
    most = np.nanmax(np.abs(record["entropy_rate_fisher"]), initial=0.0)
    if 0.0 < 3.0 * scale < most:
        axes.set_yscale("symlog", linthresh=scale, linscale=2.0)
        axes.set_ylim(bottom=-1.2 * scale)


PLOT = Plot(
    "entropy-production",
    "Entropy production of an ensemble",
    (),
    draw,
    of_ensembles=True,
    file=MECHANICS_FILE,
    uses=(),
    symbol="dS_q/dt",
    equation="D int (grad p)^2 / p dq + int p div u dq, against the difference of S_q",
    source="2012.05082 (2.5)",
)
