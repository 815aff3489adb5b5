"""The examples in the docstrings of the interface for Python, with a run of a tiny net."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import nnuniverse
from nnuniverse.api.run import Run

CONFIGS = Path(__file__).parents[2] / "configs"

MODULES = [
    path.stem
    for path in sorted((Path(nnuniverse.__file__).parent / "api").glob("*.py"))
    if ">>> " in path.read_text()
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "configs").symlink_to(CONFIGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.quick
@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_interface_hold(name: str, run: Run) -> None:
    module = import_module(f"nnuniverse.api.{name}")
    found = doctest.testmod(module, extraglobs={"nnuniverse": nnuniverse, "run": run})
    assert found.attempted > 0
    assert found.failed == 0
