"""Folders, locks, atomic files, checkpoints and provenance."""

from __future__ import annotations

import json
import os
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.runs import (
    Checkpoint,
    Checkpoints,
    Provenance,
    create_run_folder,
    open_run_folder,
)
from nnuniverse.runs.atomic import remove_leftovers, replace_file
from nnuniverse.runs.lock import is_being_written, writing
from nnuniverse.runs.provenance import source

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
HASH = "0123456789abcdef" * 4


def test_a_folder_is_named_by_time_and_hash_and_never_reused(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path / "runs", "deep", HASH, NOON)
    assert folder.path == tmp_path / "runs" / "deep" / "20260102T120000Z-01234567"
    assert folder.figures.is_dir()
    folder.config.write_text("name: deep\n")
    with pytest.raises(ConfigError, match="exists already"):
        create_run_folder(tmp_path / "runs", "deep", HASH, NOON)
    assert folder.config.read_text() == "name: deep\n"
    assert open_run_folder(folder.path) == folder


def test_a_folder_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be made"):
        create_run_folder(tmp_path / "file", "deep", HASH, NOON)


def test_a_folder_without_a_config_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no config"):
        open_run_folder(tmp_path)


def test_a_replaced_file_is_new_or_old_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_failed_replacement_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    (path / "inside").write_text("")
    with pytest.raises(RunError, match="writing folder failed"):
        replace_file(path, b"new")
    assert (path / "inside").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_leftovers_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".results.h5.12.tmp", "results.h5", ".lock", "a.tmp"):
        (tmp_path / name).write_text("")
    remove_leftovers(tmp_path)
    assert sorted([path.name for path in tmp_path.iterdir()]) == [".lock", "a.tmp", "results.h5"]


def test_what_somebody_may_be_writing_is_left(tmp_path: Path) -> None:
    for age, name in ((0.0, ".new.h5.1.tmp"), (100.0, ".old.h5.2.tmp")):
        (tmp_path / name).write_text("")
        changed = time.time() - age
        os.utime(tmp_path / name, (changed, changed))
    remove_leftovers(tmp_path, unchanged_for=50.0)
    assert [path.name for path in tmp_path.iterdir()] == [".new.h5.1.tmp"]


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    assert not is_being_written(tmp_path)
    with writing(tmp_path):
        assert is_being_written(tmp_path)
        with pytest.raises(ConfigError, match="another process"), writing(tmp_path):
            pass
    assert not is_being_written(tmp_path)
    with writing(tmp_path):
        pass


def save(folder: Path, *epochs: int, run_hash: str = HASH) -> Checkpoints:
    checkpoints = Checkpoints(folder, run_hash)
    for epoch in epochs:
        checkpoints.save(Checkpoint(epoch, {".weights[0]": np.full((2, 3), epoch, np.float32)}))
    return checkpoints


def test_the_latest_checkpoint_is_restored_exactly(tmp_path: Path) -> None:
    save(tmp_path, 1, 5, 9)
    latest = Checkpoints(tmp_path, HASH).latest()
    assert latest is not None and latest.epoch == 9
    np.testing.assert_array_equal(latest.arrays[".weights[0]"], np.full((2, 3), 9, np.float32))
    assert latest.arrays[".weights[0]"].dtype == np.float32


def test_no_checkpoint_is_none(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path, HASH).latest() is None


def test_saving_after_restoring_keeps_the_one_restored(tmp_path: Path) -> None:
    save(tmp_path, 1, 5, 9)
    resumed = Checkpoints(tmp_path, HASH)
    resumed.latest()
    resumed.save(Checkpoint(12, {}))
    epochs = {int(np.load(path)["epoch"]) for path in tmp_path.glob("checkpoint.*.npz")}
    assert epochs == {9, 12}


@given(data=st.data())
def test_a_checkpoint_damaged_anywhere_is_noticed_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    save(folder, 1, 5)
    path = folder / "checkpoint.1.npz"
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    checkpoints = Checkpoints(folder, HASH)
    latest = checkpoints.latest()
    assert latest is not None
    if checkpoints.damaged:
        assert checkpoints.damaged == ["checkpoint.1.npz"] and latest.epoch == 1
    elif latest.epoch == 5:  # the byte was one that carries no content
        np.testing.assert_array_equal(latest.arrays[".weights[0]"], np.full((2, 3), 5, np.float32))


def test_checkpoints_of_another_run_or_all_damaged_are_refused(tmp_path: Path) -> None:
    save(tmp_path, 1, 5, run_hash="other")
    with pytest.raises(RunError, match=r"checkpoint\.0\.npz and checkpoint\.1\.npz"):
        Checkpoints(tmp_path, HASH).latest()


def test_provenance_names_what_the_numbers_were_made_with(tmp_path: Path) -> None:
    record = Provenance.create(tmp_path / "provenance.json", run_hash=HASH)
    record.begin_segment(first_epoch=1)
    written = json.loads((tmp_path / "provenance.json").read_text())
    (segment,) = written["segments"]
    assert written["run_hash"] == HASH
    assert segment["status"] == "running" and segment["first_epoch"] == 1
    assert segment["packages"]["jax"] and segment["packages"]["nnuniverse"]
    assert {"python", "platform", "processors", "command", "source", "host"} <= segment.keys()
    again = Provenance.read(tmp_path / "provenance.json")
    again.begin_segment(first_epoch=4)
    again.end_segment(status="complete", last_epoch=9)
    segments = json.loads((tmp_path / "provenance.json").read_text())["segments"]
    assert [s["status"] for s in segments] == ["running", "complete"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"segments": 3}'])
def test_an_unreadable_provenance_starts_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "provenance.json").write_text(content)
    assert Provenance.read(tmp_path / "provenance.json").content == {"segments": []}


def test_the_source_is_commit_and_uncommitted_changes(tmp_path: Path) -> None:
    def git(*command: str) -> None:
        subprocess.run(
            ["git", "-C", tmp_path, "-c", "user.name=n", "-c", "user.email=e", *command],
            check=True,
            capture_output=True,
        )

    assert source(tmp_path) is None
    (tmp_path / "nnuniverse").mkdir()
    (tmp_path / "nnuniverse" / "module.py").write_text("old\n")
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    clean = source(tmp_path)
    assert clean is not None and len(clean["commit"]) == 40 and clean["diff"] == ""
    (tmp_path / "nnuniverse" / "module.py").write_text("new\n")
    changed = source(tmp_path)
    assert changed is not None and "-old\n+new\n" in changed["diff"]
