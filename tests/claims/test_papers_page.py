"""docs/papers.md is what its generator gives, and its index says what is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from verifying import everything

from nnuniverse.claims.citations import Equation
from nnuniverse.claims.equation_index import COMMANDS, implementations
from nnuniverse.claims.papers_page import page_of_checkout
from nnuniverse.variables import Variable

pytestmark = pytest.mark.xdist_group("verify")

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_generator_gives() -> None:
    made = page_of_checkout(everything())
    assert made == (ROOT / "docs" / "papers.md").read_text("utf-8")


def test_residuals_on_the_page_are_the_same_on_every_machine() -> None:
    page = (ROOT / "docs" / "papers.md").read_text("utf-8")
    lines = [line for line in page.splitlines() if line.startswith("`nnu verify ")]
    assert lines
    assert not [line for line in lines if re.search(r"(?<!within )\b\d(\.\d+)?e-1\d", line)]


def test_judged_numbers_stand_beside_their_statement() -> None:
    _, _, page = (ROOT / "docs" / "papers.md").read_text("utf-8").partition("### E1\n")
    (judged,) = [line for line in page.partition("### E2")[0].splitlines() if "Beside" in line]
    assert "below the boundary loss: **differs**" in judged


def test_no_paragraph_begins_a_list_or_a_heading_by_accident() -> None:
    lines = (ROOT / "docs" / "papers.md").read_text("utf-8").splitlines()
    assert not [line for line in lines if line.startswith(("+", "- ", "* ", ">", "    "))]


SMALL = {
    "nnuniverse/__init__.py": "",
    "nnuniverse/losses/__init__.py": "from nnuniverse.losses.outer import loss\n",
    "nnuniverse/losses/outer.py": (
        "def loss():\n"
        '    """H.\n\n    Source: 2004.09280 (2.10),\n    (2.11).\n\n    Not (9.9).\n    """\n'
        "class Net:\n"
        "    def error(self):\n"
        '        """Return e.  Source: 2004.09280 (2.11)."""\n'
        "def other():\n"
        '    """Return 1, not of 2004.09280 (2.11)."""\n'
    ),
    "tests/losses/test_one.py": "from nnuniverse.losses import loss\n",
    "tests/exact/test_two.py": "from nnuniverse.losses.outer import loss, Net\n",
    "tests/other/test_three.py": "from nnuniverse.losses.outer import loss\n'mu2'\n",
    "tests/observables/test_four.py": "'mu2'\n",
}


def test_the_index_of_a_small_house(tmp_path: Path) -> None:
    for name, text in SMALL.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    declared = {"observables": [Variable("mu2", (), "Tr", "2004.09280 (9.5)")]}
    index = implementations(tmp_path, declared)
    found = {
        equation.label: [(one.module, one.name, one.tests, one.commands) for one in ones]
        for equation, ones in index.items()
    }
    tests = ("tests/exact/test_two.py", "tests/losses/test_one.py")
    commands = ("nnu train", "nnu measure")
    loss = ("losses.outer", "loss", tests, commands)
    assert found == {
        "2.10": [loss],
        "2.11": [loss, ("losses.outer", "Net.error", tests[:1], commands)],
        "9.5": [("observables", "mu2", ("tests/observables/test_four.py",), commands)],
    }
    assert set(index) >= {Equation("2004.09280", "9.5")}


# --- the commands really run what they are said to -----------------------------------------------


def reached(module: str, seen: set[str]) -> set[str]:
    """Add the modules that ``module`` imports, at once or later, to ``seen``."""
    if module not in seen and (imports := imported(module)) is not None:
        seen.add(module)
        for name in imports:
            reached(name, seen)
    return seen


@cache
def imported(module: str) -> tuple[str, ...] | None:
    """Return what may be modules among the imports of ``module``; None if it is no module."""
    path = ROOT.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not path.exists():
        return None
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nnuniverse."):
            names += [*(f"{node.module}.{alias.name}" for alias in node.names), str(node.module)]
    return tuple(names)


FOR_PYTHON = {"experiments.own_net", "physics.grand_canonical.contributions"}
"""What no command runs: functions to be called, and what benchmarks print."""


def test_everything_in_the_index_has_its_commands() -> None:
    index = implementations(ROOT, {})
    without = {one.module for ones in index.values() for one in ones if not one.commands}
    assert without <= FOR_PYTHON
    assert len(index) > 40


def starts_of(command: str) -> list[str]:
    """Return the modules that a command begins with: a plot, checks by their names, or its own."""
    _, name, *what = command.split()
    if name == "verify" and what:
        checks = ROOT / "nnuniverse" / "claims" / "checks"
        paths = [
            path for path in checks.rglob("*.py") if f'@check("{what[0]}")' in path.read_text()
        ]
        return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return [f"nnuniverse.plots.{what[0]}" if what else f"nnuniverse.cli.{name}"]


@pytest.mark.parametrize("part", COMMANDS)
def test_commands_reach_the_packages_they_are_named_for(part: str) -> None:
    for command in COMMANDS[part]:
        modules: set[str] = set()
        for start in starts_of(command):
            reached(start, modules)
        assert any(f"{module}.".startswith(f"nnuniverse.{part}.") for module in modules), command
