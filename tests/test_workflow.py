"""The workflow of continuous integration names what is there: targets, Pythons, files, commands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from nnuniverse.cli.app import app

ROOT = Path(__file__).parents[1]
JOBS: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text())["jobs"]
STEPS = [step for job in JOBS.values() for step in job["steps"]]
COMMANDS = [step["run"] for step in STEPS if "run" in step]
PYTHONS = [
    line.rpartition(" :: ")[2]
    for line in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", line)
]


def test_every_target_is_in_the_makefile() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = [word for line in COMMANDS if line.startswith("make ") for word in line.split()[1:]]
    assert {"check", "test", "docs", "dist"} == set(named) <= set(targets)


def test_the_tests_run_on_every_python_that_is_promised() -> None:
    assert JOBS["tests"]["strategy"]["matrix"]["python"] == PYTHONS
    for step in STEPS:
        version = step.get("with", {}).get("python-version", PYTHONS[0])
        assert version in (*PYTHONS, "${{ matrix.python }}")


def test_actions_have_a_version() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used and all(re.fullmatch(r"actions/[a-z-]+@v\d+", action) for action in used)


@pytest.mark.parametrize("line", [line for line in COMMANDS if "nnu " in line])
def test_commands_and_their_files_are_there(line: str) -> None:
    _, command, *arguments = line.split()
    assert command in get_command(app).commands  # type: ignore[attr-defined]
    assert all((ROOT / path).is_file() for path in arguments if path.endswith(".yaml"))
