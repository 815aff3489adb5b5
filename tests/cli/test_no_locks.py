"""``nnu`` on a file system that has no locks: a single user is to be able to work."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

NO_LOCKS = """
import errno, fcntl, os
def refuse(*arguments):
    raise OSError(errno.{number}, os.strerror(errno.{number}))
fcntl.flock = fcntl.lockf = refuse
"""

Nnu = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(params=["ENOLCK", "ENOSYS"])
def lockless(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, warm: Path
) -> Nnu:
    """Run ``nnu`` in a process whose system has no locks, as have those that it starts."""
    site = tmp_path_factory.mktemp("site")
    (site / "sitecustomize.py").write_text(NO_LOCKS.format(number=request.param))
    search = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [warm / "nnu", *map(str, arguments)],
            env=os.environ | {"PYTHONPATH": search},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def said(result: Any) -> int:
    """Return how often a process has said that there are no locks."""
    return sum("this file system has no locks" in line for line in result.stderr.splitlines())


def test_a_run_is_trained_listed_resumed_and_removed(config: Path, lockless: Nnu) -> None:
    trained = lockless("train", config, "--out", "runs", "--json")
    assert trained.returncode == 0, trained.stderr
    assert said(trained) == 1
    folder = json.loads(trained.stdout)["run"]
    listed = lockless("runs", "--json")
    assert [run["status"] for run in json.loads(listed.stdout)] == ["complete"]
    assert said(listed) == 1
    assert lockless("train", "--resume", folder).returncode == 0
    assert lockless("runs", "--remove", "--yes", folder).returncode == 0
    assert list(Path("runs").iterdir()) == []


def test_a_sweep_is_computed(config: Path, lockless: Nnu) -> None:
    axes = {"train.epochs": [1, 2]}
    Path("s.yaml").write_text(yaml.safe_dump({"name": "s", "base": str(config), "axes": axes}))
    swept = lockless("sweep", "s.yaml", "--json")
    assert swept.returncode == 0, swept.stderr
    assert [run["state"] for run in json.loads(swept.stdout)["runs"]] == ["done"] * 2
    assert said(swept) == 1
    again = lockless("sweep", "s.yaml", "--status", "--json")
    assert json.loads(again.stdout)["counts"] == {"done": 2}
