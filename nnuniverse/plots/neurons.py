"""``neurons``: how many neurons are active while learning, and what births and deaths change."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from nnuniverse.plots.curves import QuantityCurves, Rows, draw_band
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.overlay import Look
from nnuniverse.runs import RunRecord
from nnuniverse.supports import support_of

MOVES = {"birth": "change of E\nby births", "death": "change of E\nby deaths"}
"""What is drawn of moves, by the prefix of its variables."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw the neurons of every hidden layer, and below them a point for every move tried.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    curves = QuantityCurves.of(runs, settings, _rows(runs))
    table = Table("run", "quantity", "layer", "epoch", "mean", "low", "high", "replica", "accepted")
    ends, tried = [], _tried(runs)
    for number, run in enumerate(runs):
        counts = run.active_hidden
        for layer in range(counts.shape[-1]):
            quantity = f"active_neurons {layer}"
            curve = draw_band(
                curves.axes(number, quantity),
                run,
                np.arange(counts.shape[1]),
                counts[..., layer],
                curves.look(number, quantity),
                label=curves.name(number, f"layer {layer + 1}"),
                band=curves.runs.bands,
                support=support_of("active_neurons"),
            )
            table.add_curve(
                curve,
                run=run.name,
                quantity="active_neurons",
                layer=layer + 1,
                epoch=np.arange(counts.shape[1]),
            )
            ends.append(f"{curves.runs.names[number]} layer {layer + 1}: {curve.value[-1]:.3g}")
            for move in tried:
                quantity = f"{move} {layer}"
                axes, look = curves.axes(number, quantity), curves.look(number, quantity)
                _draw_moves(axes, run, move, layer, look, table)
    curves.finish(settings)
    return Drawing(
        curves.figure,
        table.columns,
        "Active neurons of every hidden layer against the epoch, and the change of the energy by "
        "every birth and death tried, filled if accepted; neurons at the end: "
        + "; ".join(ends)
        + ".",
    )


def _rows(runs: list[RunRecord]) -> Rows:
    """Return the rows of axes: neurons, births, deaths, with a label for each layer."""
    layers = range(max(run["active_neurons"].shape[-1] for run in runs))
    named = {"active_neurons": "active neurons", **{move: MOVES[move] for move in _tried(runs)}}
    return {
        y: {f"{quantity} {layer}": f"layer {layer + 1}" for layer in layers}
        for quantity, y in named.items()
    }


def _tried(runs: list[RunRecord]) -> list[str]:
    """Return the moves that any of the ``runs`` has tried."""
    return [move for move in MOVES if any(np.isfinite(run[f"{move}_change"]).any() for run in runs)]


def _draw_moves(
    axes: Axes, run: RunRecord, move: str, layer: int, look: Look, table: Table
) -> None:
    """Draw a point for every trial; linear up to the temperature, logarithmic beyond."""
    change, accepted = (run[f"{move}_{of}"][..., layer] for of in ("change", "accepted"))
    temperature = float(str(run.attributes["grand_temperature"]))
    for replica in range(run.replicas):
        tried = np.isfinite(change[replica])
        epochs, changes = run["epoch"][tried], change[replica][tried]
        made = accepted[replica][tried] > 0
        axes.scatter(
            epochs,
            changes,
            s=9,
            linewidths=0.6,
            edgecolors=look.color,
            facecolors=[look.color if one else "none" for one in made],
        )
        table.add(
            run=run.name,
            quantity=f"{move}_change",
            layer=layer + 1,
            epoch=epochs,
            mean=changes,
            replica=replica,
            accepted=made.astype(int),
        )
    axes.set_yscale("symlog", linthresh=temperature)
    axes.axhline(0.0, color="0.3", linewidth=0.6)


PLOT = Plot(
    "neurons",
    "Active neurons while learning",
    ("active_neurons", "birth_change", "death_change"),
    draw,
    uses=("hue", "linear_epochs"),
    of_turnover=True,
    symbol="N",
    equation="active neurons of every hidden layer; change of the energy by each birth and death "
    "that was tried, over epochs",
    source="2012.05082 Sec. 5",
)
