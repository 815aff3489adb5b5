"""``thermodynamics``: the thermodynamic functions while learning, at fixed beta."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnuniverse.analysis.states import states_of
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.plots.canvas import letters, new_figure, wrapped_title
from nnuniverse.plots.curves import draw_band
from nnuniverse.plots.drawing import LINE_STYLES, Drawing, LineStyle, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import DOUBLE
from nnuniverse.plots.overlay import (
    COLOURS,
    MOST_COLUMNS,
    MOST_LOOKS,
    Y_HEIGHT,
    Look,
    Overlay,
    crowded,
    different_looks,
    overlay,
)
from nnuniverse.plots.ticks import epoch_axes
from nnuniverse.plots.wrapping import wrapped
from nnuniverse.runs import RunRecord

PANELS = {
    "free_energy": "free energy $F$",
    "mean_loss": "Gaussian mean loss $U$",
    "entropy": "entropy $S$",
    "thermodynamic_entropy": "thermodynamic entropy $S_0$",
    "large_complexity": r"complexity $C$ of $\lambda > 1/\beta$",
    "negative_laplacian": r"$-\Delta F$",
}


SINCE = "change since epoch {epoch}"

LETTERS = 16
"""Of a line beside a row of panels."""

MOST_TOGETHER = 6
"""Curves in a panel that have bands."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a panel per function, or a row of panels for several temperatures or groups of runs.

    Drawn are changes since the first snapshot, the untrained net: values at different beta differ
    by much more than learning changes them.  The table has the mean at the start, too.

    ``settings``: what `nnu plot` was asked for.
    """
    betas = settings.analysis.betas
    panels = _panels(runs, settings)
    table = Table("run", "function", "beta", "start", "epoch", "mean", "low", "high")
    for number, run in enumerate(runs):
        epochs = run["snapshot"]
        values = _values(run, settings)
        for row, function in enumerate(PANELS):
            for column, beta in enumerate(betas):
                of_beta = values[function][:, :, column]
                curve = draw_band(
                    panels.axes(row, number, column),
                    run,
                    epochs,
                    of_beta - of_beta[:, :1],
                    panels.look(number, column),
                    label=_name(panels.runs, number, beta),
                    band=panels.bands,
                    single=False,
                )
                start = float(mean_over_replicas(of_beta[:, 0]).value)
                table.add_curve(
                    curve, epoch=epochs, run=run.name, function=function, beta=beta, start=start
                )
    first = dict.fromkeys(int(run["snapshot"][0]) for run in runs)
    since = SINCE.format(epoch=" or ".join(map(str, first)))
    panels.finish(settings, since)
    return Drawing(
        panels.figure,
        table.columns,
        f"{since.capitalize()} of free energy, mean loss, entropies, complexity and negative "
        f"Laplacian, at beta = {', '.join(f'{beta:g}' for beta in betas)}, for "
        + ", ".join(panels.runs.names)
        + ".",
    )


def _values(run: RunRecord, settings: PlotSettings) -> dict[str, np.ndarray]:
    """Return every function of a run, (replica, snapshot, beta), by name."""
    shape = run["log_eigenvalues"].shape[:2]
    computed = states_of(
        run,
        {f"beta={beta:g}": np.full(shape, beta) for beta in settings.analysis.betas},
        settings.analysis,
    )
    return {variable.name: array for variable, array in computed}


def _name(runs: Overlay, number: int, beta: float) -> str:
    return rf"{runs.names[number] + ', ' if runs.several else ''}$\beta$ = {beta:g}"


@dataclass(frozen=True)
class _Panels:
    """The axes, (function, column); a column for each beta or group of runs, or one for all.

    ``by_beta``: whether colours stand for betas and line styles for runs, not colours for runs.
    """

    runs: Overlay
    betas: tuple[float, ...]
    figure: Figure
    grid: np.ndarray
    by_beta: bool

    @property
    def together(self) -> bool:
        """Whether every function has one panel, in two rows of three."""
        return self.grid.shape[1] == 1

    @property
    def bands(self) -> bool:
        """Whether intervals are drawn."""
        curves = len(self.runs.names) * len(self.betas)
        return curves <= MOST_TOGETHER if self.by_beta else self.runs.bands

    def axes(self, row: int, run: int, beta: int) -> Axes:
        """Return where a function of a run belongs."""
        several = len(self.betas) > 1 and not self.by_beta
        found: Axes = self.grid[row, beta if several else self.runs.places[run]]
        return found

    def look(self, run: int, beta: int) -> Look:
        """Return what its curve looks like."""
        if not self.by_beta:
            return self.runs.looks[run]
        look = different_looks(len(self.betas))[beta]
        return Look(look.color, LINE_STYLES[run]) if self.runs.several else look

    def finish(self, settings: PlotSettings, since: str) -> None:
        """Name the axes and put a legend above them."""
        epoch_axes(self.grid.flat, settings.linear_epochs)
        for axes in self.grid.flat:
            axes.minorticks_off()  # in panels this small they only blur
        betas = [rf"$\beta$ = {beta:g}" for beta in self.betas]
        if self.together:
            width = self.figure.bbox.width / self.figure.dpi / 3.0
            for axes, title in zip(self.grid[:, 0], PANELS.values(), strict=True):
                wrapped_title(axes, title, width - 0.3)
            for axes in self.grid[::3, 0]:
                axes.set_ylabel(wrapped(since, letters("title", 1.7)))
            for axes in self.grid[3:, 0]:
                axes.set_xlabel("epoch")
        else:
            names = [wrapped(title, LETTERS) for title in PANELS.values()]
            self.runs.label(self.grid, "epoch", names)
            for axes, beta in zip(self.grid[0], betas, strict=False):
                if len(self.betas) > 1:
                    axes.set_title(beta)
        keys = [
            Line2D([], [], color=self.look(0, k).color, linestyle=self._style(k), label=beta)
            for k, beta in enumerate(betas)
            if self.by_beta
        ]
        one = f", {betas[0]}" if len(betas) == 1 and not self.by_beta else ""
        heading = None if self.together and not one else since + one
        self.runs.legend(self.figure, keys, heading, grey=self.by_beta)

    def _style(self, beta: int) -> LineStyle:
        return "-" if self.runs.several else self.look(0, beta).style


def _panels(runs: list[RunRecord], settings: PlotSettings) -> _Panels:
    """Return the axes for ``runs``; raises CrowdedError if there are too many runs and betas."""
    shared, betas = overlay(runs, settings), settings.analysis.betas
    count, groups = len(runs), len(shared.panels)
    by_beta = count == 1 or (len(betas) > 1 and count <= len(LINE_STYLES) and groups == 1)
    colours = COLOURS if shared.several else MOST_LOOKS
    if (by_beta and len(betas) > colours) or (groups > 1 and len(betas) > 1):
        raise crowded(shared.names, f"have {len(betas)} temperatures each (--beta 1 for one)")
    if by_beta or (len(betas) == 1 and groups == 1):
        figure, grid = new_figure(2, 3, size=(DOUBLE, 3.8), sharex=True)
        return _Panels(shared, betas, figure, grid.reshape(-1, 1), by_beta)
    if groups > 1:
        return _Panels(shared, betas, *shared.grid(len(PANELS), 8.0), by_beta)
    if len(betas) > MOST_COLUMNS:
        raise crowded(shared.names, f"have {len(betas)} temperatures each (--beta 1 for one)")
    size = (DOUBLE, 0.5 + Y_HEIGHT * len(PANELS))
    figure, grid = new_figure(len(PANELS), len(betas), size=size, sharex=True, sharey="row")
    return _Panels(shared, betas, figure, grid, by_beta)


PLOT = Plot(
    "thermodynamics",
    "Thermodynamic functions while learning",
    ("log_eigenvalues",),
    draw,
    uses=("hue", "linear_epochs", "betas", "mass", "window", "exponential_factor"),
    symbol="F, U, S, S_0, C, -Laplacian F",
    equation="free_energy, mean_loss, entropy, thermodynamic_entropy, large_complexity and "
    "negative_laplacian less their values at the start, over epochs",
    source="2004.09280 (6.4), (6.1), (7.1), (7.4), (6.7), (9.1)",
)
