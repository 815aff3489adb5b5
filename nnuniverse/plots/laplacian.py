"""``laplacian``: -Laplacian F of the two-peak model; Fig. 1 of 2004.09280."""

from __future__ import annotations

import itertools
from functools import partial

import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.plots.canvas import legend_above, new_figure
from nnuniverse.plots.drawing import LINE_STYLES, Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.overlay import COLOURS
from nnuniverse.runs import RunRecord
from nnuniverse.thermodynamics import extrema, printed_extremum, two_peak_laplacian

RANGE = (-8.0, 8.0)
"""log lambda drawn: both plateaus and every extremum of the paper's four curves."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a line per beta, gamma and N, its exact extrema (A30) and the printed one (9.4).

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    figure, grid = new_figure()
    axes = grid[0, 0]
    log_lambda = np.linspace(*RANGE, 801)
    table = Table("beta", "gamma", "neurons", "kind", "log_lambda", "negative_laplacian")
    models = list(itertools.product(settings.gammas, settings.neurons))
    if len(models) > len(LINE_STYLES) or len(settings.model_betas) > COLOURS:
        raise ConfigError(
            "the two-peak model",
            f"have at most {COLOURS} beta, and {len(LINE_STYLES)} pairs of gamma and N",
            f"has {len(settings.model_betas)} and {len(models)}",
            "several figures with --out",
        )
    marked = False
    for number, beta in enumerate(settings.model_betas):
        color = f"C{number}"
        for style, (gamma, neurons) in zip(LINE_STYLES, models, strict=False):
            label = rf"$\beta$ = {beta:g}"
            if len(settings.gammas) > 1:
                label += rf", $\gamma$ = {gamma:.3g}"
            if len(settings.neurons) > 1:
                label += f", N = {neurons}"

            height = partial(two_peak_laplacian, beta=beta, gamma=gamma, neurons=neurons)
            curve = height(log_lambda)
            axes.plot(log_lambda, curve, color=color, linestyle=style, label=label)
            exact = np.array([e for e in extrema(beta, gamma) if RANGE[0] <= e <= RANGE[1]])
            printed = np.array([printed_extremum(beta)])
            marked |= len(exact) > 0
            axes.plot(exact, height(exact), "o", color=color)
            axes.plot(printed, height(printed), "x", color=color, markersize=5)
            model = {"beta": beta, "gamma": gamma, "neurons": neurons}
            for kind, x in (("curve", log_lambda), ("extremum", exact), ("printed", printed)):
                table.add(**model, kind=kind, log_lambda=x, negative_laplacian=height(x))
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
