"""``null-constraint``: how subsystems move with each other over the steps, and in controls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnuniverse.analysis.hidden import StoredHidden, judge_constraint, read_hidden
from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.physics.hidden.hidden_variables import NETS, QUANTILES
from nnuniverse.plots.canvas import legend_above, new_figure, wrapped_title
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import DOUBLE, SINGLE
from nnuniverse.plots.overlay import Look, labels_of_few
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import HIDDEN_FILE

LOOKS = dict(
    zip(NETS, (Look("C0"), Look("C1", "--"), Look("C2", ":"), Look("C3", "-.")), strict=True)
)
"""Of the run and of its controls."""

MOST_RUNS = 3
HEIGHT = 4.2
"""Of two panels, inches."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw r at a neuron with its quantiles over neurons, and r corrected with its intervals.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    names = labels_of_few(runs, MOST_RUNS, "columns of panels")
    found = [read_hidden(run.folder) for run in runs]
    width = SINGLE if len(runs) == 1 else DOUBLE
    figure, grid = new_figure(2, len(runs), size=(width, HEIGHT), sharex=True, sharey="row")
    table = Table("run", "quantity", "net", "step", "value", "low", "high")
    for column, (run, stored) in enumerate(zip(runs, found, strict=True)):
        panels = _StepPanels(run.name, stored, table)
        panels.draw_neurons(grid[0, column])
        panels.draw_corrected(grid[1, column])
        grid[1, column].set_xlabel("step $t$")
        if len(runs) > 1:
            wrapped_title(grid[0, column], names[column], width / len(runs) - 0.4)
    grid[0, 0].set_xscale("symlog", linthresh=1.0)
    grid[0, 0].set_xlim(0.0, max(1, *(stored.found.steps - 1 for stored in found)))
    grid[0, 0].xaxis.set_major_formatter("{x:g}")
    grid[0, 0].set_ylabel("$r_i$ over neurons")
    grid[1, 0].set_ylabel("$r$ corrected")
    keys = [
        Line2D([], [], color=look.color, linestyle=look.style, label=net)
        for net, look in LOOKS.items()
    ]
    legend_above(figure, keys)
    told = "; ".join(_description(run, of) for run, of in zip(runs, found, strict=True))
    return Drawing(
        figure,
        table.columns,
        "Mean correlation of the speeds of subsystems against the step, 0 where the null "
        f"constraint holds and 1 where all are alike, with quantiles over neurons: {told}.",
    )


@dataclass(frozen=True)
class _StepPanels:
    """Those of a run called ``name``, whose numbers go into the ``table``."""

    name: str
    stored: StoredHidden
    table: Table

    def draw_neurons(self, axes: Axes) -> None:
        """Draw the mean over neurons, from their 10 % to their 90 % quantile."""
        for at, net in enumerate(NETS):
            means = self.stored.found["mean_correlation"][:, at]
            value = mean_over_replicas(means).value
            self._draw(axes, "neurons", net, Estimate(value, *self._quantiles(at)))

    def draw_corrected(self, axes: Axes) -> None:
        """Draw r of all neurons without sampling noise, with intervals over replicas."""
        for at, net in enumerate(NETS):
            values = self.stored.found["corrected_correlation"][:, at]
            self._draw(axes, "corrected", net, mean_over_replicas(values))
        axes.set_ylim(-0.15, 1.15)  # late, where little moves, that of random groups is anything

    def _quantiles(self, at: int) -> tuple[np.ndarray, np.ndarray]:
        found = self.stored.found
        ends = (QUANTILES.index(0.1), QUANTILES.index(0.9))
        if at:
            stored = found["subsystem_correlation_control"][:, at - 1]
            low, high = (mean_over_replicas(stored[..., end]).value for end in ends)
            return low, high
        steps = range(found.steps)
        rows = [[_ends(row) for row in found["subsystem_correlation"][:, t]] for t in steps]
        low, high = mean_over_replicas(np.array(rows).swapaxes(0, 1)).value.T
        return low, high

    def _draw(self, axes: Axes, quantity: str, net: str, curve: Estimate) -> None:
        color, style = LOOKS[net]
        t = np.arange(self.stored.found.steps)
        shade = 0.22 if net == "run" else 0.1
        axes.fill_between(t, curve.low, curve.high, color=color, alpha=shade, linewidth=0.0)
        axes.plot(t, curve.value, color=color, linestyle=style)
        axes.axhline(0.0, color="0.6", linewidth=0.6, zorder=0)
        block = {"run": self.name, "quantity": quantity, "net": net}
        self.table.add(**block, step=t, value=curve.value, low=curve.low, high=curve.high)


def _ends(row: np.ndarray) -> np.ndarray:
    """Return the 10 % and 90 % quantiles of what is not missing, (2,)."""
    known = row[np.isfinite(row)]
    return np.quantile(known, (0.1, 0.9)) if len(known) else np.full(2, np.nan)


def _description(run: RunRecord, stored: StoredHidden) -> str:
    verdict = judge_constraint(stored.found)
    t = verdict.step
    at_neuron = mean_over_replicas(stored.found["mean_correlation"][:, :, t]).value
    beside = ", ".join(
        f"{value:.2f} with {net}" for net, value in zip(NETS[1:], at_neuron[1:], strict=True)
    )
    return (
        f"{run.name} at step {t} {at_neuron[0]:.2f}, corrected {verdict.correlation.value:.2f} "
        f"({beside})"
    )


PLOT = Plot(
    "null-constraint",
    "How subsystems of samples move with each other before they settle",
    (),
    draw,
    uses=(),
    file=HIDDEN_FILE,
    symbol="r_i",
    equation="[(sum_d v_d)^2 - sum_d v_d^2] / ((D - 1) sum_d v_d^2) against the step, of the run "
    "and of controls",
    source="2008.01540 (7.6)",
)
