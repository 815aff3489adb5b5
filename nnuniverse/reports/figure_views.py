"""Figures on a page: images within it, with a title, a formula and words for who cannot see."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import NamedTuple

from nnuniverse.errors import RunError
from nnuniverse.plots import CrowdedError, Plot, PlotSettings, render, run_id
from nnuniverse.runs import RunRecord

ONE_COLUMN = 4.0
"""Wider figures, in inches, take a whole row of the page."""


class FigureView(NamedTuple):
    """A figure on the page: ``title``, formula, text alternative, image as a data URI, shape."""

    title: str
    formula: str
    description: str
    image: str
    wide: bool


def figure_views(
    plots: Iterable[Plot], records: list[RunRecord], settings: PlotSettings
) -> tuple[list[FigureView], list[tuple[str, str]]]:
    """Return the figures that the runs allow, and why the others are not drawn.

    ``plots``: that are asked for; ``records``: of the runs; ``settings``: what `nnu plot` was asked
    for.
    """
    figures, not_drawn = [], []
    for plot in plots:
        try:
            drawing = plot.make(records, settings)
        except (RunError, CrowdedError) as error:
            not_drawn.append((plot.title, str(error)))
            continue
        image = base64.b64encode(render(drawing, "svg", plot.title, run_id(records))).decode()
        figures.append(
            FigureView(
                plot.title,
                f"{plot.symbol}: {plot.equation}; {plot.source}",
                drawing.description,
                f"data:image/svg+xml;base64,{image}",
                wide=drawing.figure.get_figwidth() > ONE_COLUMN,
            )
        )
    return figures, not_drawn
