"""The page says everything about its runs, and nothing of theirs is more than text on it."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import h5py
import pytest
from changing import changed
from made_alignment import made_alignment
from made_grand import made_masks, store_masks
from made_hidden import made_hidden, store_hidden
from made_holography import made_duals, made_holography, store_duals, store_holography
from made_strings import made_strings, store_strings
from plain_plots import PLAIN

from nnuniverse import load_config
from nnuniverse.analysis import QUANTITIES, AnalysisSettings, analyse, analysis_tables
from nnuniverse.plots import PLOTS
from nnuniverse.reports import GENERATOR
from nnuniverse.reports.page import SCRIPT, script_hash
from nnuniverse.reports.templates import marked_up
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import ALIGN_FILE

# With the tests in a browser: the pages are made once.
pytestmark = pytest.mark.xdist_group("reports")

PageOf = Callable[..., bytes]

OF_TRAINING = [name for name in PLAIN if not PLOTS[name].runless]


class Reader(HTMLParser):
    """Collects the elements of a page, its text, and its cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.within: list[str] = []
        self.cells: list[str] = []
        self.config: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.within.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")
        if tag == "pre":
            self.config.append("")

    def handle_endtag(self, tag: str) -> None:
        while self.within and self.within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self.within and self.within[-1] in ("td", "th"):
            self.cells[-1] += data
        if self.within and self.within[-1] == "pre":
            self.config[-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def codes(page: str) -> list[str]:
    """What the page shows as code."""
    return [html.unescape(text) for text in re.findall("<code>(.*?)</code>", page)]


def svg(image: dict[str, str]) -> ElementTree.Element:
    kind, _, content = image["src"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    return ElementTree.fromstring(base64.b64decode(content))


# --- what it says ------------------------------------------------------------------------------


def test_the_config_is_there_word_for_word(page: str, run: Path) -> None:
    assert Reader(page).config == [(run / "config.yaml").read_text()]


def test_the_facts_are_there(page: str, run: Path) -> None:
    cells = Reader(page).cells
    facts = dict(pairwise(cells))
    provenance = json.loads((run / "provenance.json").read_text())
    (segment,) = provenance["segments"]
    expected = {
        "folder": str(run),
        "network": "4-5-3",
        "replicas, seeds": "2: 0, 1",
        "epochs": "4 of 4",
        "config hash": load_config(run / "config.yaml").hash(),
        "began": segment["started"],
        "ended": segment["ended"],
        "status": segment["status"],
        "platform": segment["platform"],
        "Python": segment["python"],
        **segment["packages"],
    }
    assert {name: facts.get(name) for name in expected} == expected
    with h5py.File(run / "results.h5") as file:
        assert facts["run hash"] == file.attrs["run_hash"]


def test_every_table_of_the_analysis_is_there(page: str, run: Path) -> None:
    reader = Reader(page)
    tables = analysis_tables(analyse(run, AnalysisSettings(resamples=99)))
    assert len(tables) > 5
    position = 0
    for table in tables:
        assert table.caption in reader.text
        cells = [cell for row in (table.headings, *table.rows) for cell in row]
        assert reader.cells[position : position + len(cells)] == cells
        position += len(cells)
    assert len(reader.all("table")) == len(tables) + 2  # those of the provenance and the equations


def test_headings_and_figures_say_which_equation_they_are(page: str) -> None:
    reader = Reader(page)
    tooltips = {heading.get("title") for heading in reader.all("th")}
    for name in ("entropy", "thermodynamic_entropy", "negative_laplacian"):
        legend = QUANTITIES[name].legend
        assert legend in tooltips
        assert reader.cells.count(legend) == 1
    moments = PLOTS["moments"]
    assert f"{moments.symbol}: {moments.equation}; {moments.source}" in reader.text


def test_every_figure_is_there_with_words_for_who_cannot_see_it(page: str) -> None:
    reader = Reader(page)
    images = reader.all("img")
    titles = [PLOTS[name].title for name in OF_TRAINING]
    assert len(images) == len(titles)
    for image, title in zip(images, titles, strict=True):
        assert title in reader.text
        assert len(image["alt"]) > 40
        assert svg(image).tag == "{http://www.w3.org/2000/svg}svg"
    assert "Not drawn:" not in page


def test_the_head_names_program_and_run(page: str, run: Path) -> None:
    reader = Reader(page)
    assert {"name": "generator", "content": GENERATOR} in reader.all("meta")
    assert "<title>tiny (4-5-3)</title>" in page
    assert f"tiny/{run.name}" in reader.text
    assert reader.all("html") == [{"lang": "en"}]


def test_headings_do_not_skip_a_level(page: str, hostile_page: str) -> None:
    for content in (page, hostile_page):
        levels = [int(tag[1]) for tag, _ in Reader(content).elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.fixture(scope="module")
def part_page(run: Path, tmp_path_factory: pytest.TempPathFactory, page_of: PageOf) -> str:
    """The page of the run without its spectra, started by a command outside any repository."""
    folder = Path(shutil.copytree(run, tmp_path_factory.mktemp("copy") / "tiny" / "part"))
    with changed(folder / "results.h5") as file:
        del file["log_eigenvalues"]
    provenance = json.loads((folder / "provenance.json").read_text())
    (segment,) = provenance["segments"]
    segment["command"] = ["/somewhere/bin/nnu", "train", "a file.yaml", "train.epochs=4"]
    segment["source"] = None
    (folder / "provenance.json").write_text(json.dumps(provenance))
    return page_of(folder).decode()


def test_what_cannot_be_drawn_is_said(part_page: str) -> None:
    reader = Reader(part_page)
    text = "".join(reader.text)
    missing = ("spectrum", "eigenvalues", "thermodynamics", "bulk-ratio")
    for name in missing:
        assert f"{PLOTS[name].title}: the run tiny/part must have recorded" in text
    assert len(reader.all("img")) == len(OF_TRAINING) - len(missing)
    assert "no spectrum was recorded" in text


def test_a_corrupt_run_says_so_and_a_sound_one_does_not(
    page: str, run: Path, tmp_path: Path, page_of: PageOf
) -> None:
    folder = Path(shutil.copytree(run, tmp_path / "tiny" / "part"))
    with changed(folder / "results.h5") as file:
        file["log_eigenvalues"][0, 1, 0] += 0.25
    corrupt = page_of(folder).decode()
    assert "This run is corrupt" in corrupt
    assert {"class": "corrupt", "role": "alert"} in Reader(corrupt).all("p")
    assert "is corrupt" not in page


def test_several_runs_are_compared(run: Path, tmp_path: Path, page_of: PageOf) -> None:
    other = Path(shutil.copytree(run, tmp_path / "tiny" / "other"))
    reader = Reader(page_of(run, other).decode())
    targets = [link["href"] for link in reader.all("a")]
    assert targets == ["#run-1", "#run-2"]
    assert {f"#{h['id']}" for h in reader.all("h2") if "id" in h} == set(targets)
    assert "Compared" in reader.text
    assert len(reader.all("img")) == 3 * len(OF_TRAINING)
    assert len(reader.config) == 2


def test_the_same_runs_give_the_same_page(page: str, run: Path, page_of: PageOf) -> None:
    assert page_of(run).decode() == page


def test_how_to_run_it_again(page: str, run: Path) -> None:
    (segment,) = json.loads((run / "provenance.json").read_text())["segments"]
    assert "nnu train config.yaml" in codes(page)
    assert "0, 1" in codes(page)
    if segment["source"]:
        assert f"git checkout {segment['source']['commit']}" in codes(page)


def test_what_was_typed_is_told(run: Path, part_page: str) -> None:
    (segment,) = json.loads((run / "provenance.json").read_text())["segments"]
    shown = codes(part_page)
    assert "nnu train 'a file.yaml' train.epochs=4" in shown
    assert f"nnuniverse {segment['packages']['nnuniverse']}" in shown


def test_no_backticks_are_left(part_page: str) -> None:
    assert "log_eigenvalues" in codes(part_page), "which the reasons name"
    assert "`" not in re.sub("<(style|script|pre).*?</", "", part_page, flags=re.DOTALL)


def test_code_is_marked_up_and_all_of_it_escaped() -> None:
    assert marked_up("try `a<b` & `c") == "try <code>a&lt;b</code> &amp; `c"


def test_the_slider_has_every_snapshot(page: str, run: Path) -> None:
    (slider,) = [f for f in Reader(page).all("figure") if f.get("class") == "slider"]
    assert "hidden" in slider, "until the script shows it"
    frames = json.loads(slider["data-frames"])
    with h5py.File(run / "results.h5") as file:
        assert [epoch for epoch, _ in frames] == file["snapshot"][()].tolist()
    assert all(path.startswith("M") and path.endswith("Z") for _, path in frames)
    assert len({path for _, path in frames}) > 1


# --- what it must not do -----------------------------------------------------------------------

TAGS = """
    html head meta title link style body h1 h2 h3 nav ul li a p div table thead tbody tr th td pre
    figure img figcaption b span ul li code svg path text label input output script
"""


@pytest.mark.parametrize("which", ["page", "hostile_page"])
def test_the_page_is_of_its_own_elements_only(which: str, request: Any) -> None:
    reader = Reader(request.getfixturevalue(which))
    assert {tag for tag, _ in reader.elements} <= set(TAGS.split())
    for tag, attributes in reader.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), "an event handler"
            if name == "src" or tag == "link":
                assert name != "src" or value.startswith("data:image/svg+xml;base64,")
            if name == "href":
                assert value == "data:," or re.fullmatch(r"#run-\d+", value)
    assert len(reader.all("link")) == 1
    (policy,) = [m["content"] for m in reader.all("meta") if "http-equiv" in m]
    assert policy == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src '{script_hash()}'"
    )
    assert "url(" not in "".join(reader.text)
    assert "@import" not in "".join(reader.text)


def test_hostile_text_is_shown_and_not_obeyed(hostile_page: str) -> None:
    outside_images = re.sub(r'src="data:[^"]*"', "", hostile_page)
    assert outside_images.count("<script") == 1, "the page's own"
    assert f"<script>{SCRIPT}</script>" in outside_images
    assert "<img src=x" not in outside_images
    text = "".join(Reader(hostile_page).text)
    for place in (
        "comment",
        "path",
        "started",
        "ended",
        "status",
        "platform",
        "device",
        "python",
        "package",
        "version",
        "commit",
        "data",
        "hash",
        "variable",
        "network",
        "folder",
    ):
        assert f"window.marker='{place}'" in text, "it does come from the run"
    assert "{{ 7*7 }}" in text


def test_hostile_text_in_figures_is_text(hostile_page: str) -> None:
    images = Reader(hostile_page).all("img")
    assert images
    for image in images:
        for element in svg(image).iter():
            assert not element.tag.endswith(("script", "foreignObject", "image"))
            assert not any(name.startswith("on") for name in element.attrib)


def test_what_was_aligned_is_told_and_drawn(run: Path, tmp_path: Path, page_of: PageOf) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "aligned" / run.name))
    found = made_alignment()
    ALIGN_FILE.write(RunFolder(copy), found.axes, found.variables, found.attributes)
    store_masks(copy, made_masks())
    store_hidden(copy, made_hidden())
    store_strings(copy, made_strings())
    store_holography(copy, made_holography())
    store_duals(copy, made_duals())
    reader = Reader(page_of(copy).decode())
    text = "".join(reader.text)
    assert "4-5-3, 3 seeds, beta = 1000" in text
    assert "4-6-3, 6 hidden neurons: masks by exp(-(E - mu N)/T)" in text
    assert "graph of 20 neurons and 19 edges: 2 closed strings" in text
    assert "graph of 8 neurons and 42 edges at epoch 3, 4 replicas, 3 subsystems" in text
    assert "graph of 12 neurons and 13 edges, 6 boundary neurons, w" in text
    assert "graph of 74 neurons and 348 edges, tanh, 4 replicas" in text
    drawn = ("align", "grand", "worldsheet", "string", "null-constraint", "metric")
    for plot in (*drawn, "holography", "dual"):
        assert PLOTS[plot].title in text
    assert len(reader.all("img")) == len(OF_TRAINING) + 8
