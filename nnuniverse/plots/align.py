"""``align``: how the drift of learning lies to the gradient of the free energy while learning."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.alignment import read_alignment
from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.alignment.measured import AT_BETA, NAMES, Alignment
from nnuniverse.plots.curves import QuantityCurves, draw_band
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import ALIGN_FILE

OF_ONE_RUN = {
    "alignment": r"$+\nabla F$",
    "alignment_frozen_slopes": r"$+\nabla F$ at frozen $f'$",
    "alignment_outside_stiffest": r"$+\nabla F$ outside the stiffest",
    "bulk_cosine": r"$-\nabla$ bulk loss",
}
"""What the mean step is compared with; several runs are with the first alone."""

AXIS = "cosine with the mean step"


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw cosines over the epochs that `nnu align` measured, F at the beta nearest to 1.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    found = [read_alignment(run.folder) for run in runs]
    labels = OF_ONE_RUN if len(runs) == 1 else {"alignment": OF_ONE_RUN["alignment"]}
    curves = QuantityCurves.of(runs, settings, {AXIS: labels})
    table = Table("run", "quantity", "beta", "epoch", "mean", "low", "high")
    ends = []
    for number, (run, alignment) in enumerate(zip(runs, found, strict=True)):
        beta = int(np.abs(np.log(alignment.betas)).argmin())
        for quantity, label in labels.items():
            curve = _draw(curves, number, run, alignment, quantity, label, beta)
            of_beta = alignment.betas[beta] if NAMES[quantity].dims == AT_BETA else np.nan
            block = {"run": run.name, "quantity": quantity, "beta": of_beta}
            table.add_curve(curve, epoch=alignment.epochs, **block)
            ends.append(f"{curves.runs.names[number]} {quantity} ends at {curve.value[-1]:+.2f}")
    for axes in curves.grid.flat:
        axes.axhline(0.0, color="0.6", linewidth=0.6, zorder=0)
    curves.finish(settings)
    return Drawing(
        curves.figure,
        table.columns,
        "Cosine of the mean step of learning and the gradient of the free energy against the "
        "epoch: " + "; ".join(ends) + ".",
    )


def _draw(
    curves: QuantityCurves,
    number: int,
    run: RunRecord,
    alignment: Alignment,
    quantity: str,
    label: str,
    beta: int,
) -> Estimate:
    """Draw a quantity of a run; a dot marks each epoch, of which there may be one alone."""
    values = alignment[quantity]
    values = values[..., beta] if NAMES[quantity].dims == AT_BETA else values
    axes, look = curves.axes(number, quantity), curves.look(number, quantity)
    curve = draw_band(
        axes,
        run,
        alignment.epochs,
        values,
        look,
        label=curves.name(number, label),
        band=curves.runs.bands,
        single=False,
    )
    axes.plot(alignment.epochs, curve.value, "o", color=look.color, markersize=2.5)
    return curve


PLOT = Plot(
    "align",
    "The drift of learning and the gradient of the free energy",
    (),
    draw,
    uses=("hue", "linear_epochs"),
    file=ALIGN_FILE,
    symbol="cos(-grad L, +grad F)",
    equation="cosine of the mean step with +grad F at the beta nearest to 1, and with minus the "
    "gradient of the bulk loss, over epochs",
    source="2008.01540 (4.2)",
)
