"""Every observable, plot and command is named, in backticks, on a page for people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nnuniverse.analysis.mechanics import MECHANICS_QUANTITIES
from nnuniverse.cli.app import COMMANDS
from nnuniverse.observables import OBSERVABLES
from nnuniverse.plots import PLOTS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES if page.name != "papers.md")
"""Not the index of equations, which names what there is but says nothing about it."""


@pytest.mark.parametrize("name", [*OBSERVABLES, *PLOTS])
def test_observables_and_plots_are_documented(name: str) -> None:
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("name", MECHANICS_QUANTITIES)
def test_what_is_stored_of_ensembles_is_documented(name: str) -> None:
    assert f"| `{name}` |" in TEXT


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_are_documented(name: str) -> None:
    assert re.search(rf"(`|^)nnu {name}\b", TEXT, re.MULTILINE)
