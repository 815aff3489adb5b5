"""Every page has its place in the site, and notebooks are kept without what they have shown.

`make docs` runs the notebooks, and fails where one fails.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


class Navigation(yaml.SafeLoader):
    """mkdocs.yml names Python objects, of which nothing is asked here."""


Navigation.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


def pages(of: Any) -> list[str]:
    """The pages of a part of a navigation."""
    if isinstance(of, str):
        return [of]
    parts = of.values() if isinstance(of, dict) else of
    return [page for part in parts for page in pages(part)]


def cells(notebook: Path, kind: str) -> list[Any]:
    every = json.loads(notebook.read_text("utf-8"))["cells"]
    return [cell for cell in every if cell["cell_type"] == kind]


def test_every_page_has_one_place_in_the_site() -> None:
    config = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Navigation)
    named = pages(config["nav"])
    written = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    run = {f"notebooks/{notebook.stem}.md" for notebook in NOTEBOOKS}
    beside = {"CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"}
    assert sorted(named) == sorted(written | run | beside)


def test_public_names_are_in_the_reference() -> None:
    import nnuniverse

    text = (ROOT / "docs" / "reference.md").read_text("utf-8")
    named = {line.rpartition(".")[2] for line in text.splitlines() if line.startswith("::: ")}
    assert named == set(nnuniverse.__all__) - {"__version__"}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(notebook: Path) -> None:
    for cell in cells(notebook, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
    for cell in cells(notebook, "markdown"):
        for link in cell["source"]:
            for target in link.split("](")[1:]:
                assert (notebook.parent / target.partition(")")[0]).exists(), target
