"""``survival``: which share of edges and chains is there again after a perturbation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnuniverse.analysis.perturb import StoredPerturbed, over_nets, read_perturbed
from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.physics.structure.perturbed import DATA, DELETE, KINDS, NOISE
from nnuniverse.plots.canvas import legend_above, new_figure
from nnuniverse.plots.drawing import Drawing, LineStyle, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import DOUBLE, SINGLE
from nnuniverse.plots.overlay import labels_of_few
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import PERTURB_FILE
from nnuniverse.supports import Support

AXES = {
    NOISE: "noise / rms weight",
    DELETE: "share of neurons deleted",
    DATA: "share of inputs exchanged",
}


@dataclass(frozen=True)
class _SurvivalCurve:
    """How a variable is drawn: in the upper panel, of shares, or the lower, of chains.

    ``color``: of a single run.
    """

    variable: str
    structure: str
    label: str
    line: LineStyle
    panel: int
    color: str

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.variable} {self.structure}".strip()

    @property
    def support(self) -> Support:
        """Which values it can have."""
        return "real" if self.panel else "share"


CURVES = (
    _SurvivalCurve("survival", "chain", "chains", "-", 0, "C0"),
    _SurvivalCurve("survival_independent", "chain", "chains, if edges die alone", "--", 0, "0.35"),
    _SurvivalCurve("survival", "edge", "edges", ":", 0, "C1"),
    _SurvivalCurve("chains_after", "", "chains afterwards", "-", 1, "C2"),
    _SurvivalCurve("same_chains", "", "of them the same", "-.", 1, "C0"),
)

MOST_RUNS = 4
HEIGHT = 3.4
"""Of two panels, inches."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw what survives of edges and whole chains, and below it how many chains there are.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    names = labels_of_few(runs, MOST_RUNS, "colours in five line styles")
    found = [read_perturbed(run.folder) for run in runs]
    kinds = [kind for kind in KINDS if any(len(one.found.of_kind(kind)) for one in found)]
    width = SINGLE if len(kinds) == 1 else DOUBLE
    figure, grid = new_figure(2, len(kinds), size=(width, HEIGHT), sharex=False, sharey="row")
    table = Table("run", "quantity", "kind", "strength", "mean", "low", "high")
    for place, (run, stored) in enumerate(zip(runs, found, strict=True)):
        for column, kind in enumerate(kinds):
            for curve in CURVES:
                color = f"C{place}" if len(runs) > 1 else curve.color
                _draw(grid[curve.panel, column], curve, kind, color, run, stored, table)
    for column, kind in enumerate(kinds):
        grid[1, column].set_xlabel(AXES[kind])
    grid[0, 0].set_ylabel("share that survives")
    grid[1, 0].set_ylabel("clean chains")
    for axes in grid[1]:
        axes.set_ylim(bottom=0.0)
    legend_above(figure, _keys(names))
    told = [_description(run, stored) for run, stored in zip(runs, found, strict=True)]
    return Drawing(
        figure,
        table.columns,
        "Share of the edges and of the whole chains that are there again after a perturbation and "
        "retraining, that of chains if edges of like strength died independently, and the chains "
        "afterwards: " + "; ".join(told) + ".",
    )


def _draw(
    axes: Axes,
    curve: _SurvivalCurve,
    kind: str,
    color: str,
    run: RunRecord,
    stored: StoredPerturbed,
    table: Table,
) -> None:
    """Draw a variable over the strengths of a ``kind``, with its interval where there is one."""
    places = stored.found.of_kind(kind)
    if not len(places):
        return
    strengths = stored.found.strengths(places)
    values = over_nets(stored.found, curve.variable, curve.structure)[:, places]
    estimate = mean_over_replicas(values, curve.support)
    axes.plot(
        strengths, estimate.value, color=color, linestyle=curve.line, marker="o", markersize=2.0
    )
    if np.isfinite(estimate.low).any():
        axes.fill_between(
            strengths, estimate.low, estimate.high, color=color, alpha=0.15, linewidth=0.0
        )
    table.add_curve(
        Estimate(*estimate), run=run.name, quantity=curve.name, kind=kind, strength=strengths
    )


def _keys(names: list[str]) -> list[Line2D]:
    """Return what the legend tells: of lines, and of colours if there are several runs."""
    several = len(names) > 1
    colors = ["0.3" if several else curve.color for curve in CURVES]
    lines = [
        Line2D([], [], color=color, linestyle=curve.line, label=curve.label)
        for color, curve in zip(colors, CURVES, strict=True)
    ]
    runs = [Line2D([], [], color=f"C{at}", label=name) for at, name in enumerate(names)]
    return [*lines, *(runs if several else [])]


def _description(run: RunRecord, stored: StoredPerturbed) -> str:
    told = []
    for at, perturbation in enumerate(stored.found.perturbations):
        shares = [
            float(mean_over_replicas(over_nets(stored.found, name, "chain")[:, at]).value)
            for name in ("survival", "survival_independent")
        ]
        told.append(f"{perturbation} {shares[0]:.2f} against {shares[1]:.2f}")
    return f"{run.name}, chains against independent edges, {', '.join(told)}"


PLOT = Plot(
    "survival",
    "Survival of edges and chains after perturbations",
    (),
    draw,
    uses=(),
    file=PERTURB_FILE,
    symbol="s, s_0",
    equation="share of edges, of chains, and of chains of independent edges against the strength "
    "of a perturbation",
    source="2008.01540 Sec. 11",
)
