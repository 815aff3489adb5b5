"""``nnu train --dry-run``: what a run will take, before it takes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnuniverse.runs.checkpoint import SLOTS

Nnu = Callable[..., Any]


def test_time_memory_and_disk_of_a_run(nnu: Nnu, config: Path, finished: Any) -> None:
    result = nnu("train", config, "--dry-run", "--json")
    assert result.code == 0
    assert not Path("runs").exists()
    costs = json.loads(result.out)
    assert (costs["replicas"], costs["epochs"], costs["snapshots"]) == (2, 3, 4)
    assert costs["operations"] == 2 * 3 * 2.0 * 12 * (3 * (3 * 4 + 3 * 3) - 4 * 3)
    assert 0.0 < costs["measuring_seconds"] < costs["seconds"]
    assert costs["memory"] > 1e8
    counted = ("results.h5", "config.yaml", *SLOTS)  # and no changes against the commit
    taken = sum((finished.folder / name).stat().st_size for name in counted)
    assert 0.5 < costs["disk"] / taken < 2.0


def test_a_warning_when_measuring_takes_more_than_a_tenth(nnu: Nnu, config: Path) -> None:
    result = nnu("train", config, "--dry-run")
    caption, first, second = result.out.splitlines()
    assert caption == "2 replicas, 3 epochs, 4 snapshots; nothing has been written"
    assert {"time", "memory", "disk"} <= {*first.split()}
    assert result.err.startswith("nnu: snapshots may take ")
    assert "Try observe.snapshots.count=2." in result.err
    share = int(second.split()[2].strip("(%)"))
    assert share > 10


def test_only_of_a_new_run(refused: Callable[..., str], finished: Any) -> None:
    line = refused("train", "--resume", finished.folder, "train.epochs=9", "--dry-run")
    assert line.startswith("`--dry-run` must be of a new run, but --resume is given.")
