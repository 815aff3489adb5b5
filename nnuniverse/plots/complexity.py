"""``complexity``: C_n while learning; Fig. 6 of 2004.09280."""

from __future__ import annotations

from nnuniverse.plots.curves import QuantityCurves, draw_band
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.runs import RunRecord


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw every recorded C_n.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    labels = complexity_labels(runs)
    curves = QuantityCurves.of(runs, settings, {r"complexity $C_n$": labels})
    table = Table("run", "n", "epoch", "mean", "low", "high")
    ends = []
    for number, run in enumerate(runs):
        epochs = run["snapshot"]
        for position, n in enumerate(run["complexity_n"]):
            curve = draw_band(
                curves.axes(number, str(n)),
                run,
                epochs,
                run["complexity"][:, :, position],
                curves.look(number, str(n)),
                label=curves.name(number, labels[str(n)]),
                band=curves.runs.bands,
            )
            table.add_curve(curve, run=run.name, n=int(n), epoch=epochs)
            name = curves.runs.names[number]
            ends.append(f"{name} C_{n} from {curve.value[0]:.1f} to {curve.value[-1]:.1f}")
    curves.finish(settings)
    return Drawing(
        curves.figure, table.columns, "Complexity against the epoch: " + "; ".join(ends) + "."
    )


def complexity_labels(runs: list[RunRecord]) -> dict[str, str]:
    """Return the labels of all C_n that some run has recorded, by n.

    ``runs``: the runs, in the order in which they are drawn.
    """
    counts = sorted({int(n) for run in runs for n in run["complexity_n"]})
    return {str(n): rf"$C_{{{n}}}$" for n in counts}


PLOT = Plot(
    "complexity",
    "Complexity while learning",
    ("complexity",),
    draw,
    uses=("hue", "linear_epochs"),
    symbol="C_n",
    equation="-1/2 sum_{i<=n} log lambda_i + (N/2) log 2 pi, over epochs",
    source="2004.09280 (10.5), Fig. 6",
)
