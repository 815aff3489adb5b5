"""How many processors may be used, from what the system and the environment say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nnuniverse import processors
from nnuniverse.processors import usable_processors


@pytest.fixture(autouse=True)
def sixteen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with 16 processors, in no container, whose user has said nothing."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)), raising=False)
    monkeypatch.setattr(processors, "CGROUPS", tmp_path)
    monkeypatch.delenv("NPROC", raising=False)


def test_all_of_them() -> None:
    assert usable_processors() == 16


def test_those_that_a_process_is_kept_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 5})
    assert usable_processors() == 2


def test_as_many_as_there_are_where_nobody_is_kept_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_processors() == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max 100000", 16),
        ("400000 100000", 4),
        ("250000 100000", 3),
        ("1000 100000", 1),
        ("3200000 100000", 16),
        ("0 0", 16),
        ("", 16),
        ("nonsense", 16),
    ],
)
def test_quota_of_a_container(text: str, expected: int, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(f"{text}\n")
    assert usable_processors() == expected


@pytest.mark.parametrize(("quota", "expected"), [("-1", 16), ("150000", 2), ("800000", 8)])
def test_quota_of_an_older_container(quota: str, expected: int, tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert usable_processors() == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("3", 3), ("99", 16), ("0", 16), ("-2", 16), ("two", 16), ("", 16)]
)
def test_what_the_user_says(text: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPROC", text)
    assert usable_processors() == expected
