"""The devices that the CPU counts as: chosen when JAX starts, and told of where they are few."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from warm_processes import QUICK_VARIABLE

from nnuniverse.processors import usable_processors

SCRIPT = """\
import sys
from pathlib import Path
from nnuniverse import parse_config, start_run
if sys.argv[1] == "started":
    import jax
    jax.numpy.zeros(()).block_until_ready()
for replicas in map(int, sys.argv[2:]):
    config = parse_config({
        "name": "tiny", "replicas": replicas,
        "data": {"train_samples": 20, "test_samples": 10},
        "network": {"hidden": [3]},
        "train": {"epochs": 1, "batch": 10},
        "observe": {"complexity_n": [5], "observables": ["mu2"]},
    })
    print(start_run(config, Path("runs")).folder)
"""

TOLD = "JAX had started with 1 of 2 devices; replicas take turns"


@pytest.fixture(autouse=True)
def two_processors() -> None:
    if usable_processors() < 2:
        pytest.skip("takes two processors")


def runs(
    python: Path | str, tmp_path: Path, *arguments: str, **variables: str
) -> list[tuple[int, str]]:
    """Return the devices and the log of each run of one process."""
    unset = ("XLA_FLAGS", "JAX_NUM_CPU_DEVICES", "NPROC")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        [python, "-c", SCRIPT, *arguments],
        cwd=tmp_path,
        env=kept | variables | {QUICK_VARIABLE: "yes"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    folders = [tmp_path / line for line in done.stdout.splitlines()]
    return [
        (
            json.loads((folder / "provenance.json").read_text())["segments"][0]["devices"],
            (folder / "log.txt").read_text(),
        )
        for folder in folders
    ]


def test_one_for_each_replica(warm: Path, tmp_path: Path) -> None:
    ((devices, log),) = runs(warm / "python", tmp_path, "fresh", "2")
    assert devices == 2 and TOLD not in log


@pytest.mark.parametrize("arguments", [("started", "2"), ("fresh", "1", "2")])
def test_as_many_as_jax_has_started_with_and_it_is_said(
    arguments: tuple[str, ...], warm: Path, tmp_path: Path
) -> None:
    *first, (devices, log) = runs(warm / "python", tmp_path, *arguments)
    assert devices == 1 and TOLD in log
    assert all(TOLD not in log for _, log in first)


def test_as_many_as_the_flags_say(warm: Path, tmp_path: Path) -> None:
    flags = "--xla_force_host_platform_device_count=1"
    ((devices, log),) = runs(warm / "python", tmp_path, "fresh", "2", XLA_FLAGS=flags)
    assert devices == 1 and TOLD not in log


def test_as_many_as_the_user_says(tmp_path: Path) -> None:
    # Not a warm one, which has imported JAX without this variable.
    variables = {"JAX_NUM_CPU_DEVICES": "1", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    ((devices, log),) = runs(sys.executable, tmp_path, "fresh", "2", **variables)
    assert devices == 1 and TOLD not in log
