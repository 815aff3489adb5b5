"""The examples in the docstrings of the interface for Python, with a run of a tiny net."""

from __future__ import annotations

import doctest
import shutil
from pathlib import Path

import pytest
from examples_of import require_examples_hold

import nnuniverse
from nnuniverse.api.run import Run

TESTS = Path(__file__).parents[1]

ELSEWHERE = {
    "nnuniverse.api.dual": "cli/test_dual_command.py",
    "nnuniverse.api.evolve": "experiments/test_evolve.py",
    "nnuniverse.api.mechanics": "cli/test_mechanics_command.py",
    "nnuniverse.api.perturb": "cli/test_perturb_command.py",
    "nnuniverse.api.sweep": "api/test_python_sweeps.py",
}
"""Modules whose examples need more than a run, and where it is there already."""

PUBLIC = {name: getattr(nnuniverse, name) for name in nnuniverse.__all__ if name[0] != "_"}
MODULES = sorted({of.__module__ for of in PUBLIC.values()})


@pytest.fixture
def own_run(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A copy of the run, which examples may change, in a folder that has the configs."""
    (tmp_path / "configs").symlink_to(TESTS.parent / "configs")
    monkeypatch.chdir(tmp_path)
    return nnuniverse.open_run(shutil.copytree(run.folder, tmp_path / "runs" / run.name))


@pytest.mark.quick
@pytest.mark.parametrize("module", [name for name in MODULES if name not in ELSEWHERE])
def test_examples_of_the_interface_hold(module: str, own_run: Run) -> None:
    require_examples_hold(module, run=own_run)


@pytest.mark.parametrize("module", sorted(ELSEWHERE))
def test_examples_that_need_more_are_run_where_it_is_there(module: str) -> None:
    text = (TESTS / ELSEWHERE[module]).read_text()
    assert f'require_examples_hold("{module}"' in text


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_has_an_example(name: str) -> None:
    (found, *_) = doctest.DocTestFinder(recurse=False).find(PUBLIC[name], name)
    assert found.examples
