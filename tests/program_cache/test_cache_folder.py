"""Where programs are kept, and which folders are not trusted: one line says why."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from nnuniverse.program_cache import ENVIRONMENT_VARIABLE, cache_folder, in_jax, program_cache


def test_the_folder_is_made_for_its_user_alone(chosen: Path) -> None:
    assert program_cache() is not None
    assert chosen.stat().st_mode & 0o777 == 0o700


def test_the_users_cache_by_default(chosen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(chosen))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder.cache_path() == chosen / "nnuniverse"


@pytest.mark.parametrize("name", [ENVIRONMENT_VARIABLE, "JAX_COMPILATION_CACHE_DIR"])
def test_off(
    name: str, chosen: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(name, "off")
    assert program_cache() is None
    assert not chosen.exists()
    assert caplog.records == []


def a_file(path: Path) -> None:
    path.write_text("")


def in_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("")


def made(mode: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.mkdir()
        path.chmod(mode)

    return make


def a_link_to_a_folder_of_all(path: Path) -> None:
    made(0o777)(path.with_name("of all"))
    path.symlink_to(path.with_name("of all"))


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file": (a_file, "must be a folder, but is something else, or in something else. Try"),
    "in a file": (in_a_file, "must be a folder, but is something else, or in something else. Try"),
    "a link to nothing": (a_link_to_nothing, "must be a folder, but is something else"),
    "writable by all": (made(0o777), "others can write there. Try "),
    "writable by all, as /tmp": (made(0o1777), "others can write there. Try "),
    "writable by a group": (made(0o770), "must be writable by you alone, but others can write"),
    "a link to such": (a_link_to_a_folder_of_all, "others can write there. Try "),
}


@pytest.mark.parametrize(("make", "told"), WRONG.values(), ids=WRONG)
def test_folders_that_are_not_used(
    make: Callable[[Path], object],
    told: str,
    tmp_path: Path,
    chosen: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(place / "cache"))
    make(place / "cache")
    refused(told, caplog)


@pytest.mark.parametrize("named", ["", "relative/folder", "./x", "~/programs", "OFF", "0"])
def test_names_of_no_folder(
    named: str, chosen: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, named)
    refused(f"must be `off` or a path that starts at the root, but is {named!r}. Try", caplog)


def refused(told: str, caplog: pytest.LogCaptureFixture) -> None:
    """Check that there is no cache, of which one line tells once; no descriptor stays open."""
    opened = psutil.Process().num_fds()
    with caplog.at_level(logging.WARNING):
        assert program_cache() is None
        assert program_cache() is None
    (record,) = caplog.records
    line = record.getMessage()
    assert line.startswith(
        "nnu: compiled programs are not kept: the environment variable NNU_CACHE must "
    )
    assert told in line
    assert line.endswith("NNU_CACHE=DIR or NNU_CACHE=off.")
    assert "\n" not in line
    assert psutil.Process().num_fds() == opened


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_the_folder_of_somebody_else(chosen: Path, caplog: pytest.LogCaptureFixture) -> None:
    made(0o700)(chosen)
    os.chown(chosen, 12345, 12345)
    refused("must be writable by you alone, but belongs to somebody else. Try", caplog)


def test_a_folder_that_cannot_be_written(
    chosen: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    refused("must be a folder to write to, but cannot be written. Try", caplog)


def test_a_folder_that_cannot_be_made(
    chosen: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "/proc/nnuniverse")
    refused("must be a folder to write to, but is not: No such file or directory. Try", caplog)


def test_no_home(
    chosen: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: Path("~/nnuniverse"))
    assert program_cache() is None
    assert "the cache folder '~/nnuniverse' must be `off` or a path" in caplog.text


def test_a_link_to_a_folder_of_ones_own(tmp_path: Path, chosen: Path) -> None:
    made(0o755)(tmp_path / "scratch")
    chosen.symlink_to(tmp_path / "scratch")
    assert program_cache() is not None


def test_a_folder_that_others_exchange_is_not_followed(tmp_path: Path, chosen: Path) -> None:
    """In a folder that others can write, they can put another in the place of the one checked."""
    files = program_cache()
    assert files is not None
    files.put("key", b"mine")
    chosen.rename(tmp_path / "moved")
    made(0o777)(chosen)
    assert files.get("key") == b"mine"
    files.put("other", b"mine")
    assert list(chosen.iterdir()) == []


def test_a_machine_that_is_not_known(chosen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_jax, "processor", lambda: None)
    assert program_cache() is None
