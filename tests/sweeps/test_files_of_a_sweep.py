"""What lies under the names of a sweep's own files, if it is no file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from made_runs import make_sweep, make_tasks

from nnuniverse.errors import ConfigError, NotWritableError, RunError
from nnuniverse.sweeps import SweepFolder, plan_sweep, read_sweep


def test_pipes_keep_no_sweep_waiting(data_file: Path, tmp_path: Path) -> None:
    sweep = make_sweep(data_file)
    make_tasks(plan_sweep(sweep, tmp_path).todo, tmp_path)
    folder = SweepFolder(tmp_path / sweep.name)
    (folder.path / ".seen.json").unlink(missing_ok=True)
    (folder.path / ".failures").mkdir()
    for name in (".seen.json", ".claims", ".failures/task.json", "sweep.yaml"):
        os.mkfifo(folder.path / name)
    plan = plan_sweep(sweep, tmp_path)
    assert [plan.state(task) for task in plan.tasks] == ["done"] * len(plan.tasks)
    assert folder.failure("task") is None
    assert not folder.is_claimed("0" * 32)
    with pytest.raises(NotWritableError, match=r"\.claims' must be"), folder.claim("0" * 32):
        pass
    with pytest.raises(ConfigError, match=r"holds no sweep\.yaml"):
        read_sweep(folder.path)


def test_a_sweep_is_not_written_through_a_link(data_file: Path, tmp_path: Path) -> None:
    sweep, mine = make_sweep(data_file), tmp_path / "mine"
    mine.write_text("mine")
    folder = SweepFolder(tmp_path / sweep.name)
    folder.path.mkdir()
    folder.config.symlink_to(mine)
    with pytest.raises(RunError, match="must be a file, but is a link"):
        folder.write_config(sweep)
    assert mine.read_text() == "mine"
