"""Where a plot draws: a figure of its own, or axes or a part of a figure of somebody else's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, cast

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties

from nnuniverse.errors import ConfigError
from nnuniverse.plots.wrapping import wrapped

Place = Axes | SubFigure | Figure
"""Of somebody else's: axes for a plot of one panel, else a figure or a part of one."""


@dataclass(frozen=True)
class Canvas:
    """``width`` of a new figure, inches, None for the plot's own; ``place``: None for a new one."""

    width: float | None = None
    place: Place | None = None


_CANVAS: ContextVar[Canvas] = ContextVar("canvas")
"""That of the plot being drawn: what draws below it asks for axes, and need not know whose."""


@contextmanager
def drawing_on(canvas: Canvas) -> Iterator[None]:
    """Let plots draw on ``canvas``."""
    token = _CANVAS.set(canvas)
    try:
        yield
    finally:
        _CANVAS.reset(token)


def _canvas() -> Canvas:
    return _CANVAS.get(Canvas())


def new_figure(
    rows: int = 1,
    columns: int = 1,
    *,
    size: tuple[float, float] | None = None,
    sharex: bool = False,
    sharey: bool | Literal["row"] = False,
    projection: str | None = None,
) -> tuple[Figure, np.ndarray]:
    """Return a figure without pyplot's global state, and its axes, (rows, columns).

    ``projection``: "3d" for axes of three directions, else None.  It is the place of somebody
    else's if the plot draws on one.  Raises ConfigError for axes where the plot has several panels.

    ``size``: in inches; None: of the style; ``sharex``: whether panels have one x axis; ``sharey``:
    whether they have one y axis.
    """
    place = _canvas().place
    if isinstance(place, Axes):
        if rows * columns > 1:
            raise ConfigError(
                "the place of a plot of several panels",
                "be a figure or a part of one",
                f"axes hold one panel, not {rows * columns}",
                "figure.subfigures()",
            )
        return cast(Figure, place.figure), np.array([[place]])
    figure = place if place is not None else _own_figure(size)
    kind = {"projection": projection}
    axes = figure.subplots(
        rows, columns, squeeze=False, sharex=sharex, sharey=sharey, subplot_kw=kind
    )
    return cast(Figure, figure), axes


def _own_figure(size: tuple[float, float] | None) -> Figure:
    width, height = size or mpl.rcParams["figure.figsize"]
    figure = Figure(figsize=(_canvas().width or width, height))
    FigureCanvasAgg(figure)
    return figure


def panels_of(figure: Figure) -> list[Axes]:
    """Return the axes of the plot in ``figure``, in which there may be others."""
    place = _canvas().place
    return [place] if isinstance(place, Axes) else figure.axes


MOST_LEGEND_COLUMNS = 6
LETTERS = {"legend": (18.0, 6.5), "title": (13.0, 8.0)}
"""In an inch, on average, and points of the font they are counted in."""


def legend_above(figure: Figure, handles: Sequence[Artist], title: str | None = None) -> None:
    """Put one legend for all axes above them, where it covers nothing, and make room for it.

    It has as many columns as fit into the width of the figure; long names are broken.  In axes of
    somebody else's it lies within.

    ``handles``: what it explains; ``title``: what stands above, None for nothing.
    """
    if not handles and title is None:
        return
    place = _canvas().place
    if isinstance(place, Axes):
        place.legend(handles=handles, title=title, title_fontsize=mpl.rcParams["legend.fontsize"])
        return
    width = figure.bbox.width / figure.dpi
    names = [wrapped(str(one.get_label()), letters("legend", width - 0.5)) for one in handles]
    for columns in range(max(1, min(MOST_LEGEND_COLUMNS, len(handles))), 0, -1):
        legend = figure.legend(
            handles,
            names,
            loc="outside upper left",
            ncols=columns,
            title=title,
            title_fontsize=mpl.rcParams["legend.fontsize"],
            alignment="left",
        )
        box = legend.get_window_extent()
        if box.width < figure.bbox.width - 0.1 * figure.dpi or columns == 1:
            break
        legend.remove()
    if place is None:
        figure.set_size_inches(width, figure.get_figheight() + box.height / figure.dpi)


def wrapped_title(axes: Axes, text: str, width: float) -> None:
    """Put a title over axes of a ``width`` in inches, in as many lines as that takes.

    ``text``: the title.
    """
    axes.set_title(wrapped(text, letters("title", width)))


def letters(kind: Literal["legend", "title"], width: float) -> int:
    """Return how many letters of a legend or title fit into a ``width`` in inches.

    ``kind``: of the text.
    """
    per_inch, points = LETTERS[kind]
    size = mpl.rcParams["legend.fontsize" if kind == "legend" else "axes.titlesize"]
    return int(width * per_inch * points / FontProperties(size=size).get_size_in_points())
