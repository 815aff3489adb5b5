"""Nothing is written through a link in a run folder, and nothing foreign is removed."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from made import begin

from nnuniverse.errors import ConfigError, NotWritableError, RunError
from nnuniverse.runs import (
    RunFolder,
    list_runs,
    remove_run,
    replace_file,
    require_no_link,
    require_removable,
)
from nnuniverse.runs.atomic import remove_leftovers
from nnuniverse.runs.folder import FIGURES, FILES
from nnuniverse.runs.lock import is_being_written, writing


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    path = tmp_path / "foreign"
    path.write_text("mine")
    return path


@pytest.mark.parametrize("name", [*FILES, FIGURES])
def test_a_folder_with_a_link_is_not_written_into(name: str, tmp_path: Path, foreign: Path) -> None:
    folder = begin(tmp_path)
    link = folder.path / name
    link.rmdir() if name == FIGURES else link.unlink(missing_ok=True)
    for target in (foreign, tmp_path / "none"):
        link.symlink_to(target)
        with (
            pytest.raises(RunError, match=f"{name}' must be .*, but is a link"),
            writing(folder.path),
        ):
            pass
        link.unlink()
    assert foreign.read_text() == "mine"
    assert not (tmp_path / "none").exists()


def test_the_log_is_not_written_through_a_link(tmp_path: Path, foreign: Path) -> None:
    folder = begin(tmp_path)
    folder.note("one")
    assert folder.log.read_text().endswith("Z one\n")
    folder.log.unlink()
    folder.log.symlink_to(foreign)
    with pytest.raises(
        NotWritableError, match=r"log\.txt' must be writable, but is not: Is a link"
    ):
        folder.note("two")
    folder.log.unlink()
    os.mkfifo(folder.log)
    with pytest.raises(NotWritableError):
        folder.note("three")
    assert foreign.read_text() == "mine"


def test_a_lock_that_is_no_file_is_said(tmp_path: Path) -> None:
    folder = begin(tmp_path)
    os.mkfifo(folder.path / ".lock")
    assert not is_being_written(folder.path)
    with pytest.raises(NotWritableError, match=r"its \.lock is not"), writing(folder.path):
        pass


def test_a_link_is_not_replaced(tmp_path: Path, foreign: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(foreign)
    with pytest.raises(RunError, match="must be a file, but is a link"):
        replace_file(link, b"new")
    assert foreign.read_text() == "mine"
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foreign", "link"]


def test_a_temporary_name_that_is_taken_is_not_written_through(
    tmp_path: Path, foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda size: "01234567")
    (tmp_path / f".file.{os.getpid()}-01234567.tmp").symlink_to(foreign)
    with pytest.raises(NotWritableError, match="File exists"):
        replace_file(tmp_path / "file", b"new")
    assert foreign.read_text() == "mine"


def test_only_temporary_files_of_ours_are_leftovers(tmp_path: Path, foreign: Path) -> None:
    ours = [".results.h5.12.tmp", ".results.h5.12-0123abcd.tmp"]
    others = [".mine.tmp", ".results.h5.x.tmp", ".results.h5.12-short.tmp"]
    for name in (*ours, *others):
        (tmp_path / name).touch()
    (tmp_path / ".link.1.tmp").symlink_to(foreign)
    (tmp_path / ".folder.1.tmp").mkdir()
    remove_leftovers(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        *others, ".link.1.tmp", ".folder.1.tmp", "foreign"
    }  # fmt: skip


# --- removing ----------------------------------------------------------------------------------


def test_all_that_a_run_writes_is_removed(tmp_path: Path) -> None:
    folder = begin(tmp_path)
    for name in (*FILES, ".results.h5.12-0123abcd.tmp", "figures/loss.png", "figures/loss.csv"):
        (folder.path / name).touch()
    require_removable(folder)
    remove_run(folder)
    assert list(tmp_path.iterdir()) == []


FOREIGN: dict[str, Callable[[Path], object]] = {
    "notes.txt": Path.touch,
    "figures/notes.txt": Path.touch,
    "figures/inside": Path.mkdir,
    "figures/loss.png": lambda path: path.symlink_to("/dev/null"),
    "results.h5": Path.mkdir,
    "log.txt": os.mkfifo,
    "report.html": lambda path: path.symlink_to("/dev/null"),
    ".mine.tmp": Path.touch,
    "\udcff\x1b": Path.touch,
}


@pytest.mark.parametrize("name", FOREIGN, ids=ascii)
def test_a_folder_with_something_foreign_stays(name: str, tmp_path: Path) -> None:
    folder = begin(tmp_path)
    FOREIGN[name](folder.path / name)
    with pytest.raises(ConfigError, match="must hold only what a run writes to be removed") as no:
        remove_run(folder)
    assert name.partition("/")[2].partition(".")[0] in str(no.value)
    assert str(no.value).isprintable()
    assert os.path.lexists(folder.path / name)
    assert [run.folder for run in list_runs(tmp_path)] == [folder]


def test_what_a_full_disk_has_left_can_be_removed(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run" / "20260101T000000Z-01234567")
    folder.figures.mkdir(parents=True)
    for name in (".lock", ".config.yaml.12-0123abcd.tmp"):
        (folder.path / name).touch()
    remove_run(folder)
    assert list(tmp_path.iterdir()) == []


def test_a_path_through_a_link_is_not_removed(tmp_path: Path) -> None:
    folder = begin(tmp_path / "real", "name=a")
    (tmp_path / "root").symlink_to(tmp_path / "real")
    (tmp_path / "link").symlink_to(folder.path)
    name = folder.path.name
    for path in (
        tmp_path / "root" / "a" / name,
        tmp_path / "link",
        tmp_path / "link" / ".." / name,
    ):
        with pytest.raises(ConfigError, match=r"nor lie behind one, but .* is a link") as caught:
            require_no_link(path)
        assert repr(str(folder.path)) in str(caught.value), "where it can be removed"
    require_no_link(folder.path)


def test_the_way_back_from_a_link_is_the_system_s(tmp_path: Path) -> None:
    """``link/..`` is the parent of where the link leads, not the folder that the link lies in."""
    here, there = begin(tmp_path / "here", "name=a"), begin(tmp_path / "there", "name=a")
    (tmp_path / "here" / "a" / "link").symlink_to(there.figures)
    remove_run(RunFolder(tmp_path / "here" / "a" / "link" / ".." / ".." / there.path.name))
    assert here.config.exists()
    assert not there.path.exists()


# --- locks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_without_locks_a_run_goes_on_and_says_so_once(
    number: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from nnuniverse.runs import lock

    def none(*arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    lock._say_that_nobody_guards.cache_clear()
    monkeypatch.setattr(lock.fcntl, "flock", none)
    folder = begin(tmp_path)
    for _ in range(2):
        with writing(folder.path):
            assert not is_being_written(folder.path)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert f"no locks ({os.strerror(number)})" in record.getMessage()
    assert [run.summary.status for run in list_runs(tmp_path)] == ["resumable"]


@pytest.mark.parametrize("number", [errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES])
def test_what_says_that_a_run_is_in_use(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnuniverse.runs import lock

    def taken(*arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    folder = begin(tmp_path)
    (folder.path / ".lock").touch()
    monkeypatch.setattr(lock.fcntl, "flock", taken)
    assert is_being_written(folder.path)
    with pytest.raises(ConfigError, match="another process is writing"), writing(folder.path):
        pass
