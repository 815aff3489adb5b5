"""``mechanics``: an ensemble's mean and variance with each mechanics' best fit, and a."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnuniverse.analysis.mechanics import MechanicsRecord, read_mechanics
from nnuniverse.analysis.mechanics.mechanics_names import called
from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.coordinate_labels import coordinate_number
from nnuniverse.plots.canvas import legend_above, new_figure
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table, labels
from nnuniverse.plots.house_style import DOUBLE, SINGLE
from nnuniverse.plots.overlay import COLOURS, Look, crowded
from nnuniverse.plots.signed_ratios import JudgedRun, draw_ratios
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import MECHANICS_FILE

LOOKS = {
    "fokker_planck": Look("C0", "-"),
    "schroedinger": Look("C1", "--"),
    "hamilton_jacobi": Look("C2", ":"),
    "kramers": Look("C3", "-."),
    "bridge": Look("C4", "-."),
}
"""Of the models, in every figure; styles tell them apart where they lie on each other."""

COLUMNS = 4
MOST_COORDINATES = 12
"""Whose panels fit on a page."""

ROW = 1.25
"""Height of a row of panels, inches."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw mean and variance of a run's coordinates, and a over them; of several runs only a.

    ``settings``: what `nnu plot` was asked for.
    """
    found = [read_mechanics(run) for run in runs]
    judged = [
        JudgedRun(run, record, _chosen(record, settings.coordinate))
        for run, record in zip(runs, found, strict=True)
    ]
    table = Table("run", "coordinate", "kind", "of", "step", "value", "low", "high")
    return _one(judged[0], table) if len(runs) == 1 else _several(judged, table)


def _chosen(found: MechanicsRecord, asked: str | None) -> list[int]:
    names = found.words("coordinate")
    return list(range(len(names))) if asked is None else [coordinate_number(names, asked)]


def _one(judged: JudgedRun, table: Table) -> Drawing:
    """Draw two panels per coordinate, and all of a below."""
    shown = judged.chosen[:MOST_COORDINATES]
    figure, panels, below = _panels(len(shown))
    curves = Curves(judged, table)
    for (mean, variance), k in zip(panels, shown, strict=True):
        curves.draw(mean, variance, k)
    legend_above(figure, [*curves.legend(), *draw_ratios(below, [judged], table)])
    rest = len(judged.chosen) - len(shown)
    note = f"the panels of {rest} more coordinates are left out; --coordinate shows one"
    return Drawing(figure, table.columns, _description(judged), (note,) if rest else ())


def _panels(count: int) -> tuple[Figure, list[tuple[Axes, Axes]], Axes]:
    """Return a figure, axes for mean and variance of ``count`` coordinates, and those below."""
    columns = min(COLUMNS, count)
    blocks = -(-count // columns)
    size = (DOUBLE if columns > 1 else SINGLE, ROW * (2 * blocks + 1.4) + 0.3)
    figure, grid = new_figure(2 * blocks + 1, columns, size=size)
    below = grid[-1, 0].get_gridspec()[-1, :]
    panels = list(zip(grid[0:-1:2].flat, grid[1:-1:2].flat, strict=True))
    for axes in (*grid[-1], *(one for pair in panels[count:] for one in pair)):
        axes.remove()
    for number, (mean, variance) in enumerate(panels[:count]):
        mean.tick_params(labelbottom=False)
        variance.set_xlabel("step")
        if number % columns == 0:
            mean.set_ylabel("mean")
            variance.set_ylabel("variance")
    return figure, panels[:count], figure.add_subplot(below)


@dataclass(frozen=True)
class Curves:
    """Draws coordinates of a run with what fits them best, and puts the numbers into ``table``."""

    judged: JudgedRun
    table: Table

    @property
    def models(self) -> list[str]:
        """Those of which there are curves."""
        there = np.isfinite(self.judged.found["fitted_mean"]).any(axis=(1, 2))
        models = self.judged.found.words("model")
        return [model for model, fitted in zip(models, there, strict=True) if fitted]

    def draw(self, mean: Axes, variance: Axes, k: int) -> None:
        """Draw mean and variance of the coordinate of number ``k``."""
        found = self.judged.found
        name, winner = found.words("coordinate")[k], found.words("winner")[k]
        mean.set_title(f"{name}\n{called(winner)}".replace("$", r"\$"), fontsize=7)
        for axes, kind in ((mean, "mean"), (variance, "variance")):
            for model in self.models:
                self._draw_fit(axes, kind, model, k)
            self._draw_measured(axes, kind, k)
            axes.ticklabel_format(axis="y", style="sci", scilimits=(-1, 3))

    def _draw_fit(self, axes: Axes, kind: str, model: str, k: int) -> None:
        found = self.judged.found
        curve = found[f"fitted_{kind}"][found.words("model").index(model), k]
        if np.isfinite(curve).any():
            color, style = _look(model)
            axes.plot(found["time"], curve, color=color, linestyle=style, linewidth=1.0)
            self._add(
                k, kind, model, found["time"], Estimate(curve, *np.full((2, len(curve)), np.nan))
            )

    def _draw_measured(self, axes: Axes, kind: str, k: int) -> None:
        steps = self.judged.found["record_step"]
        measured = self.judged.found.estimate(f"ensemble_{kind}", k)
        axes.vlines(steps, measured.low, measured.high, color="0.45", linewidth=0.8, zorder=3)
        axes.plot(steps, measured.value, "o", color="0.25", markersize=2, zorder=3)
        self._add(k, kind, "measured", steps, measured)

    def _add(self, k: int, kind: str, of: str, steps: np.ndarray, values: Estimate) -> None:
        self.table.add(
            run=self.judged.run.name,
            coordinate=self.judged.found.words("coordinate")[k],
            kind=kind,
            of=of,
            step=steps,
            value=values.value,
            low=values.low,
            high=values.high,
        )

    def legend(self) -> list[Artist]:
        """Return what the marks and the lines stand for."""
        measured = Line2D([], [], color="0.25", marker="o", markersize=2, label="measured, 95 %")
        measured.set_linestyle("none")
        looks = [(_look(model), called(model)) for model in self.models]
        lines = [Line2D([], [], color=c, linestyle=s, label=name) for (c, s), name in looks]
        return [measured, *lines]


def _look(model: str) -> Look:
    return LOOKS.get(model, Look("0.4", "-"))


def _several(judged: list[JudgedRun], table: Table) -> Drawing:
    """Draw a of all runs in one panel; raises CrowdedError for more than there are colours."""
    names = labels([one.run for one in judged])
    if len(judged) > COLOURS:
        raise crowded(names, f"take {len(judged)} colours")
    figure, grid = new_figure(size=(DOUBLE, 2.6))
    ratios = draw_ratios(grid[0, 0], judged, table)
    runs = [Line2D([], [], color=f"C{number}", label=name) for number, name in enumerate(names)]
    legend_above(figure, [*runs, *ratios])
    return Drawing(figure, table.columns, " ".join(map(_description, judged)))


def _description(judged: JudgedRun) -> str:
    verdicts = zip(judged.names, judged.winners, strict=True)
    named = ", ".join(f"{name} {called(winner)}" for name, winner in verdicts)
    return (
        f"Mean and variance of the ensemble {judged.run.name} over steps with the best fit of "
        f"every mechanics, and a = A / 4 D^2 over coordinates: {named}."
    )


PLOT = Plot(
    "mechanics",
    "Mean, variance and a of an ensemble",
    (),
    draw,
    of_ensembles=True,
    file=MECHANICS_FILE,
    uses=("coordinate",),
    symbol="a",
    equation="A / (4 D^2): -1 Fokker-Planck, 0 Hamilton-Jacobi, +1 Nelson; mean and variance of q "
    "over steps, with each mechanics' best fit",
    source="2012.05082 (2.13)-(2.14)",
)
