"""Curves over replicas: a thin line each, their mean, and a band for its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.plots.drawing import LINE_STYLES, PlotSettings, missing, require_learning
from nnuniverse.plots.overlay import COLOURS, Look, Overlay, different_looks, overlay
from nnuniverse.plots.ticks import epoch_axes
from nnuniverse.runs import RunRecord
from nnuniverse.supports import Support


def mean_curve(
    values: np.ndarray, *, logarithmic: bool = False, support: Support = "real"
) -> Estimate:
    """Return mean and interval over the first axis, of the logarithm if ``logarithmic``.

    ``values``: (replica, point); ``support``: the values that are possible.
    """
    if not logarithmic:
        return mean_over_replicas(values, support)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Estimate(*(np.exp(part) for part in mean_over_replicas(np.log(values))))


def draw_band(
    axes: Axes,
    run: RunRecord,
    x: np.ndarray,
    values: np.ndarray,
    look: Look,
    *,
    label: str | None = None,
    logarithmic: bool = False,
    band: bool = True,
    single: bool = True,
    support: Support = "real",
) -> Estimate:
    """Draw (replica, point) values over ``x``; return the mean and interval drawn.

    ``band``, ``single``: whether the interval and every replica are drawn, too; ``support``: of the
    values.  Raises RunError if every replica of ``run`` has diverged before, or has only begun.

    ``axes``: what is drawn into; ``look``: colour and line; ``label``: what it is called, None for
    nothing; ``logarithmic``: whether the mean is that of the logarithm.
    """
    require_learning(run, x)
    curve = mean_curve(values, logarithmic=logarithmic, support=support)
    if not np.isfinite(curve.value[1:] if len(x) > 1 else curve.value).any():
        raise missing(run, "a finite value after the start", "a run that does not diverge")
    color, style = look
    if len(values) > 1 and band:
        for replica in values if single else ():
            axes.plot(x, replica, color=color, linestyle=style, linewidth=0.4, alpha=0.35)
        axes.fill_between(x, curve.low, curve.high, color=color, alpha=0.18, linewidth=0.0)
    axes.plot(x, curve.value, color=color, linestyle=style, label=label)
    return curve


Rows = Mapping[str, Mapping[str, str]]
"""What an axis is called, and what is drawn against it: labels by the name of a quantity."""


@dataclass(frozen=True)
class QuantityCurves:
    """Axes over epochs for several quantities of several runs, of which no two curves look alike.

    ``rows``: of axes.  Of one run each label has a colour; of several runs colours tell runs apart
    and line styles labels.  ``apart``: every quantity has a row of its own, since styles do not do.
    """

    runs: Overlay
    rows: Rows
    figure: Figure
    grid: np.ndarray
    apart: bool

    @classmethod
    def of(cls, runs: list[RunRecord], settings: PlotSettings, rows: Rows) -> QuantityCurves:
        """Return the axes for ``runs``.

        ``settings``: what `nnu plot` was asked for; ``rows``: of panels.
        """
        shared = overlay(runs, settings)
        labels = len({label for quantities in rows.values() for label in quantities.values()})
        styled = shared.by_value and any(look.style != "-" for look in shared.looks)
        crowd = max(np.bincount(shared.places)) > COLOURS
        many = shared.several and labels > len(LINE_STYLES)
        apart = labels > 1 and (styled or crowd or many)
        if apart:
            rows = {
                f"{y}\n{label}": {quantity: label}
                for y, quantities in rows.items()
                for quantity, label in quantities.items()
            }
        return cls(shared, rows, *shared.grid(len(rows), 1.0 + 1.6 * len(rows)), apart)

    @property
    def labels(self) -> list[str]:
        """The labels, each once."""
        every = [label for quantities in self.rows.values() for label in quantities.values()]
        return list(dict.fromkeys(every))

    def axes(self, run: int, quantity: str) -> Axes:
        """Return where a quantity of a run belongs."""
        row = next(k for k, of in enumerate(self.rows.values()) if quantity in of)
        found: Axes = self.grid[row, self.runs.places[run]]
        return found

    def look(self, run: int, quantity: str) -> Look:
        """Return what its curve looks like.

        ``run``: which of the runs, from 0; ``quantity``: its name.
        """
        label = next(of[quantity] for of in self.rows.values() if quantity in of)
        return self._look(run, self.labels.index(label))

    def _look(self, run: int, number: int) -> Look:
        if not self.runs.several:
            return different_looks(len(self.labels))[number]
        if self.apart or len(self.labels) == 1:
            return self.runs.looks[run]
        return Look(self.runs.looks[run].color, LINE_STYLES[number])

    def name(self, run: int, label: str) -> str:
        """Return what a curve is called in words.

        ``run``: which of the runs, from 0; ``label``: what it is called.
        """
        return f"{self.runs.names[run]}: {label}" if self.runs.several else label

    def finish(self, settings: PlotSettings) -> None:
        """Name the axes and put a legend above them.

        ``settings``: what `nnu plot` was asked for.
        """
        epoch_axes(self.grid.flat, settings.linear_epochs)
        self.runs.label(self.grid, "epoch", list(self.rows))
        styled = self.runs.several and len(self.labels) > 1 and not self.apart
        named = self.labels if styled or not self.runs.several else []
        keys = [self._key(number, label) for number, label in enumerate(named)]
        only = self.labels[0] if self.runs.several and len(self.labels) == 1 else None
        self.runs.legend(self.figure, keys, only, solid=styled)

    def _key(self, number: int, label: str) -> Line2D:
        look = self._look(0, number)
        color = "0.4" if self.runs.several else look.color
        return Line2D([], [], color=color, linestyle=look.style, label=label)
