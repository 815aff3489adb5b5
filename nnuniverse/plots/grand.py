"""``grand``: how many neurons there are at each chemical potential, with mu rising and falling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnuniverse.analysis.grand import StoredGrand, read_grand
from nnuniverse.intervals import students_t
from nnuniverse.plots.canvas import legend_above, new_figure
from nnuniverse.plots.drawing import Drawing, LineStyle, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import SINGLE
from nnuniverse.plots.overlay import labels_of_few
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import GRAND_FILE

LINES: tuple[LineStyle, LineStyle] = ("-", "--")
"""Of rising and of falling mu."""

EXACT = "0.3"
"""Colour of what is enumerated."""

MOST_RUNS = 4
HEIGHT = 5.0
"""Of three panels, inches."""


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw <N>, Delta N and Omega over mu, both directions, and the exact ones where known.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    names = labels_of_few(runs, MOST_RUNS, "colours in both directions")
    found = [read_grand(run.folder) for run in runs]
    figure, grid = new_figure(3, 1, size=(SINGLE, HEIGHT))
    number, spread, potential = grid[:, 0]
    table = Table("run", "quantity", "direction", "chemical_potential", "value", "low", "high")
    keys = []
    for place, (run, stored) in enumerate(zip(runs, found, strict=True)):
        curves = _Curves(run.name, stored, table, place)
        curves.draw_directions(number, "mean_neurons")
        curves.draw_directions(spread, "neurons_variance")
        curves.draw_potential(potential)
        keys += curves.keys(names[place] if len(runs) > 1 else "")
    if any("exact_mean_neurons" in stored.found for stored in found):
        keys.append(Line2D([], [], color=EXACT, linewidth=0.6, label="exact"))
    number.set_ylabel(r"$\langle N\rangle$")
    spread.set_ylabel(r"$\Delta N$")
    anchored = all(stored.found.anchored for stored in found)
    potential.set_ylabel(r"$\Omega$" if anchored else r"$\Omega$ + constant")
    potential.set_xlabel(r"chemical potential $\mu$")
    legend_above(figure, keys)
    told = [_description(run, stored) for run, stored in zip(runs, found, strict=True)]
    return Drawing(
        figure,
        table.columns,
        "Mean number of active neurons, its standard deviation and the grand potential against the "
        "chemical potential: " + "; ".join(told) + ".",
    )


@dataclass(frozen=True)
class _Curves:
    """Those of a run called ``name``, the ``place``-th, whose numbers go into the ``table``."""

    name: str
    stored: StoredGrand
    table: Table
    place: int

    def draw_directions(self, axes: Axes, name: str) -> None:
        """Draw a quantity of both directions with its intervals; of the variance its root."""
        ensemble = self.stored.found
        is_variance = name == "neurons_variance"
        shown = np.sqrt if is_variance else np.asarray
        if f"exact_{name}" in ensemble:
            exact = shown(ensemble[f"exact_{name}"])
            axes.plot(ensemble.chemical_potentials, exact, color=EXACT, linewidth=0.6)
        half = students_t(_chains(self.stored) - 1) * ensemble[f"{name}_error"]
        for way, direction in enumerate(("up", "down")):
            middle = ensemble[name][way]
            ends = (middle, middle - half[way], middle + half[way])
            value, low, high = (shown(np.maximum(end, 0.0)) for end in ends)
            self._draw(axes, f"C{2 * self.place + way}", LINES[way], value, low, high)
            quantity = "neurons_spread" if is_variance else name
            self._add(quantity, direction, value, low, high)

    def draw_potential(self, axes: Axes) -> None:
        """Draw Omega with its interval, of both directions together."""
        ensemble = self.stored.found
        if "exact_grand_potential" in ensemble:
            exact = ensemble["exact_grand_potential"]
            axes.plot(ensemble.chemical_potentials, exact, color=EXACT, linewidth=0.6)
        value = ensemble["grand_potential"]
        half = students_t(2 * _chains(self.stored) - 1) * ensemble["grand_potential_error"]
        self._draw(axes, f"C{2 * self.place}", "-", value, value - half, value + half)
        self._add("grand_potential", "both", value, value - half, value + half)

    def keys(self, name: str) -> list[Line2D]:
        """Return what the legend tells of the run, by its ``name`` if there are several."""
        told = (r"$\mu$ rising", r"$\mu$ falling")
        return [
            Line2D([], [], color=f"C{2 * self.place + way}", linestyle=LINES[way], label=label)
            for way, label in enumerate(f"{name} {text}".strip() for text in told)
        ]

    def _draw(
        self,
        axes: Axes,
        color: str,
        line: str,
        value: np.ndarray,
        low: np.ndarray,
        high: np.ndarray,
    ) -> None:
        mu = self.stored.found.chemical_potentials
        axes.plot(mu, value, color=color, linestyle=line, marker="o", markersize=1.5)
        axes.fill_between(mu, low, high, color=color, alpha=0.2, linewidth=0.0)

    def _add(
        self, quantity: str, direction: str, value: np.ndarray, low: np.ndarray, high: np.ndarray
    ) -> None:
        mu = self.stored.found.chemical_potentials
        block = {"run": self.name, "quantity": quantity, "direction": direction}
        self.table.add(**block, chemical_potential=mu, value=value, low=low, high=high)


def _chains(stored: StoredGrand) -> int:
    return int(str(stored.attributes["chains"]))


def _description(run: RunRecord, stored: StoredGrand) -> str:
    ensemble = stored.found
    mu, (up, down) = ensemble.chemical_potentials, ensemble["mean_neurons"]
    gap = int(np.abs(down - up).argmax())
    return (
        f"{run.name} from {up[0]:.2f} neurons at {mu[0]:.3g} to {up[-1]:.2f} at {mu[-1]:.3g}, "
        f"the directions apart by {down[gap] - up[gap]:+.2f} at most, at {mu[gap]:.3g}"
    )


PLOT = Plot(
    "grand",
    "Number of neurons, its fluctuation and the grand potential over the chemical potential",
    (),
    draw,
    uses=(),
    file=GRAND_FILE,
    symbol="<N>, Delta N, Omega",
    equation="-dOmega/dmu, sqrt(-T d^2 Omega/dmu^2) and Omega against mu",
    source="2012.05082 (4.1), (4.5) (C11)",
)
