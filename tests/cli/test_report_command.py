"""``nnu report``: where the page goes, and what it never replaces."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Nnu = Callable[..., Any]
Refused = Callable[..., str]
Copied = Callable[[], Path]
Content = Callable[[Path], dict[str, tuple[bytes, int]]]


@pytest.fixture(scope="session")
def quick(diverged: Any) -> Path:
    """The folder of a run with little to draw, so that its page is quickly made."""
    return Path(json.loads(diverged.out)["run"])


def written(nnu: Nnu, *arguments: object) -> Path:
    """Run ``nnu report``; return the page that it names."""
    result = nnu("report", *arguments)
    assert (result.code, result.err) == (0, "")
    (line,) = result.out.splitlines()
    assert Path(line).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    return Path(line)


def test_the_page_of_one_run_goes_into_its_folder_and_nothing_else_changes(
    copied: Copied, content: Content, nnu: Nnu
) -> None:
    folder = copied()
    before = content(folder)
    assert written(nnu, folder) == folder / "report.html"
    after = content(folder)
    assert set(after) - set(before) == {"report.html"}
    assert {name: after[name] for name in before} == before
    first = (folder / "report.html").read_bytes()
    assert written(nnu, folder).read_bytes() == first, "an earlier report is replaced by the same"


def test_several_runs_are_compared_on_a_page_in_the_present_folder(
    quick: Path, copied: Copied, content: Content, nnu: Nnu
) -> None:
    folder = copied()
    before = content(folder), content(quick)
    assert written(nnu, folder, quick) == Path("report.html")
    assert (content(folder), content(quick)) == before
    page = Path("report.html").read_text(encoding="utf-8")
    assert ">Compared</h2>" in page
    assert 'id="run-2"' in page


def test_another_place(quick: Path, nnu: Nnu) -> None:
    assert written(nnu, quick, "--out", "new/page.html") == Path("new/page.html")
    assert [file.name for file in Path("new").iterdir()] == ["page.html"]


def test_settings_reach_the_page(finished: Any, nnu: Nnu) -> None:
    page = written(nnu, finished.folder, "--out", "a.html", "--beta", 0.125).read_text()
    assert "thermodynamics at beta=0.125" in page
    assert "thermodynamics at beta=1.4" not in page


@pytest.mark.parametrize(
    "mine",
    ["notes", "", "how to read an nnuniverse report\n", "<!DOCTYPE html><title>nnuniverse report"],
)
def test_a_file_that_is_no_report_stays(mine: str, finished: Any, refused: Refused) -> None:
    Path("mine.html").write_text(mine)
    line = refused("report", finished.folder, "--out", "mine.html")
    assert "'mine.html'" in line
    assert "--out" in line
    assert Path("mine.html").read_text() == mine


def test_what_is_no_file_stays(finished: Any, refused: Refused) -> None:
    Path("folder").mkdir()
    os.mkfifo("pipe")
    for name in ("folder", "pipe"):
        assert f"'{name}'" in refused("report", finished.folder, "--out", name)
    assert Path("folder").is_dir()
    assert Path("pipe").is_fifo()


def test_the_results_of_a_run_are_no_place_for_a_page(
    copied: Copied, content: Content, refused: Refused
) -> None:
    folder = copied()
    before = content(folder)
    for name in before:
        refused("report", folder, "--out", folder / name)
    assert content(folder) == before


def test_wrong_usage(nnu: Nnu, finished: Any, refused: Refused) -> None:
    assert nnu("report").code == 2
    assert "RUN 'nowhere' must be a run folder" in refused("report", "nowhere")
    assert "`--beta`" in refused("report", finished.folder, "--beta", 0)
    assert "`--resamples`" in refused("report", finished.folder, "--resamples", 3)
    assert list(Path().iterdir()) == []


def test_results_that_cannot_be_read(copied: Copied, refused: Refused) -> None:
    folder = copied()
    (folder / "results.h5").unlink()
    assert "results" in refused("report", folder, code=1)
    assert not (folder / "report.html").exists()


def test_a_diverged_run_has_its_page(quick: Path, nnu: Nnu) -> None:
    page = written(nnu, quick, "--out", "a.html").read_text()
    assert "Not drawn:" in page
    assert "observe.observables=all" in page


def test_a_folder_whose_name_is_no_text_has_its_page(quick: Path, tmp_path: Path, nnu: Nnu) -> None:
    odd = Path(shutil.copytree(quick, tmp_path / ("\udcff\x01" + quick.name)))
    assert nnu("report", odd, "--out", "page.html").code == 0
    assert Path("page.html").read_bytes().decode("utf-8").startswith("<!DOCTYPE html>")
