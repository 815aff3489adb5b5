"""The house style, and the files that drawings become."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image
from plain_plots import PLAIN

from nnuniverse.plots import FORMATS, PLOTS, Drawing, PlotSettings, as_csv, render, run_id
from nnuniverse.plots.drawing import LINE_STYLES
from nnuniverse.plots.house_style import house_style
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
Usual = Callable[..., Drawing]

SIGNATURES = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml ", "pdf": b"%PDF-"}
OKABE_ITO = {
    "#000000",
    "#e69f00",
    "#56b4e9",
    "#009e73",
    "#f0e442",
    "#0072b2",
    "#d55e00",
    "#cc79a7",
}
COLUMN, BOTH_COLUMNS = 3.4, 7.0


# --- style -------------------------------------------------------------------------------------


def test_the_user_s_defaults_do_not_change_a_drawing_nor_are_changed(
    record: RunRecord, settings: PlotSettings
) -> None:
    def content() -> bytes:
        return render(PLOTS["loss"].make([record], settings), "svg", "Losses", run_id([record]))

    usual = content()
    own = {
        "lines.linewidth": 9.0,
        "font.size": 30.0,
        "axes.prop_cycle": mpl.cycler(color=["red"]),
        "savefig.dpi": 20.0,
        "figure.figsize": [20.0, 20.0],
        "svg.hashsalt": "mine",
        "axes.facecolor": "yellow",
        "text.usetex": True,
    }
    with mpl.rc_context(own):
        before = mpl.rcParams.copy()
        assert content() == usual
        after = mpl.rcParams.copy()
        assert {k: v for k, v in after.items() if before[k] != v} == {}


def test_neither_pyplot_nor_jax_is_needed() -> None:
    program = (
        "import sys, nnuniverse.plots as p\n"
        "p.render(p.PLOTS['laplacian'].make([], p.PlotSettings()), 'svg', 't', {})\n"
        "print([n for n in ('matplotlib.pyplot', 'jax') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_colours_are_those_of_okabe_and_ito_and_line_styles_differ() -> None:
    with house_style():
        colours = [to_hex(c) for c in mpl.rcParams["axes.prop_cycle"].by_key()["color"]]
    assert len(set(colours)) == 7
    assert set(colours) == OKABE_ITO - {"#f0e442"}, "yellow is too pale on white"
    assert len(set(LINE_STYLES)) == len(LINE_STYLES) == 4


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("name", PLAIN)
def test_figures_fit_a_journal_s_columns(name: str, number: int, usual: Usual) -> None:
    figure = usual(name, number).figure
    width, height = figure.get_size_inches()
    assert width == COLUMN or COLUMN < width <= BOTH_COLUMNS
    if number == 1:
        assert width == (BOTH_COLUMNS if name in ("ring", "thermodynamics") else COLUMN)
    assert 2.0 < height < 9.0


# --- files -------------------------------------------------------------------------------------


def metadata(content: bytes, form: str) -> str:
    """Return everything that the file says about itself."""
    if form == "png":
        with Image.open(io.BytesIO(content)) as image:
            return "\n".join(f"{key}: {value}" for key, value in image.info.items())
    if form == "svg":
        root = ElementTree.fromstring(content)
        (found,) = root.iter("{http://www.w3.org/2000/svg}metadata")
        return "\n".join(text for element in found.iter() if (text := element.text or ""))
    return content.decode("latin-1")


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_says_what_it_was_made_from(form: str, build: Build, settings: PlotSettings) -> None:
    runs = [build(commit="c0ffee0123"), build(name="second", commit="beef4567")]
    drawing = PLOTS["complexity"].make(runs, settings)
    words = metadata(render(drawing, form, "The title", run_id(runs)), form)
    for fact in (
        *(run.name for run in runs),
        runs[0].config.hash(),
        runs[1].config.hash(),
        "c0ffee0123",
        "beef4567",
        "The title",
        "nnuniverse",
        "Complexity against the epoch",
    ):
        assert fact in words


def test_a_png_has_the_pixels_of_print(record: RunRecord, settings: PlotSettings) -> None:
    drawing = PLOTS["moments"].make([record], settings)
    with Image.open(io.BytesIO(render(drawing, "png", "title", {}))) as image:
        assert image.size == pytest.approx(300 * drawing.figure.get_size_inches(), abs=1)


@pytest.mark.parametrize("form", FORMATS)
def test_rendering_leaves_a_drawing_as_it_was(
    form: str, record: RunRecord, settings: PlotSettings
) -> None:
    drawing = PLOTS["loss"].make([record], settings)
    first = render(drawing, form, "title", run_id([record]))
    assert render(drawing, form, "title", run_id([record])) == first


@pytest.mark.parametrize(
    "name, form", [*((n, "svg") for n in PLAIN), ("loss", "png"), ("loss", "pdf")]
)
def test_the_same_drawing_is_the_same_file(
    name: str, form: str, usual: Usual, record: RunRecord, settings: PlotSettings
) -> None:
    identity = run_id([record])
    first = render(usual(name), form, "title", identity)
    assert first.startswith(SIGNATURES[form])
    again = PLOTS[name].make([record], settings)
    assert render(again, form, "title", identity) == first


def test_what_a_drawing_without_a_run_was_made_from() -> None:
    assert run_id([]) == {"run": "none", "config_hash": "none", "commit": "none"}


# --- odd names ---------------------------------------------------------------------------------

ODD = [
    "<b>&amp;</b>",
    r"$\frac$",
    r"a$b",
    r"\$x\$ _^{",
    "a\x01\x1bb",
    "two\nlines",
    "\udcff\udcfe",
    "ünï漢",
]


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("folder", ODD)
def test_odd_names_of_folders_break_no_file(
    folder: str, form: str, build: Build, settings: PlotSettings
) -> None:
    # Two runs of one name, so that the folder's name is drawn.
    runs = [build(folder=folder), build(folder="20260101T000000Z-0123abcd", commit=folder)]
    drawing = PLOTS["complexity"].make(runs, settings)
    content = render(drawing, form, "title", run_id(runs))
    assert content.startswith(SIGNATURES[form])
    assert metadata(content, form)
    assert as_csv(drawing).decode()


def test_a_name_is_not_mathematics(build: Build, settings: PlotSettings) -> None:
    runs = [build(name="a_b-c_d.e"), build(name="x__y")]
    figure = PLOTS["complexity"].make(runs, settings).figure
    entries: list[Any] = figure.legends[0].get_texts()
    assert [entry.get_text() for entry in entries[:2]] == ["a_b-c_d.e", "x__y"]


def test_missing_numbers_are_empty_cells(build: Build, settings: PlotSettings) -> None:
    values = build()["mu2_per_eigenvalue"].copy()
    values[:, -1] = np.nan
    drawing = PLOTS["moments"].make([build(values={"mu2_per_eigenvalue": values})], settings)
    lines = as_csv(drawing).decode().splitlines()
    assert any(line.endswith("mu2_per_eigenvalue,10000,,,") for line in lines)
    assert "nan" not in as_csv(drawing).decode()
