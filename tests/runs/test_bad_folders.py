"""One bad folder is a row of its own, and keeps nobody waiting."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from made import begin
from warm_processes import Fork

from nnuniverse.errors import ConfigError
from nnuniverse.runs import Checkpoints, Provenance, RunFolder, list_runs, look_at
from nnuniverse.runs.checkpoint import SLOTS

SECONDS = 60.0
"""No listing takes as long; what hangs is to fail."""


def listed(root: Path, warm: Path) -> dict[str, str]:
    """Return what a process of its own lists, which may be killed: statuses by folder."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from nnuniverse.runs import list_runs\n"
        "for run in list_runs(Path(sys.argv[1])):\n"
        "    print(ascii(run.folder.path.name), run.summary.status)\n"
    )
    process = Fork(warm, ["python", "-c", code, str(root)], root)
    try:
        out, err = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    assert (process.returncode, err) == (0, "")
    return dict(line.split() for line in out.splitlines())


def put(name: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        make(folder / name)

    return damage


def to(target: str) -> Callable[[Path], object]:
    return lambda path: path.symlink_to(target)


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


UNREADABLE = {
    "config is a pipe": put("config.yaml", os.mkfifo),
    "config is a device": put("config.yaml", to("/dev/zero")),
    "config is all memory": put("config.yaml", to("/proc/kcore")),
    "config is a terabyte": put("config.yaml", large),
    "config is a link to itself": put("config.yaml", to("config.yaml")),
    "results are a pipe": put("results.h5", os.mkfifo),
    "results are a device": put("results.h5", to("/dev/zero")),
    "results are a folder": put("results.h5", Path.mkdir),
}
READABLE = {
    "provenance is a pipe": put("provenance.json", os.mkfifo),
    "log is a pipe": put("log.txt", os.mkfifo),
    "lock is a pipe": put(".lock", os.mkfifo),
    "a checkpoint is a pipe": put(SLOTS[0], os.mkfifo),
}


@pytest.mark.parametrize("damage", [*UNREADABLE, *READABLE])
def test_a_bad_folder_hides_no_other(damage: str, tmp_path: Path, warm: Path) -> None:
    before, bad, after = (begin(tmp_path, second=second) for second in range(3))
    (UNREADABLE | READABLE)[damage](bad.path)
    status = "unreadable" if damage in UNREADABLE else "resumable"
    found = [(name.strip("'"), status) for name, status in listed(tmp_path, warm).items()]
    expected = zip((before, bad, after), ("resumable", status, "resumable"), strict=True)
    assert found == [(folder.path.name, status) for folder, status in expected]


def test_what_fails_for_any_reason_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(tmp_path)
    for error in (MemoryError(), RecursionError(), PermissionError(13, "Permission denied")):

        def fail(path: Path, error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr("nnuniverse.runs.listing.stored_config", fail)
        assert [run.summary.status for run in list_runs(tmp_path)] == ["unreadable"]


def test_odd_names_of_folders_are_listed(tmp_path: Path) -> None:
    for name in ("\udcff\udcfe", "\x1b[31m\n", "\u202e", "a b"):  # the first is not UTF-8
        folder = tmp_path / name / "run"
        folder.mkdir(parents=True)
        (folder / "config.yaml").write_text("seed: 3\n")
    runs = list(list_runs(tmp_path))
    assert [run.summary.status for run in runs] == ["resumable"] * 4
    assert all(run.summary.bytes == 8 for run in runs)


def test_what_else_lies_under_a_root_is_passed_over(tmp_path: Path) -> None:
    begin(tmp_path, "name=a")
    for number in range(300):
        (tmp_path / f"file{number}").touch()
        (tmp_path / f"folder{number}" / "inside").mkdir(parents=True)
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "again").symlink_to("../loop")
    (tmp_path / "nothing").symlink_to("none")
    os.mkfifo(tmp_path / "a" / "pipe")
    assert [run.summary.path for run in list_runs(tmp_path)] == [
        str(next((tmp_path / "a").glob("2*")))
    ]


def test_a_folder_that_nobody_may_look_into_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        begin(tmp_path, f"name={name}")
    closed = {tmp_path / "a"}
    listdir = os.listdir

    def look(path: Path) -> list[str]:
        if path in closed:
            raise PermissionError(13, "Permission denied", str(path))
        return listdir(path)

    monkeypatch.setattr(os, "listdir", look)
    assert [run.folder.path.parent.name for run in list_runs(tmp_path)] == ["b"]
    closed.add(tmp_path)
    with pytest.raises(ConfigError, match="must be readable, but is not: Permission denied"):
        list(list_runs(tmp_path))


def test_a_folder_of_which_the_disk_had_no_room_is_listed(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "20260101T000000Z-01234567"
    (folder / "figures").mkdir(parents=True)
    (run,) = list_runs(tmp_path)
    assert (run.folder.path, run.summary.status) == (folder, "unreadable")


def test_the_size_is_that_of_the_folder_s_own_files(tmp_path: Path) -> None:
    folder = begin(tmp_path)
    size = folder.size()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(bytes(1000))
    (folder.path / "link").symlink_to(outside / "file")
    (folder.path / "folder").symlink_to(outside)
    (folder.path / "loop").symlink_to("loop")
    assert folder.size() == look_at(folder).summary.bytes == size


# --- others who read the same files ------------------------------------------------------------


def test_a_record_that_is_no_file_is_none(tmp_path: Path) -> None:
    folder = begin(tmp_path)
    for make in (os.mkfifo, to("/dev/zero"), large):
        put("provenance.json", make)(folder.path)
        assert Provenance.read(folder.provenance).content == {"segments": []}


def test_a_checkpoint_that_is_no_file_is_damaged(tmp_path: Path) -> None:
    folder: RunFolder = begin(tmp_path)
    os.mkfifo(folder.path / SLOTS[0])
    checkpoints = Checkpoints(folder.path, "hash")
    with pytest.raises(Exception, match=f"{SLOTS[0]} cannot be read"):
        checkpoints.latest()
