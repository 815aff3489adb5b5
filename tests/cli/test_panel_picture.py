"""The picture of the panel in README.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from nnuniverse.cli.display.panel_picture import panel_picture
from nnuniverse.runs import read_run

ROOT = Path(__file__).parents[2]
ROWS = ("epoch", "loss", "errors", "log\N{NO-BREAK SPACE}G", "log\N{NO-BREAK SPACE}λ")


def text_of(picture: str) -> str:
    return "".join(ElementTree.fromstring(picture).itertext())


def test_the_picture_has_what_the_run_recorded(finished: Any) -> None:
    run = read_run(finished.folder)
    picture = panel_picture(run, 2, "a title")
    text = text_of(picture)
    assert "a\N{NO-BREAK SPACE}title" in text or "a title" in text
    assert f"2/{run.config.train.epochs}" in text
    assert all(row in text for row in ROWS)
    at = run["snapshot"].tolist().index(2)
    for name in ("boundary_loss", "mu2", "mu3"):
        assert f"{np.nanmean(run[name][:, at]):.4g}" in text
    assert picture == panel_picture(run, 2, "a title"), "the same again"


def test_nothing_is_fetched_from_elsewhere(finished: Any) -> None:
    picture = panel_picture(read_run(finished.folder), 2, "a title")
    assert "url(" not in picture.replace("url(#", "")
    drawn = re.sub(r"<!--.*?-->", "", picture)
    assert re.findall(r"https?://[^\s\"']+", drawn) == ["http://www.w3.org/2000/svg"]


def test_the_readme_shows_the_panel_as_it_is() -> None:
    assert "docs/figures/panel.svg" in (ROOT / "README.md").read_text("utf-8")
    text = text_of((ROOT / "docs" / "figures" / "panel.svg").read_text("utf-8"))
    assert all(row in text for row in ROWS)
    assert "784-40-20-10" in text
