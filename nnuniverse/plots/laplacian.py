"""``laplacian``: -Laplacian F of the two-peak model; Fig. 1 of 2004.09280."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from nnuniverse.errors import ConfigError
from nnuniverse.plots.canvas import legend_above, new_figure
from nnuniverse.plots.drawing import LINE_STYLES, Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.overlay import COLOURS
from nnuniverse.runs import RunRecord
from nnuniverse.thermodynamics import extrema, printed_extremum, two_peak_laplacian

RANGE = (-8.0, 8.0)
"""log lambda drawn: both plateaus and every extremum of the paper's four curves."""

Model = tuple[float, int]
"""gamma and N."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a line per beta, gamma and N, its exact extrema (A30) and the printed one (9.4).

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    models = _models(settings)
    figure, grid = new_figure()
    axes = grid[0, 0]
    table = Table("beta", "gamma", "neurons", "kind", "log_lambda", "negative_laplacian")
    marked = False
    for number, beta in enumerate(settings.model_betas):
        for style, model in zip(LINE_STYLES, models, strict=False):
            look = {"color": f"C{number}", "linestyle": style}
            marked |= _draw_curve(axes, beta, model, look, _label(beta, model, settings), table)
    if marked:
        axes.plot([], [], "o", color="0.4", label="extremum, exact")
    axes.plot([], [], "x", color="0.4", label="extremum, (9.4)")
    axes.set_xlabel(r"$\log\,\lambda$ of the share $\gamma$")
    axes.set_ylabel(r"$-\Delta F$")
    axes.set_xlim(*RANGE)
    axes.set_ylim(bottom=0.0)
    if len(models) == 1:
        gamma, neurons = models[0]
        axes.set_title(rf"two-peak model, $\gamma$ = {gamma:.3g}, N = {neurons}")
    legend_above(figure, axes.get_legend_handles_labels()[0])
    betas = ", ".join(f"{beta:g}" for beta in settings.model_betas)
    return Drawing(
        figure,
        table.columns,
        f"Negative Laplacian of the free energy of the two-peak model over log lambda for beta = "
        f"{betas}. Circles mark exact extrema, crosses the extremum that equation (9.4) prints.",
    )


def _models(settings: PlotSettings) -> list[Model]:
    """Return gamma and N of every line style; raises ConfigError for more lines than looks."""
    models = list(itertools.product(settings.gammas, settings.neurons))
    if len(models) > len(LINE_STYLES) or len(settings.model_betas) > COLOURS:
        raise ConfigError(
            "the two-peak model",
            f"have at most {COLOURS} beta, and {len(LINE_STYLES)} pairs of gamma and N",
            f"has {len(settings.model_betas)} and {len(models)}",
            "several figures with --out",
        )
    return models


def _label(beta: float, model: Model, settings: PlotSettings) -> str:
    """Return what tells a line from the others."""
    gamma, neurons = model
    label = rf"$\beta$ = {beta:g}"
    if len(settings.gammas) > 1:
        label += rf", $\gamma$ = {gamma:.3g}"
    if len(settings.neurons) > 1:
        label += f", N = {neurons}"
    return label


def _draw_curve(
    axes: Axes, beta: float, model: Model, look: dict[str, Any], label: str, table: Table
) -> bool:
    """Draw a line with its extrema, and return whether there is an exact one."""
    gamma, neurons = model
    height = partial(two_peak_laplacian, beta=beta, gamma=gamma, neurons=neurons)
    log_lambda = np.linspace(*RANGE, 801)
    exact = np.array([e for e in extrema(beta, gamma) if RANGE[0] <= e <= RANGE[1]])
    printed = np.array([printed_extremum(beta)])
    axes.plot(log_lambda, height(log_lambda), label=label, **look)
    axes.plot(exact, height(exact), "o", color=look["color"])
    axes.plot(printed, height(printed), "x", color=look["color"], markersize=5)
    for kind, x in (("curve", log_lambda), ("extremum", exact), ("printed", printed)):
        table.add(
            beta=beta,
            gamma=gamma,
            neurons=neurons,
            kind=kind,
            log_lambda=x,
            negative_laplacian=height(x),
        )
    return len(exact) > 0


PLOT = Plot(
    "laplacian",
    "Negative Laplacian of F of the two-peak model",
    (),
    draw,
    uses=("model_betas", "gammas", "neurons"),
    runless=True,
    symbol="-Laplacian F",
    equation="(beta/2) Tr (1 + beta G)^-2, a share gamma of the N eigenvalues being lambda, "
    "the others such that det G = 1",
    source="2004.09280 (9.2), (9.3), Fig. 1",
)
