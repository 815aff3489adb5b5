"""Programs come back as they were put, or not at all; and nothing that fails raises."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from nnuniverse.program_cache import ProgramFiles, program_files

PROGRAM = bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "programs"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def files(folder: Path) -> Iterator[ProgramFiles]:
    descriptor = os.open(folder, os.O_RDONLY)
    yield ProgramFiles(descriptor, "here", folder)
    os.close(descriptor)


def the_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_a_program_comes_back(files: ProgramFiles, folder: Path) -> None:
    assert files.get("key") is None
    files.put("key", PROGRAM)
    assert files.get("key") == PROGRAM
    assert the_file(folder).stat().st_mode & 0o777 == 0o600


def test_what_suits_another_machine_is_not_found(files: ProgramFiles, folder: Path) -> None:
    files.put("key", PROGRAM)
    descriptor = os.open(folder, os.O_RDONLY)
    assert ProgramFiles(descriptor, "there", folder).get("key") is None
    os.close(descriptor)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def exchange(path: Path) -> None:
    """Put a whole file in its place, but one of another key."""
    content = path.read_bytes()
    path.unlink()
    descriptor = os.open(path.parent, os.O_RDONLY)
    ProgramFiles(descriptor, "here", path.parent).put("other", PROGRAM)
    os.close(descriptor)
    other = the_file(path.parent)
    assert other.read_bytes() != content
    other.rename(path)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_link(path: Path) -> None:
    """Put a link to a whole file in its place."""
    path.rename(path.parent.parent / "moved")
    path.symlink_to(path.parent.parent / "moved")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a bit flipped": flip,
    "cut": lambda path: os.truncate(path, 1000),
    "nothing but its digest": lambda path: os.truncate(path, 32),
    "empty": lambda path: os.truncate(path, 0),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "other bytes": lambda path: path.write_bytes(b"other bytes" * 1000),
    "of another key": exchange,
    "a folder": make_folder,
    "a pipe": make_pipe,
    "a link": make_link,
    "written by others": lambda path: path.chmod(0o666),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage(damage: Callable[[Path], object], files: ProgramFiles, folder: Path) -> None:
    files.put("key", PROGRAM)
    damage(the_file(folder))
    opened = psutil.Process().num_fds()
    assert files.get("key") is None
    files.put("key", PROGRAM)
    assert files.get("key") == (None if damage is make_folder else PROGRAM)
    assert psutil.Process().num_fds() == opened
    assert len(list(folder.iterdir())) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_file_of_somebody_else(files: ProgramFiles, folder: Path) -> None:
    files.put("key", PROGRAM)
    os.chown(the_file(folder), 12345, 12345)
    assert files.get("key") is None


@pytest.mark.parametrize("step", ["open", "replace", "unlink", "utime", "scandir"])
def test_whatever_the_system_refuses(
    step: str, files: ProgramFiles, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, step, refuse)
        files.put("key", PROGRAM)
        assert files.get("key") in (None, PROGRAM)
    files.put("key", PROGRAM)
    assert files.get("key") == PROGRAM


def test_a_full_disk(files: ProgramFiles, folder: Path) -> None:
    """A file may not become as large as a program is: the system writes a part of it."""
    child = (
        "import os, resource, sys\n"
        "from pathlib import Path\n"
        "from nnuniverse.program_cache import ProgramFiles\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "folder = Path(sys.argv[1])\n"
        "ProgramFiles(os.open(folder, os.O_RDONLY), 'here', folder).put('key', bytes(10_000))\n"
    )
    subprocess.run([sys.executable, "-c", child, str(folder)], check=True)
    assert list(folder.iterdir()) == []
    assert files.get("key") is None


def test_the_folder_may_go(files: ProgramFiles, folder: Path) -> None:
    files.put("key", PROGRAM)
    shutil.rmtree(folder)
    files.put("other", PROGRAM)
    assert files.get("key") is None


def test_what_is_not_used_goes_first(
    files: ProgramFiles, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program_files, "MOST_BYTES", 5 * len(PROGRAM))
    monkeypatch.setattr(program_files, "LOOK_BYTES", len(PROGRAM))
    (folder / "mine.txt").write_bytes(bytes(100_000))
    for number in range(4):
        files.put(f"key-{number}", PROGRAM)
    (folder / ".killed.program").write_bytes(PROGRAM)
    for age, path in enumerate(sorted(folder.iterdir())):  # the temporary one comes first
        os.utime(path, (age, age))
    assert files.get("key-0") == PROGRAM  # the oldest but one, and used now
    files.put("key-4", PROGRAM)
    kept = [number for number in range(5) if files.get(f"key-{number}")]
    assert kept == [0, 2, 3, 4]
    assert (folder / "mine.txt").exists()
    assert not (folder / ".killed.program").exists()


def test_many_processes(folder: Path) -> None:
    """All write and read the same; nobody ever reads a part."""
    child = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from nnuniverse.program_cache import ProgramFiles\n"
        "folder = Path(sys.argv[1])\n"
        "files = ProgramFiles(os.open(folder, os.O_RDONLY), 'here', folder)\n"
        "for _ in range(100):\n"
        "    files.put('key', bytes(100_000))\n"
        "    assert files.get('key') == bytes(100_000)\n"
    )
    command = [sys.executable, "-c", child, str(folder)]
    children = [subprocess.Popen(command) for _ in range(4)]
    assert [one.wait() for one in children] == [0, 0, 0, 0]
    assert len(list(folder.iterdir())) == 1
