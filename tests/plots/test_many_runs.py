"""Figures of many runs: no two curves look the same, nothing is cut off or printed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from matplotlib.text import Text
from plain_plots import PLAIN

from nnuniverse.analysis import AnalysisSettings
from nnuniverse.errors import ConfigError
from nnuniverse.plots import PLOTS, CrowdedError, Drawing, PlotSettings, chosen_runs
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
OF_RUNS = [name for name in PLAIN if not PLOTS[name].runless]
ONE_BETA = PlotSettings(analysis=AnalysisSettings(betas=(1.0,), resamples=99))


def few(build: Build) -> list[RunRecord]:
    """Five runs, one of them of a long name."""
    names = ["a", "b", "c", "d", "a-name-as-long-as-names-of-runs-may-be-which-is-very-long-0"]
    return [build(name=name, replicas=slice(0, 1), network="4-3") for name in names]


def grid(build: Build, rates: int = 4) -> list[RunRecord]:
    """Runs over learning rates and two batches."""
    return [
        build(
            folder=f"20260101T000000Z-{rate:04}{batch:04}",
            replicas=slice(0, 1),
            network="4-3",
            train={"learning_rate": 0.001 * 2**rate, "batch": batch},
        )
        for batch in (50, 100)
        for rate in range(rates)
    ]


@pytest.fixture(scope="module")
def many(build: Build) -> Callable[[str, str], Drawing]:
    """Draw several runs, once for all tests that only look."""

    @cache
    def draw(plot: str, runs: str) -> Drawing:
        return PLOTS[plot].make({"few": few, "grid": grid}[runs](build), ONE_BETA)

    return draw


def looks(axes: Axes) -> Iterator[tuple[object, ...]]:
    """Yield how the curves look that are called something, and histograms."""
    for line in axes.lines:
        if not str(line.get_label()).startswith("_") and len(line.get_xdata()):
            yield to_hex(line.get_color()), line.get_linestyle(), line.get_marker()
    for patch in axes.patches:
        if isinstance(patch, StepPatch):
            yield to_hex(patch.get_edgecolor()), patch.get_linestyle()


def overlap(texts: list[Text]) -> bool:
    """Return whether boxes of texts in a row meet."""
    boxes = sorted((text.get_window_extent() for text in texts), key=lambda box: box.x0)
    return any(left.x1 > right.x0 for left, right in pairwise(boxes))


def shown(figure: Figure) -> list[Text]:
    """Return every text that a figure shows."""
    found = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("runs", ["few", "grid"])
@pytest.mark.parametrize("plot", OF_RUNS)
def test_no_two_curves_of_a_panel_look_the_same(plot: str, runs: str, many: Any) -> None:
    if (plot, runs) == ("thermodynamics", "grid"):
        assert len(many(plot, runs).figure.axes) == 12, "a column for each batch"
    drawn = [list(looks(axes)) for axes in many(plot, runs).figure.axes]
    assert plot == "eigenvalues" or any(drawn)
    for of_panel in drawn:
        assert len(set(of_panel)) == len(of_panel)


@pytest.mark.parametrize("runs", ["few", "grid"])
@pytest.mark.parametrize("plot", OF_RUNS)
def test_nothing_is_cut_off_or_printed_over(plot: str, runs: str, many: Any) -> None:
    figure = many(plot, runs).figure
    figure.draw_without_rendering()
    width, height = figure.bbox.width, figure.bbox.height
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height + 1
        assert not any(box.overlaps(axes.bbox) for axes in figure.axes)
    rows: dict[int, list[Text]] = {}
    for axes in figure.axes:
        title = axes.title if axes.get_title(loc="center") else axes._left_title
        if title.get_text():
            rows.setdefault(round(axes.bbox.y1), []).append(title)
            assert title.get_window_extent().x1 <= width
        labels = [label for label in axes.get_xticklabels() if label.get_visible()]
        assert not overlap([label for label in labels if label.get_text()])
        assert 2 <= len(axes.get_yticks()) <= 12
    assert not any(map(overlap, rows.values()))
    hyphens = [text.get_text() for text in shown(figure) if text.get_text().startswith("-")]
    assert hyphens == [], "minus signs are no hyphens"


def test_a_number_of_many_values_has_a_colour_bar(build: Build) -> None:
    runs = grid(build, 9)[:9]
    figure = PLOTS["moments"].make(runs, PlotSettings()).figure
    upper, lower, bar = figure.axes
    assert bar.get_ylabel() == "learning rate"
    assert bar.get_ylim() == pytest.approx((0.001, 0.256))
    assert bar.get_yscale() == "log"
    for axes in (upper, lower):
        assert len(set(looks(axes))) == 9
    assert not figure.legends


def test_many_runs_have_a_panel_for_all_else_in_which_they_differ(build: Build) -> None:
    figure = PLOTS["complexity"].make(grid(build, 5), PlotSettings()).figure
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["batch 50", "batch 100"]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        *(f"learning rate {0.001 * 2**rate:g}" for rate in range(5)),
        "$C_{20}$",
        "$C_{834}$",
    ]
    other = PLOTS["complexity"].make(grid(build, 5), PlotSettings(hue="batch")).figure
    assert len(other.axes) == 5
    assert other.axes[0].get_title(loc="left") == "learning rate 0.001"


def test_more_names_than_colours_have_other_line_styles(build: Build) -> None:
    runs = [build(name=f"net{k}", replicas=slice(0, 1)) for k in range(9)]
    upper, _ = PLOTS["moments"].make(runs, PlotSettings()).figure.axes
    named = [line for line in upper.lines if str(line.get_label()).startswith("net")]
    assert [(line.get_color(), line.get_linestyle()) for line in named] == [
        *((f"C{k}", "-") for k in range(7)),
        ("C0", "--"),
        ("C1", "--"),
    ]


def test_what_cannot_be_told_apart_is_refused_with_what_to_choose(build: Build) -> None:
    one = build(replicas=slice(0, 1))
    with pytest.raises(CrowdedError, match=r"29 runs must be told apart.*--where KEY=LABEL"):
        PLOTS["moments"].make([one] * 29, PlotSettings())
    with pytest.raises(CrowdedError, match=r"3 temperatures each .--beta 1 for one"):
        PLOTS["thermodynamics"].make(grid(build), PlotSettings())
    with pytest.raises(CrowdedError, match="take 19 panels"):
        PLOTS["eigenvalues"].make([one] * 19, PlotSettings())
    with pytest.raises(ConfigError, match=r"`--hue` .* is 'depth'. Try .*train\.learning_rate"):
        PLOTS["moments"].make(grid(build), PlotSettings(hue="depth"))


def test_runs_are_chosen_by_what_they_differ_in(build: Build) -> None:
    runs = grid(build)
    chosen = chosen_runs(runs, [("batch", "100"), ("train.learning_rate", "2e-3")])
    assert [run.name for run in chosen] == [runs[5].name]
    with pytest.raises(ConfigError, match=r"`--where` must choose a batch, but is '7'. Try one of"):
        chosen_runs(runs, [("batch", "7")])
    with pytest.raises(ConfigError, match="`--where` must name something in which the runs differ"):
        chosen_runs(runs, [("depth", "7")])


def test_panels_of_runs_are_in_the_order_of_what_they_differ_in(build: Build) -> None:
    figure = PLOTS["eigenvalues"].make(grid(build)[::-1], PlotSettings()).figure
    titles = [axes.get_title(loc="left").split(", rep")[0] for axes in figure.axes]
    assert titles[:2] == [f"batch 50, learning rate\n{rate}" for rate in ("0.001", "0.002")]


def test_temperatures_of_many_runs_have_columns(build: Build) -> None:
    settings = replace(ONE_BETA, analysis=AnalysisSettings(betas=(0.5, 1.0)))
    figure = PLOTS["thermodynamics"].make(few(build), settings).figure
    assert len(figure.axes) == 12
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == [
        r"$\beta$ = 0.5",
        r"$\beta$ = 1",
    ]
    assert figure.legends[0].get_title().get_text() == "change since epoch 0"


def test_of_many_lines_the_panel_says_how_well_they_fit(many: Any) -> None:
    axes = many("complexity-loss", "grid").figure.axes[0]
    assert axes.get_title(loc="left") == "batch 50\nlines: $R^2$ from 1.00 to 1.00"


def test_one_quantity_of_several_runs_is_the_heading_of_the_legend(build: Build) -> None:
    runs = [build(name=name, without=["bulk_loss"]) for name in ("first", "second")]
    (legend,) = PLOTS["loss"].make(runs, PlotSettings()).figure.legends
    assert legend.get_title().get_text() == r"boundary $U_\partial$"
    assert [text.get_text() for text in legend.get_texts()] == ["first", "second"]


def test_a_loss_over_less_than_a_decade_has_few_labels(build: Build) -> None:
    narrow = np.linspace(0.41, 0.35, 14) * np.ones((3, 1))
    for loss in (narrow, narrow * 1e-6):
        axes = (
            PLOTS["loss"]
            .make([build(values={"boundary_loss": loss, "bulk_loss": loss})], PlotSettings())
            .figure.axes[0]
        )
        low, high = axes.get_ylim()
        assert 2 <= sum(low <= tick <= high for tick in axes.get_yticks()) <= 6
        assert not [text for text in axes.get_yticklabels(minor=True) if text.get_text()]
