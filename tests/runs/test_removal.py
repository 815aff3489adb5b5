"""Removing runs: whole or not at all, nothing else, and nothing through links."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made import begin

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.runs import RunFolder, list_runs, remove_remains, remove_run, require_removable
from nnuniverse.runs.lock import writing
from nnuniverse.runs.removal import ASIDE


def listed(root: Path) -> list[RunFolder]:
    return [run.folder for run in list_runs(root)]


def test_a_run_and_the_folder_of_its_name_are_removed(tmp_path: Path) -> None:
    one, other = begin(tmp_path, "name=a"), begin(tmp_path, "name=a", second=1)
    remove_run(one)
    assert listed(tmp_path) == [other]
    assert [path.name for path in (tmp_path / "a").iterdir()] == [other.path.name]
    remove_run(other)
    assert list(tmp_path.iterdir()) == []


def test_what_else_is_there_stays(tmp_path: Path) -> None:
    folder = begin(tmp_path, "name=a")
    (tmp_path / "a" / "notes.txt").write_text("mine")
    remove_run(folder)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["notes.txt"]


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = begin(tmp_path, "name=a")
    monkeypatch.chdir(folder.figures)
    remove_run(RunFolder(Path("..")))
    assert list(tmp_path.iterdir()) == []


def test_a_running_run_stays(tmp_path: Path) -> None:
    folder = begin(tmp_path)
    with writing(folder.path), pytest.raises(ConfigError, match="must not be running, but is"):
        remove_run(folder)
    assert listed(tmp_path) == [folder]
    remove_run(folder)


@pytest.mark.parametrize("name", ["run", "20260102T120000Z-0123456", "20260102T120000Z-0123456g"])
def test_a_folder_that_no_run_has_named_stays(name: str, tmp_path: Path) -> None:
    folder = begin(tmp_path)
    renamed = RunFolder(folder.path.rename(folder.path.with_name(name)))
    with pytest.raises(ConfigError, match="must be named and filled by a run"):
        remove_run(renamed)
    assert listed(tmp_path) == [renamed]


def test_a_folder_without_a_config_stays(tmp_path: Path) -> None:
    folder = begin(tmp_path)
    folder.config.unlink()
    with pytest.raises(ConfigError, match="must be named and filled by a run"):
        remove_run(folder)
    assert folder.provenance.exists()


def test_what_links_point_at_stays(tmp_path: Path) -> None:
    outside = begin(tmp_path / "outside", "name=a")
    root = tmp_path / "root"
    (root / "b").mkdir(parents=True)
    run_link = root / "b" / outside.path.name
    run_link.symlink_to(outside.path)
    (root / "a").symlink_to(outside.path.parent)
    for path in (run_link, root / "a" / outside.path.name):
        with pytest.raises(ConfigError, match="must lie under its root, but is a link"):
            require_removable(RunFolder(path))
        with pytest.raises(ConfigError):
            remove_run(RunFolder(path))

    inside = begin(root, "name=c")
    (inside.path / "link").symlink_to(outside.path)
    shutil.rmtree(inside.figures)
    inside.figures.symlink_to(outside.path.parent)
    for link in (inside.figures, inside.path / "link"):  # neither is what a run has made
        with pytest.raises(ConfigError, match=f"but holds '{link.name}'"):
            remove_run(inside)
        link.unlink()
    remove_run(inside)
    assert not inside.path.exists()
    assert listed(tmp_path / "outside") == [outside]
    assert outside.provenance.exists()


def test_a_root_that_is_a_link_is_a_root(tmp_path: Path) -> None:
    folder = begin(tmp_path / "real")
    (tmp_path / "runs").symlink_to(tmp_path / "real")
    remove_run(RunFolder(tmp_path / "runs" / "run" / folder.path.name))
    assert listed(tmp_path / "real") == []


def test_an_interruption_half_way_leaves_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, other = begin(tmp_path, "name=a"), begin(tmp_path, "name=b")

    def interrupted(path: Path) -> None:
        (path / "provenance.json").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", interrupted)
        with pytest.raises(KeyboardInterrupt):
            remove_run(folder)
    assert listed(tmp_path) == [other]
    (remains,) = (tmp_path / "a").iterdir()
    assert remains.name == ASIDE + folder.path.name

    keep = tmp_path / "b" / f"{ASIDE}mine"
    keep.mkdir()
    link = tmp_path / "b" / remains.name
    link.symlink_to(other.path)
    elsewhere = tmp_path.with_name(f"{tmp_path.name}-elsewhere") / remains.name
    elsewhere.mkdir(parents=True)
    (tmp_path / "c").symlink_to(elsewhere.parent)
    remove_remains(tmp_path)
    assert elsewhere.exists()
    assert sorted(tmp_path.iterdir()) == [tmp_path / "b", tmp_path / "c"]
    assert keep.exists()
    assert link.is_symlink()
    assert other.provenance.exists()


def test_what_the_system_refuses_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = begin(tmp_path)

    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(RunError, match="must be removable, but is not: Permission denied"):
        remove_run(folder)
    assert listed(tmp_path) == [folder]
    assert folder.provenance.exists()


REMOVING = """
import sys
from pathlib import Path
from nnuniverse.runs import RunFolder, remove_run
print("ready", flush=True)
sys.stdin.readline()
remove_run(RunFolder(Path(sys.argv[1])))
"""


def test_killed_at_any_time_the_run_is_whole_or_no_run(tmp_path: Path) -> None:
    files = 2000
    for attempt in range(6):
        folder = begin(tmp_path, second=attempt)
        for number in range(files):
            (folder.figures / f"{number}.png").touch()
        command = [sys.executable, "-c", REMOVING, str(folder)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"ready\n"
            process.stdin.write(b"\n")
            process.stdin.flush()
            time.sleep(0.004 * attempt)
            process.kill()
        if folder.path.exists():
            assert listed(tmp_path) == [folder]
            assert len(list(folder.figures.iterdir())) == files
            remove_run(folder)
        assert listed(tmp_path) == []
    remove_remains(tmp_path)
    assert list(tmp_path.iterdir()) == []
