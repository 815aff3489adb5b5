"""``mechanics``: an ensemble's mean and variance with each mechanics' best fit, and a."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnuniverse.analysis.mechanics import MechanicsRecord, read_mechanics
from nnuniverse.analysis.mechanics.ensemble_runs import coordinate_number
from nnuniverse.analysis.mechanics.mechanics_names import called, diffusion_called
from nnuniverse.intervals import Estimate
from nnuniverse.plots.canvas import legend_above, new_figure
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table, labels
from nnuniverse.plots.house_style import DOUBLE, SINGLE
from nnuniverse.plots.overlay import Look
from nnuniverse.runs import RunRecord

LOOKS = {
    "fokker_planck": Look("C0", "-"),
    "schroedinger": Look("C1", "--"),
    "hamilton_jacobi": Look("C2", ":"),
    "kramers": Look("C3", "-."),
    "bridge": Look("C4", "-."),
}
"""Of the models, in every figure; styles tell them apart where they lie on each other."""

MARKERS = "os^Dv"
"""Of the diffusions that a is taken with."""

COLUMNS = 4
MOST_COORDINATES = 12
"""Whose panels fit on a page."""

ROW = 1.15
"""Height of a row of panels, inches."""

NAMES = 0.13
"""Share of the width of the coordinates that the names of the mechanics take beside them."""

FAR = 3.0
"""Beyond it values of a are drawn on a logarithmic scale: intervals may be wide."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw mean and variance of a run's coordinates, and a over them; of several runs only a."""
    found = [read_mechanics(run) for run in runs]
    table = Table("run", "coordinate", "kind", "of", "step", "value", "low", "high")
    if len(runs) > 1:
        return _several(runs, found, table)
    return _one(runs[0], found[0], settings, table)


def _one(run: RunRecord, found: MechanicsRecord, settings: PlotSettings, table: Table) -> Drawing:
    """Draw two panels per coordinate, and all of a below."""
    names = found.words("coordinate")
    chosen = _chosen(names, settings.coordinate)
    shown = chosen[:MOST_COORDINATES]
    columns = min(COLUMNS, len(shown))
    rows = 2 * -(-len(shown) // columns)
    width = DOUBLE if columns > 1 else SINGLE
    figure, grid = new_figure(rows + 1, columns, size=(width, ROW * (rows + 1.4) + 0.3))
    below = grid[-1, 0].get_gridspec()[-1, :]
    for axes in grid[-1]:
        axes.remove()
    panel = Panels(run, found, table)
    for place, k in enumerate(shown):
        row, column = 2 * (place // columns), place % columns
        panel.draw(grid[row, column], grid[row + 1, column], k)
        if column == 0:
            grid[row, column].set_ylabel("mean")
            grid[row + 1, column].set_ylabel("variance")
        grid[row + 1, column].set_xlabel("step")
    for place in range(len(shown), rows // 2 * columns):
        grid[2 * (place // columns), place % columns].remove()
        grid[2 * (place // columns) + 1, place % columns].remove()
    ratios = draw_ratios(figure.add_subplot(below), [run], [found], table)
    legend_above(figure, [*panel.legend(), *ratios])
    rest = len(chosen) - len(shown)
    note = f"the panels of {rest} more coordinates are left out; --coordinate shows one"
    return Drawing(figure, table.columns, _description(run, found, chosen), (note,) if rest else ())


def _chosen(names: list[str], asked: str | None) -> list[int]:
    return list(range(len(names))) if asked is None else [coordinate_number(names, asked)]


@dataclass(frozen=True)
class Panels:
    """Draws the panels of the coordinates of a ``run``, and what is in them into ``table``."""

    run: RunRecord
    found: MechanicsRecord
    table: Table

    @property
    def models(self) -> list[str]:
        """Those of which there are curves, the mechanics first."""
        there = np.isfinite(self.found["fitted_mean"]).any(axis=(1, 2))
        return [model for model, any_ in zip(self.found.words("model"), there, strict=True) if any_]

    def draw(self, mean: Axes, variance: Axes, k: int) -> None:
        """Draw mean and variance of the coordinate of number ``k`` and what fits them best."""
        name, winner = self.found.words("coordinate")[k], self.found.words("winner")[k]
        mean.set_title(f"{name}: {called(winner)}", fontsize=7)
        for axes, kind in ((mean, "mean"), (variance, "variance")):
            self._curves(axes, kind, k)
            self._measured(axes, kind, k)
        mean.tick_params(labelbottom=False)

    def _measured(self, axes: Axes, kind: str, k: int) -> None:
        steps, measured = self.found["record_step"], self.found.estimate(f"ensemble_{kind}", k)
        axes.vlines(steps, measured.low, measured.high, color="0.45", linewidth=0.8, zorder=3)
        axes.plot(steps, measured.value, "o", color="0.25", markersize=2, zorder=3)
        self._add(k, kind, "measured", steps, measured)

    def _curves(self, axes: Axes, kind: str, k: int) -> None:
        steps, models = self.found["record_step"], self.found.words("model")
        for model in self.models:
            curve = self.found[f"fitted_{kind}"][models.index(model), k]
            if np.isfinite(curve).any():
                color, style = _look(model)
                axes.plot(steps, curve, color=color, linestyle=style, linewidth=1.0)
                self._add(
                    k, kind, model, steps, Estimate(curve, *[np.full(len(curve), np.nan)] * 2)
                )

    def _add(self, k: int, kind: str, of: str, steps: np.ndarray, values: Estimate) -> None:
        self.table.add(
            run=self.run.name,
            coordinate=self.found.words("coordinate")[k],
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
        looks = ((_look(model), called(model)) for model in self.models)
        return [
            measured,
            *(
                Line2D([], [], color=color, linestyle=style, label=name)
                for (color, style), name in looks
            ),
        ]


def draw_ratios(
    axes: Axes, runs: Sequence[RunRecord], found: Sequence[MechanicsRecord], table: Table
) -> list[Artist]:
    """Draw a over coordinates with the values of the mechanics; return what marks stand for."""
    kinds = list(dict.fromkeys(kind for record in found for kind in _kinds(record)))
    ticks: list[str] = []
    for number, (run, record) in enumerate(zip(runs, found, strict=True)):
        first = len(ticks)
        for kind in _kinds(record):
            shift = 0.12 * (kinds.index(kind) - (len(kinds) - 1) / 2.0)
            _draw_ratio(axes, record, kind, (first, shift, f"C{number}", kinds.index(kind)))
            _add_ratios(table, run, record, kind)
        ticks += record.words("coordinate")
    _name_ratios(axes, ticks)
    return [
        Line2D(
            [],
            [],
            color="0.4",
            marker=MARKERS[k],
            linestyle="none",
            label=f"a, {diffusion_called(kind)}",
        )
        for k, kind in enumerate(kinds)
    ]


def _kinds(record: MechanicsRecord) -> list[str]:
    return record.words("diffusion_of") if "signed_hbar2_ratio" in record else []


def _draw_ratio(
    axes: Axes, record: MechanicsRecord, kind: str, place: tuple[int, float, str, int]
) -> None:
    """Draw a of one diffusion; ``place``: first number, shift, colour and number of the marker."""
    first, shift, color, marker = place
    ratio = record.estimate("signed_hbar2_ratio", _kinds(record).index(kind))
    decided = np.array([winner != "undecided" for winner in record.words("winner")])
    at = first + shift + np.arange(len(decided))
    axes.vlines(at, ratio.low, ratio.high, color=color, linewidth=1.0)
    for which, face in ((decided, color), (~decided, "white")):
        axes.plot(
            at[which],
            ratio.value[which],
            MARKERS[marker % len(MARKERS)],
            color=color,
            markerfacecolor=face,
        )


def _add_ratios(table: Table, run: RunRecord, record: MechanicsRecord, kind: str) -> None:
    ratio = record.estimate("signed_hbar2_ratio", _kinds(record).index(kind))
    table.add(
        run=run.name,
        coordinate=record.words("coordinate"),
        kind="a",
        of=kind,
        step=np.full(len(ratio.value), np.nan),
        value=ratio.value,
        low=ratio.low,
        high=ratio.high,
    )


def _name_ratios(axes: Axes, names: Sequence[str]) -> None:
    """Mark what the mechanics have, name the coordinates, and leave room for all of it."""
    low, high = min(axes.dataLim.y0, -1.4), max(axes.dataLim.y1, 1.4)
    if not np.isfinite([low, high]).all():  # nothing is drawn
        low, high = -1.4, 1.4
    if max(-low, high) > FAR:
        axes.set_yscale("symlog", linthresh=FAR, linscale=2.0)
    axes.set_ylim(1.05 * low, 1.05 * high)
    room = NAMES * max(len(names), 1)  # at the right, for the names of the mechanics
    for at, name in ((-1, "Fokker-Planck"), (0, "Hamilton-Jacobi"), (1, "Nelson")):
        axes.axhline(at, color="0.3", linewidth=0.6, linestyle="--")
        axes.annotate(
            name,
            (1.0, at),
            xycoords=("axes fraction", "data"),
            xytext=(0, 1.5),
            textcoords="offset points",
            ha="right",
            fontsize=6.5,
        )
    axes.set_yticks([-1, 0, 1] if max(-low, high) <= FAR else [-10, -1, 0, 1, 10])
    axes.set_ylim(1.05 * low, 1.05 * high)
    axes.set_xticks(range(len(names)), names, rotation=20 if len(names) > 6 else 0, fontsize=6.5)
    axes.set_xlim(-0.5, max(len(names), 1) - 0.5 + room)
    axes.set_xlabel("coordinate; hollow where nothing is named")
    axes.set_ylabel(r"$a = A\,/\,4D^2$")


def _several(runs: list[RunRecord], found: list[MechanicsRecord], table: Table) -> Drawing:
    """Draw a of all runs in one panel."""
    figure, grid = new_figure(size=(DOUBLE, 2.6))
    ratios = draw_ratios(grid[0, 0], runs, found, table)
    looks = [
        Line2D([], [], color=f"C{number}", label=name) for number, name in enumerate(labels(runs))
    ]
    legend_above(figure, [*looks, *ratios])
    described = " ".join(
        _description(run, record, range(len(record["winner"])))
        for run, record in zip(runs, found, strict=True)
    )
    return Drawing(figure, table.columns, described)


def _look(model: str) -> Look:
    return LOOKS.get(model, Look("0.4", "-"))


def _description(run: RunRecord, found: MechanicsRecord, chosen: Sequence[int]) -> str:
    words, winners = found.words("coordinate"), found.words("winner")
    named = ", ".join(f"{words[k]} {called(winners[k])}" for k in chosen)
    return (
        f"Mean and variance of the ensemble {run.name} over steps with the best fit of every "
        f"mechanics, and a = A / 4 D^2 over coordinates: {named}."
    )


PLOT = Plot(
    "mechanics",
    "Mean, variance and a of an ensemble",
    (),
    draw,
    of_ensembles=True,
    uses=("coordinate",),
    symbol="a",
    equation="A / (4 D^2): -1 Fokker-Planck, 0 Hamilton-Jacobi, +1 Nelson; mean and variance of q "
    "over steps, with each mechanics' best fit",
    source="2012.05082 (2.13)-(2.14)",
)
