"""Machines that cannot run each other's code are told apart, and nothing else is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from nnuniverse.program_cache import processor as module
from nnuniverse.program_cache.processor import SAY_THREADS, processor, threads

ONE = """processor	: 0
vendor_id	: GenuineIntel
model name	: Intel(R) Xeon(R)
cpu MHz		: 2000.000
flags		: fpu avx avx2
"""


def described(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str | None:
    path = tmp_path / "cpuinfo"
    path.write_text(text)
    monkeypatch.setattr(module, "CPUINFO", path)
    monkeypatch.setattr("sys.platform", "linux")
    return processor()


def test_this_machine() -> None:
    assert processor()
    assert processor() == processor()


@pytest.mark.parametrize(
    ("change", "by", "same"),
    [
        ("2000.000", "1234.567", True),
        ("processor\t: 0", "processor\t: 7", True),
        ("avx2", "avx2 avx512f", False),
        ("GenuineIntel", "AuthenticAMD", False),
        ("Xeon(R)", "Xeon(R) Gold", False),
    ],
)
def test_what_decides(
    change: str, by: str, same: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = described(ONE, tmp_path, monkeypatch)
    second = described(ONE.replace(change, by), tmp_path, monkeypatch)
    assert (first == second) is same
    assert described(ONE + "\n" + ONE, tmp_path, monkeypatch) == first


def test_a_machine_with_two_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    big, little = "CPU part\t: 0xd08\n", "CPU part\t: 0xd03\n"
    both = described(big + little, tmp_path, monkeypatch)
    assert both == described(little + big, tmp_path, monkeypatch)
    assert both != described(big, tmp_path, monkeypatch)


@pytest.mark.parametrize("text", ["", "bogomips : 3\n"])
def test_nothing_said(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert described(text, tmp_path, monkeypatch) is None


def test_nothing_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(module, "CPUINFO", tmp_path / "absent")
    assert processor() is None


def test_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    told = subprocess.CompletedProcess((), 1, "machdep.cpu.brand_string: Apple M1\n", "")
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: told)
    assert processor() is not None
    assert "Apple M1" in processor()


@pytest.mark.parametrize(
    ("variables", "processors", "other_variables", "other_processors", "same"),
    [
        ({}, 2, {}, 2, True),
        ({}, 2, {}, 3, False),
        ({"NPROC": "1"}, 2, {"NPROC": "1"}, 3, True),
        ({"NPROC": "1"}, 2, {"NPROC": "2"}, 2, False),
        ({"NPROC": "1"}, 2, {"PJRT_NPROC": "2", "NPROC": "1"}, 2, False),
        ({"NPROC": "x"}, 2, {"NPROC": "x"}, 3, False),
    ],
)
def test_number_of_threads(
    variables: dict[str, str],
    processors: int,
    other_variables: dict[str, str],
    other_processors: int,
    same: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def told(given: dict[str, str], count: int) -> str:
        with monkeypatch.context() as patched:
            for name in SAY_THREADS:
                patched.delenv(name, raising=False)
            for name, value in given.items():
                patched.setenv(name, value)
            patched.setattr("os.sched_getaffinity", lambda _: range(count), raising=False)
            return threads()

    assert (told(variables, processors) == told(other_variables, other_processors)) is same
