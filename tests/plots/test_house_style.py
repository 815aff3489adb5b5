"""A user's style sheet and width, on top of the house style."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import pytest
from plain_plots import PLAIN

from nnuniverse.errors import ConfigError
from nnuniverse.plots import PLOTS, FigureStyle, PlotSettings, house_style, read_style, render
from nnuniverse.plots.house_style import parse_width
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]

LARGE = "font.size: 12  # of a talk\naxes.labelsize: 12\nfont.family: serif\n"


def test_a_sheet_lies_on_top_of_the_house_style(tmp_path: Path) -> None:
    (tmp_path / "talk").write_text(LARGE)
    before = dict(mpl.rcParams)
    with house_style(FigureStyle(read_style(tmp_path / "talk"))):
        assert mpl.rcParams["axes.labelsize"] == 12
        assert mpl.rcParams["font.family"] == ["serif"]
        assert mpl.rcParams["xtick.labelsize"] == 7, "of the house"
    assert dict(mpl.rcParams) == before


def test_figures_are_drawn_in_the_style(build: Build) -> None:
    runs, large = [build()], FigureStyle({"axes.labelsize": 12.0, "legend.fontsize": 12.0}, 7.0)
    plain, styled = (
        PLOTS["loss"].make(runs, PlotSettings(), style) for style in (FigureStyle(), large)
    )
    assert (plain.figure.get_figwidth(), styled.figure.get_figwidth()) == (3.4, 7.0)
    sizes = [one.figure.axes[0].xaxis.label.get_fontsize() for one in (plain, styled)]
    assert sizes == [8.0, 12.0]
    assert styled.table == plain.table
    assert PLOTS["loss"].make(runs, PlotSettings()).figure.get_figwidth() == 3.4, "it is over"


def test_a_figure_is_saved_in_its_style(build: Build) -> None:
    style = FigureStyle({"savefig.dpi": 50.0})
    small = render(PLOTS["loss"].make([build()], PlotSettings(), style), "png", "", {})
    large = render(PLOTS["loss"].make([build()], PlotSettings()), "png", "", {})
    assert [int.from_bytes(image[16:20], "big") for image in (small, large)] == [170, 1020]


@pytest.mark.parametrize("name", PLAIN)
def test_every_plot_takes_a_narrow_style_of_large_letters(name: str, build: Build) -> None:
    style = FigureStyle({"font.size": 11.0, "axes.titlesize": 11.0, "legend.fontsize": 10.0}, 5.0)
    figure = PLOTS[name].make([build()], PlotSettings(), style).figure
    assert figure.get_figwidth() == 5.0
    for legend in figure.legends:
        assert legend.get_window_extent().x1 <= figure.bbox.x1 + 1
    titles = [axes.title.get_window_extent() for axes in figure.axes if axes.get_title(loc="left")]
    assert not any(one.overlaps(other) for one in titles for other in titles if one is not other)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"font.siz: 9", "Bad key font.siz"),
        (b"font.size: large!", "Could not convert"),
        (b"font.size 9", "Missing colon"),
        (b"\xff\xfe", "decode"),
        (b"savefig.directory: /", "savefig.directory is none of a figure"),
    ],
)
def test_a_bad_sheet_is_refused_in_one_line(
    content: bytes, why: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sheet = tmp_path / "sheet"
    sheet.write_bytes(content)
    with caplog.at_level(logging.WARNING), pytest.raises(ConfigError, match=why) as refusal:
        read_style(sheet)
    assert "\n" not in str(refusal.value)
    assert "`--style`" in str(refusal.value)
    assert caplog.text == "", "matplotlib says nothing besides"


def test_a_missing_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_style(tmp_path / "none")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ConfigError, match="`--style` must be a style sheet"):
            read_style(path)


def test_a_style_that_cannot_be_drawn_is_refused(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # no TeX
    title = hashlib.sha256(b"not in any cache").hexdigest()
    run = build(name=title[:12])
    with pytest.raises(ConfigError, match=r"`--style` must be a style that can be drawn.*usetex"):
        PLOTS["eigenvalues"].make([run], PlotSettings(), FigureStyle({"text.usetex": True}))


@pytest.mark.parametrize(
    ("text", "inches"), [("single", 3.4), ("double", 7.0), ("5", 5.0), ("2.5", 2.5)]
)
def test_widths(text: str, inches: float) -> None:
    assert parse_width(text) == inches


@pytest.mark.parametrize("text", ["wide", "0", "-3", "nan", "inf", "99", ""])
def test_what_is_no_width(text: str) -> None:
    with pytest.raises(ConfigError, match="`--width` must be single, double"):
        parse_width(text)
