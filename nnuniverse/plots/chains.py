"""``chains``: the edges that a net keeps, its clean chains among them, and their number."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from nnuniverse.analysis.structure import StoredStructure, read_structure
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.plots.canvas import legend_above, new_figure
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import DOUBLE
from nnuniverse.plots.overlay import labels_of_few
from nnuniverse.plots.permutation import MOST_RUNS, STYLES
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import STRUCTURE_FILE

HEIGHT = 3.2
"""Inches."""

MOST_DRAWN = 2000
"""Edges of the net; of more the strongest are drawn."""

OWN, OTHER, REST = "C0", "C3", "0.6"
"""Colours of chains that end at the place where they began, of others, and of other edges."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw the kept edges of the first run's net, and clean chains of all runs over epochs.

    ``settings``: what `nnu plot` was asked for.
    """
    names = labels_of_few(runs, MOST_RUNS, "colours over each other's bands")
    found = [read_structure(run.folder) for run in runs]
    figure, grid = new_figure(1, 2, size=(DOUBLE, HEIGHT))
    net, count = grid[0]
    table = Table("run", "epoch", "chains", "low", "high", "sender", "receiver", "weight")
    _draw_net(net, runs[0].name, found[0], table)
    for place, (run, stored) in enumerate(zip(runs, found, strict=True)):
        _draw_count(count, run.name, stored, table, place)
    count.set_xlabel("epoch")
    count.set_ylabel("clean chains")
    keys = [
        Line2D([], [], color=OWN, label="chain to its own output"),
        Line2D([], [], color=OTHER, label="other chain"),
        Line2D([], [], color=REST, linewidth=0.5, label="other edge"),
    ]
    keys += [
        Line2D([], [], color=f"C{place}", linestyle=STYLES[place], marker="o", label=name)
        for place, name in enumerate(names)
        if len(runs) > 1
    ]
    legend_above(figure, keys)
    ends = [
        f"{run.name} {np.nanmean(stored.found['chain_count'][:, -1]):.3g}"
        for run, stored in zip(runs, found, strict=True)
    ]
    return Drawing(
        figure,
        table.columns,
        f"The edges that the net of {runs[0].name} keeps, clean chains from inputs to outputs in "
        f"colour, and their number against the epoch: at last {', '.join(ends)}.",
    )


def _draw_count(axes: Axes, name: str, stored: StoredStructure, table: Table, place: int) -> None:
    epochs = stored.found.epochs
    curve = mean_over_replicas(stored.found["chain_count"])
    color, inputs = f"C{place}", np.asarray(stored.attributes["inputs"]).size
    low, high = np.maximum(curve.low, 0.0), np.minimum(curve.high, inputs)
    axes.fill_between(epochs, low, high, color=color, alpha=0.2, linewidth=0.0)
    axes.plot(epochs, curve.value, color=color, linestyle=STYLES[place], marker="o", markersize=2.0)
    if len(epochs) > 1:
        axes.set_xscale("symlog", linthresh=1.0)
        axes.set_xlim(0.0, epochs[-1])
    axes.axhline(inputs, color="0.6", linewidth=0.6, zorder=0)
    axes.set_ylim(0.0, 1.08 * max(inputs, 1))
    table.add(run=name, epoch=epochs, chains=curve.value, low=low, high=high)


def _draw_net(axes: Axes, name: str, stored: StoredStructure, table: Table) -> None:
    """Draw neurons as dots, layer by layer, and kept edges as lines, the stronger the wider."""
    position, ticks = _positions(stored)
    structure = stored.found
    axes.set_xticks(range(len(ticks)), ticks)
    axes.set_yticks([])
    axes.set_ylabel("neuron")
    axes.set_xlabel("layer")
    if "kept_weight" in structure:
        ends = structure["kept_sender"].astype(int), structure["kept_receiver"].astype(int)
        weights = structure["kept_weight"]
        strong = np.argsort(-np.abs(weights), kind="stable")[:MOST_DRAWN]
        senders, receivers, weights = ends[0][strong], ends[1][strong], weights[strong]
        colors = _colors(stored, senders, receivers)
        widths = np.where(colors == REST, 0.5, 1.2) * np.abs(weights) / np.abs(weights).max()
        lines = np.stack([position[senders], position[receivers]], axis=1)
        order = np.argsort(colors != REST, kind="stable")  # chains over the others
        axes.add_collection(
            LineCollection(
                list(lines[order]), colors=colors[order].tolist(), linewidths=widths[order].tolist()
            )
        )
        table.add(run=name, sender=senders, receiver=receivers, weight=weights)
    axes.plot(*position.T, linestyle="", marker="o", markersize=2.0, color="0.2")
    axes.margins(0.05)


def _positions(stored: StoredStructure) -> tuple[np.ndarray, list[str]]:
    """Return where neurons stand, (N, 2), and the names of their layers.

    Of a graph without layers: inputs, hidden neurons, outputs.
    """
    neurons = int(str(stored.attributes["neurons"]))
    layer = np.ones(neurons, int)
    sizes = [int(size) for size in str(stored.attributes["layers"]).split("-") if size]
    if sizes:
        layer = np.repeat(np.arange(len(sizes)), sizes)
        ticks = [str(number) for number in range(len(sizes))]
    else:
        layer[np.asarray(stored.attributes["inputs"], int)] = 0
        layer[np.asarray(stored.attributes["outputs"], int)] = 2
        ticks = ["inputs", "hidden", "outputs"]
    height = np.empty(neurons)
    for one in np.unique(layer):
        within = np.flatnonzero(layer == one)
        height[within] = -(np.arange(len(within)) + 0.5) / len(within)
    return np.stack([layer.astype(float), height], axis=1), ticks


def _colors(stored: StoredStructure, senders: np.ndarray, receivers: np.ndarray) -> np.ndarray:
    """Return the colour of every edge."""
    inputs, outputs = (
        np.atleast_1d(np.asarray(stored.attributes[end])).tolist() for end in ("inputs", "outputs")
    )
    own = dict(zip(inputs, outputs, strict=False))
    found = {}
    chains = stored.found["chain_neuron"][0] if "chain_neuron" in stored.found else ()
    for row in chains:
        chain = row[np.isfinite(row)].astype(int).tolist()
        for edge in pairwise(chain):
            found[edge] = OWN if own.get(chain[0]) == chain[-1] else OTHER
    edges = zip(senders.tolist(), receivers.tolist(), strict=True)
    return np.array([found.get(edge, REST) for edge in edges])


PLOT = Plot(
    "chains",
    "The edges that a net keeps, and its clean chains from inputs to outputs",
    (),
    draw,
    uses=(),
    file=STRUCTURE_FILE,
    symbol="number of chains",
    equation="edges of which each holds the purity of what its ends send and receive",
    source="2008.01540 Sec. 11",
)
