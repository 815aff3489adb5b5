"""A run folder is there whole, or not at all."""

from __future__ import annotations

import errno
import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.runs import create_run_folder, list_runs
from nnuniverse.runs import folder as folders
from nnuniverse.runs.folder import UNFINISHED_SECONDS

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
HASH = "0123456789abcdef" * 4
CONTENT = {"config.yaml": b"name: deep\n", "provenance.json": b"{}"}


def below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def test_it_holds_its_files_from_the_beginning(tmp_path: Path) -> None:
    made = create_run_folder(tmp_path, "deep", HASH, NOON, CONTENT)
    assert {path.name for path in made.path.iterdir()} == {*CONTENT, "figures"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == [made.path.name]


@pytest.mark.parametrize("file", list(CONTENT))
def test_a_full_disk_leaves_nothing(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if file in path.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(RunError, match="No space left"):
        create_run_folder(tmp_path, "deep", HASH, NOON, CONTENT)
    assert below(tmp_path) == ["deep"]


@pytest.mark.parametrize(
    ("of", "name"), [(folders, "replace_file"), (Path, "rename"), (folders, "sync")]
)
def test_a_kill_leaves_no_run(of: object, name: str, tmp_path: Path) -> None:
    """In a process of its own, before a file of the folder, after all, or at the very end."""
    process = os.fork()
    if not process:
        setattr(of, name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        create_run_folder(tmp_path, "deep", HASH, NOON, CONTENT)
        os._exit(0)
    _, status = os.waitpid(process, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    whole = [path for path in (tmp_path / "deep").iterdir() if path.name[0] != "."]
    assert len(list(list_runs(tmp_path))) == len(whole) == (name == "sync")
    for path in whole:
        assert {file.name for file in path.iterdir()} == {*CONTENT, "figures"}


def test_what_a_kill_has_left_goes_when_it_is_old(tmp_path: Path) -> None:
    left = [tmp_path / "deep" / f".new.{name}" for name in ("old", "fresh")]
    for path in left:
        path.mkdir(parents=True)
    old = time.time() - 2 * UNFINISHED_SECONDS
    os.utime(left[0], (old, old))
    create_run_folder(tmp_path, "deep", HASH, NOON, CONTENT)
    assert [path.exists() for path in left] == [False, True]


def test_two_of_one_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process has made its folder since this one has looked."""
    first = create_run_folder(tmp_path, "deep", HASH, NOON, CONTENT)
    exists, asked = Path.exists, []

    def not_yet(path: Path) -> bool:
        asked.append(path)
        return len(asked) > 1 and exists(path)

    monkeypatch.setattr(Path, "exists", not_yet)
    with pytest.raises(ConfigError, match="exists already"):
        create_run_folder(tmp_path, "deep", HASH, NOON, {"config.yaml": b"name: other\n"})
    monkeypatch.undo()
    assert first.config.read_bytes() == CONTENT["config.yaml"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == [first.path.name]
