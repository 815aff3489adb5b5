"""Plots drawn into axes and figures of somebody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from matplotlib.figure import Figure
from plain_plots import PLAIN

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.plots import PLOTS, Drawing, PlotSettings
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
Usual = Callable[..., Drawing]

SEVERAL = ("ring", "train-test", "spectrum", "moments", "thermodynamics")
"""Of panels; the others have one."""


@pytest.mark.parametrize("name", [name for name in PLAIN if name not in SEVERAL])
def test_a_plot_of_one_panel_is_drawn_into_axes(name: str, build: Build, usual: Usual) -> None:
    figure = Figure(figsize=(6.0, 3.0))
    mine, other = figure.subplots(1, 2)
    (line,) = other.plot([0.5, 2.0], [1.0, 3.0])
    look = (other.get_xlim(), other.get_ylim(), other.get_yscale(), other.get_position().bounds)
    drawing = PLOTS[name].draw_on(mine, [build(name="first")])
    assert drawing.table == usual(name).table
    assert drawing.figure is figure
    assert figure.axes == [mine, other]
    assert mine.lines and mine.get_xlabel() and mine.get_ylabel()
    assert other.lines[0] is line
    now = (other.get_xlim(), other.get_ylim(), other.get_yscale(), other.get_position().bounds)
    assert now == look, "other axes stay as they are"
    assert not figure.legends
    assert tuple(figure.get_size_inches()) == (6.0, 3.0)


@pytest.mark.parametrize("name", SEVERAL)
def test_several_panels_need_a_part_of_a_figure(name: str, build: Build, usual: Usual) -> None:
    figure = Figure(figsize=(9.0, 6.0), layout="constrained")
    left, right = figure.subfigures(1, 2)
    right.subplots().plot([1.0, 2.0], [1.0, 2.0])
    axes = Figure().subplots()
    with pytest.raises(ConfigError, match=r"axes hold one panel, not \d.*subfigures"):
        PLOTS[name].draw_on(axes, [build(name="first")])
    assert not axes.lines
    drawing = PLOTS[name].draw_on(left, [build(name="first")])
    assert drawing.table == usual(name).table
    assert len(left.axes) == len(usual(name).figure.axes)
    assert len(right.axes) == 1
    figure.draw_without_rendering()
    assert all(one.get_window_extent().x1 <= left.bbox.x1 for one in left.axes)


def test_one_epoch_of_a_spectrum_is_one_panel(build: Build) -> None:
    axes = Figure().subplots()
    PLOTS["spectrum"].draw_on(axes, [build()], PlotSettings(epochs=(1000,)))
    assert axes.get_title(loc="left") or axes.get_title()


def test_the_style_is_that_of_the_figure(build: Build) -> None:
    axes = Figure().subplots()
    size = axes.xaxis.label.get_fontsize()
    PLOTS["loss"].draw_on(axes, [build()])
    assert axes.xaxis.label.get_fontsize() == size


def test_a_colour_bar_takes_room_from_its_axes_only(build: Build) -> None:
    figure = Figure(layout="constrained")
    mine, other = figure.subplots(1, 2)
    runs = [
        build(name="one", folder=f"{k}", train={"learning_rate": 0.1 + 0.01 * k}) for k in range(9)
    ]
    PLOTS["loss-plane"].draw_on(mine, runs)
    figure.draw_without_rendering()
    assert len(figure.axes) == 3
    bar = figure.axes[2].get_window_extent()
    assert mine.get_window_extent().x1 < bar.x0
    assert bar.x1 < other.get_window_extent().x0


def test_a_missing_variable_is_refused_before_anything_is_drawn(build: Build) -> None:
    axes = Figure().subplots()
    with pytest.raises(RunError, match="`complexity`"):
        PLOTS["complexity"].draw_on(axes, [build(without=["complexity"])])
    assert not axes.has_data()
