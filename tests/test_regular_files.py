"""Opening what may be anything: regular files at once, all else refused at once."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from nnuniverse.regular_files import is_file, is_folder, open_own, open_regular, read_regular


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))  # whose path is short


NO_FILES: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a folder": Path.mkdir,
    "a socket": make_socket,
    "a link to nothing": lambda path: path.symlink_to("none"),
    "a link to itself": lambda path: path.symlink_to(path),
    "nothing": lambda path: None,
}


@pytest.mark.parametrize("make", NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_file_is_refused_at_once(
    make: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file"
    make(path)
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("a device may act on being opened"))
    for read in (open_regular, read_regular):
        with pytest.raises(OSError) as caught:
            read(path)
        assert caught.value.filename == str(path)
    assert not is_file(path)


def test_a_file_and_a_link_to_it_are_read(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"content")
    link.symlink_to(path)
    for one in (path, link, str(path)):
        assert read_regular(one) == read_regular(one, 7) == b"content"
        assert is_file(one)
    with pytest.raises(OSError, match="File too large"):
        read_regular(path, 6)


def test_a_file_that_claims_to_be_empty_is_limited_too() -> None:
    with pytest.raises(OSError, match="File too large"):
        read_regular("/proc/self/status", 10)


def test_own_files_are_added_to_and_no_link_is_followed(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    for part in (b"one ", b"two"):
        with open_own(path) as file:
            file.write(part)
    assert path.read_bytes() == b"one two"
    for target in (path, tmp_path / "none"):
        link.symlink_to(target)
        with pytest.raises(OSError, match="Is a link"):
            open_own(link)
        link.unlink()
    assert path.read_bytes() == b"one two"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
    os.mkfifo(link)
    with pytest.raises(OSError):
        open_own(link)


@pytest.mark.parametrize("path", ["x" * 300, "a\0b", "", "none/none"])
def test_asking_for_what_is_no_path_is_answered(path: str) -> None:
    assert not is_file(path)
    assert not is_folder(path)
