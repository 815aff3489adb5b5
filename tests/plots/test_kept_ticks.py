"""Ticks that are worked out once for a place are those that matplotlib finds at every look."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from nnuniverse.plots.kept_ticks import ticks_kept

ONE_FILE = {"svg.hashsalt": "one", "svg.fonttype": "none"}


def drawn() -> Figure:
    """A figure whose axes share formatters, have offsets, titles, twins, insets and a bar."""
    figure = Figure(figsize=(5.0, 4.0), layout="constrained")
    grid = figure.subplots(2, 2, sharex=True, sharey="row", width_ratios=[1, 4])
    x = np.linspace(0.0, 1.0, 9)
    for number, axes in enumerate(grid.flat):
        axes.plot(1e6 + 1e-3 * x, 1e-7 * (number + 1) * x + 5.0)
        axes.set_title(f"panel {number}")
        axes.set_ylabel("loss")
    grid[1, 0].set_yscale("log")
    grid[1, 0].twinx().plot(1e6 + 1e-3 * x, 1e9 * x)
    grid[1, 1].inset_axes((0.5, 0.5, 0.4, 0.4)).plot(x, -x)
    image = grid[0, 1].imshow(np.outer(x, 1e-8 * x), aspect="auto", extent=(1e6, 1e6 + 1, 5, 6))
    figure.colorbar(image, ax=grid[0], label="density")
    figure.align_ylabels()
    return figure


def saved(how: AbstractContextManager[None], figure: Figure) -> str:
    """Lay a figure out, keep its layout, and return it as SVG."""
    buffer = io.StringIO()
    engine = figure.get_layout_engine()
    assert engine is not None
    with how, mpl.rc_context(ONE_FILE):
        engine.execute(figure)
        figure.set_layout_engine("none")
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Count how often numbers along an axis are written."""
    theirs, seen = ScalarFormatter.set_locs, []

    def set_locs(formatter: ScalarFormatter, locs: list[float]) -> None:
        seen.append(formatter)
        theirs(formatter, locs)

    with monkeypatch.context() as patched:
        patched.setattr(ScalarFormatter, "set_locs", set_locs)
        yield seen


def test_a_figure_is_the_same_and_looks_for_its_ticks_less_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with counted(monkeypatch) as usual:
        expected = saved(nullcontext(), drawn())
    figure = drawn()
    with counted(monkeypatch) as less:
        assert saved(ticks_kept(figure), figure) == expected
    assert 0 < 2 * len(less) < len(usual)


def test_what_changes_between_two_looks_is_seen() -> None:
    figure = Figure()
    axes = figure.subplots()
    with ticks_kept(figure):
        axes.set_xlim(0.0, 1.0)
        figure.draw_without_rendering()
        axes.set_xlim(5.0, 6.0)
        figure.draw_without_rendering()
    assert axes.get_xticklabels()[0].get_text() == "5.0"


class Offset(ScalarFormatter):
    """Tells how many ticks it has seen last."""

    def set_locs(self, locs: list[float]) -> None:
        super().set_locs(locs)
        self.seen = len(locs)

    def get_offset(self) -> str:
        return f"{self.seen} ticks"


def test_axes_that_share_a_formatter_and_renderers_are_told_apart() -> None:
    figure = Figure()
    narrow, wide = (one.xaxis for one in figure.subplots(1, 2, width_ratios=[1, 9]))
    formatter = Offset()
    for axis in (narrow, wide):
        axis.set_major_formatter(formatter)
    renderers: list[Any] = [RendererAgg(640, 480, 100.0), RendererSVG(640, 480, io.StringIO())]
    looks = [(axis, of) for of in renderers for axis in (narrow, wide, narrow)]

    def seen(axis: Any, renderer: Any) -> tuple[str, list[float]]:
        box = axis.get_tightbbox(renderer)
        return axis.offsetText.get_text(), box.extents.tolist()

    expected = [seen(*look) for look in looks]
    with ticks_kept(figure):
        assert [seen(*look) for look in looks] == expected
    assert expected[0][0] != expected[1][0]
    assert expected[0][1] != expected[3][1]


def test_figures_of_others_are_left_alone() -> None:
    ours, theirs = Figure(), Figure()
    axes = theirs.subplots()
    with ticks_kept(ours):
        theirs.draw_without_rendering()
        axes.set_xticks([0.5], ["half"])
        theirs.draw_without_rendering()
        assert [label.get_text() for label in axes.get_xticklabels()] == ["half"]
        assert [tick.get_loc() for tick in axes.xaxis._update_ticks()] == [0.5]  # type: ignore[attr-defined]


def test_nothing_of_matplotlib_stays_changed() -> None:
    before = dict(vars(Axis))
    with ticks_kept(Figure()):
        assert vars(Axis) != before
    assert vars(Axis) == before
