"""``thermodynamics``: the thermodynamic functions while learning, at fixed beta."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.states import spectrum_of, thermodynamic_states
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.plots.curves import draw_band
from nnuniverse.plots.drawing import (
    DOUBLE,
    LINE_STYLES,
    Drawing,
    Plot,
    PlotSettings,
    Table,
    after_start,
    epoch_axis,
    labels,
    legend_above,
    new_figure,
)
from nnuniverse.runs import RunRecord

PANELS = {
    "free_energy": "free energy $F$",
    "mean_loss": "Gaussian mean loss $U$",
    "entropy": "entropy $S$",
    "thermodynamic_entropy": "thermodynamic entropy $S_0$",
    "large_complexity": r"complexity $C$ of $\lambda > 1/\beta$",
    "negative_laplacian": r"$-\Delta F$",
}


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw a panel per function: a colour per beta, a line style per run.

    Drawn are changes since the first snapshot on the axis: values at different beta differ by
    much more than learning changes them.  The table has the mean at the start, too.
    """
    figure, grid = new_figure(2, 3, size=(DOUBLE, 3.8), sharex=True)
    table = Table("run", "function", "beta", "start", "epoch", "mean", "low", "high")
    betas = settings.analysis.betas
    for number, (run, name) in enumerate(zip(runs, labels(runs), strict=True)):
        shown = after_start(run, settings)
        epochs = run["snapshot"][shown]
        shape = run["log_eigenvalues"].shape[:2]
        computed = thermodynamic_states(
            spectrum_of(run, settings.analysis),
            {f"beta={beta:g}": np.full(shape, beta) for beta in betas},
            settings.analysis,
        )
        values = {variable.name: array for variable, array in computed}
        for axes, (function, title) in zip(grid.flat, PANELS.items(), strict=True):
            for column, beta in enumerate(betas):
                of_beta = values[function][:, shown, column]
                curve = draw_band(
                    axes,
                    run,
                    epochs,
                    of_beta - of_beta[:, :1],
                    label=rf"{name + ', ' if len(runs) > 1 else ''}$\beta$ = {beta:g}",
                    color=f"C{column % 7}",
                    style=LINE_STYLES[number % 4],
                    single=False,
                )
                start = float(mean_over_replicas(of_beta[:, 0]).value)
                table.add_curve(
                    curve, epoch=epochs, run=run.name, function=function, beta=beta, start=start
                )
            axes.set_title(title)
    for axes in grid[-1]:
        epoch_axis(axes, settings)
    for axes in grid.flat:
        axes.minorticks_off()  # in panels this small they only blur
    for axes in grid[:, 0]:
        axes.set_ylabel("change since the start")
    legend_above(figure, len(betas))
    return Drawing(
        figure,
        table.columns,
        "Change of free energy, mean loss, entropies, complexity and negative Laplacian while "
        f"learning, at beta = {', '.join(f'{beta:g}' for beta in betas)}, for "
        + ", ".join(labels(runs))
        + ".",
    )


PLOT = Plot(
    "thermodynamics",
    "Thermodynamic functions while learning",
    ("log_eigenvalues",),
    draw,
    symbol="F, U, S, S_0, C, -Laplacian F",
    equation="free_energy, mean_loss, entropy, thermodynamic_entropy, large_complexity and "
    "negative_laplacian less their values at the start, over epochs",
    source="2004.09280 (6.4), (6.1), (7.1), (7.4), (6.7), (9.1)",
)
