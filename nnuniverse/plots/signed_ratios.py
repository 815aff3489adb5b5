"""The panel of a over the coordinates of ensembles, with the values of the mechanics marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from nnuniverse.analysis.mechanics import MechanicsRecord
from nnuniverse.analysis.mechanics.mechanics_names import diffusion_called
from nnuniverse.intervals import Estimate
from nnuniverse.plots.drawing import Table
from nnuniverse.runs import RunRecord

MARKERS = "os^Dv"
"""Of the diffusions that a is taken with."""

BESIDE = 0.12
"""Between the marks of a coordinate, in coordinates."""

NAMES = 0.13
"""Share of the width of the coordinates that the names of the mechanics take beside them."""

FAR = 3.0
"""Beyond it values of a are drawn on a logarithmic scale: intervals may be wide."""

LEVEL = 6
"""Coordinates up to which their names stand level."""

MARKED = ((-1, "Fokker-Planck"), (0, "Hamilton-Jacobi"), (1, "Nelson"))


@dataclass(frozen=True)
class JudgedRun:
    """A ``run``, what was ``found`` of its mechanics, the numbers of the coordinates ``chosen``."""

    run: RunRecord
    found: MechanicsRecord
    chosen: Sequence[int]

    @property
    def names(self) -> list[str]:
        """What the coordinates chosen are called."""
        every = self.found.words("coordinate")
        return [every[k] for k in self.chosen]

    @property
    def winners(self) -> list[str]:
        """The verdicts on them."""
        every = self.found.words("winner")
        return [every[k] for k in self.chosen]

    @property
    def kinds(self) -> list[str]:
        """What the diffusions of a are taken from."""
        return self.found.words("diffusion_of") if "signed_hbar2_ratio" in self.found else []

    def ratio(self, kind: str) -> Estimate:
        """Return a of the coordinates chosen, NaN where there is none.

        ``kind``: of D.
        """
        if kind not in self.kinds:
            return Estimate(*np.full((3, len(self.chosen)), np.nan))
        at = self.kinds.index(kind), np.asarray(self.chosen)
        return self.found.estimate("signed_hbar2_ratio", *at)


def draw_ratios(axes: Axes, judged: Sequence[JudgedRun], table: Table) -> list[Artist]:
    """Draw a over coordinates, the runs beside each other; return what the marks stand for.

    ``axes``: what is drawn into; ``judged``: the runs with their verdicts; ``table``: takes the
    numbers that are drawn.
    """
    kinds = list(dict.fromkeys(kind for one in judged for kind in one.kinds))
    names: list[str] = []
    for number, one in enumerate(judged):
        for mark, kind in enumerate(kinds):
            shift = BESIDE * (mark - (len(kinds) - 1) / 2.0)
            at = len(names) + shift + np.arange(len(one.chosen))
            _draw_marks(axes, one, kind, at, f"C{number}", MARKERS[mark % len(MARKERS)])
            ratio = one.ratio(kind)
            table.add(
                run=one.run.name,
                coordinate=one.names,
                kind="a",
                of=kind,
                step=np.full(len(one.chosen), np.nan),
                value=ratio.value,
                low=ratio.low,
                high=ratio.high,
            )
        names += one.names
    _name_axes(axes, names)
    return [_key(MARKERS[mark % len(MARKERS)], kind) for mark, kind in enumerate(kinds)]


def _key(marker: str, kind: str) -> Line2D:
    """Return what the legend says of a marker."""
    name = f"a, {diffusion_called(kind)}"
    return Line2D([], [], color="0.4", marker=marker, linestyle="none", label=name)


def _draw_marks(
    axes: Axes, judged: JudgedRun, kind: str, at: np.ndarray, color: str, marker: str
) -> None:
    """Draw values with intervals at the places ``at``, hollow where nothing is named."""
    ratio = judged.ratio(kind)
    named = np.array([winner != "undecided" for winner in judged.winners], bool)
    axes.vlines(at, ratio.low, ratio.high, color=color, linewidth=1.0)
    for which, face in ((named, color), (~named, "white")):
        there = which & np.isfinite(ratio.value)
        axes.plot(at[there], ratio.value[there], marker, color=color, markerfacecolor=face)


def _name_axes(axes: Axes, names: Sequence[str]) -> None:
    """Mark what the mechanics have, name the coordinates, and leave room for all of it."""
    low, high = min(axes.dataLim.y0, -1.4), max(axes.dataLim.y1, 1.4)
    if not np.isfinite([low, high]).all():  # nothing is drawn
        low, high = -1.4, 1.4
    far = max(-low, high) > FAR
    if far:
        axes.set_yscale("symlog", linthresh=FAR, linscale=2.0)
    axes.set_yticks([-10, -1, 0, 1, 10] if far else [-1, 0, 1])
    axes.set_ylim(1.05 * low, 1.05 * high)
    for at, name in MARKED:
        axes.axhline(at, color="0.3", linewidth=0.6, linestyle="--")
        axes.annotate(
            name,
            (1.0, at),
            xycoords=("axes fraction", "data"),
            xytext=(0, 1.5),
            textcoords="offset points",
            ha="right",
            fontsize=6.5,
        )
    axes.set_xticks(
        range(len(names)), names, rotation=20 if len(names) > LEVEL else 0, fontsize=6.5
    )
    axes.set_xlim(-0.5, len(names) - 0.5 + NAMES * len(names))
    axes.set_xlabel("coordinate; hollow where nothing is named")
    axes.set_ylabel(r"$a = A\,/\,4D^2$")
