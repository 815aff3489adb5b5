"""``nnu`` as a process: entry points, terminals, and streams that cannot be written."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

import nnuniverse
from nnuniverse.cli import main

pty = pytest.importorskip("pty")

NNU = [sys.executable, "-m", "nnuniverse"]
ESCAPE = "\x1b"


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([*NNU, *arguments], text=True, check=False, **streams)


def run_on_terminal(*arguments: str, **variables: str) -> str:
    """Return what ``nnu`` writes to a terminal of its own."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*NNU, *arguments],
        stdout=slave,
        stderr=slave,
        env={**os.environ, "COLUMNS": "200", **variables},
    )
    os.close(slave)
    written = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while block := os.read(master, 65536):
            written += block
    os.close(master)
    assert process.wait() == 0
    return written.decode()


def a_run() -> Path:
    folder = Path("runs/name/20260102T030405Z-0123abcd")
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("seed: 3\n")
    return folder


def test_the_package_runs_as_a_module() -> None:
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"nnuniverse {nnuniverse.__version__}\n"


def test_the_command_is_installed() -> None:
    (command,) = entry_points(group="console_scripts", name="nnu")
    assert command.load() is main


def test_help_lists_the_commands(nnu: Callable[..., Any]) -> None:
    result = nnu("--help")
    assert (result.code, result.err) == (0, "")
    for command in ("train", "runs", "config", "data"):
        assert f"  {command} " in result.out


def test_an_unknown_command(nnu: Callable[..., Any]) -> None:
    result = nnu("trian")
    assert (result.code, result.out) == (2, "")
    assert "trian" in result.err.splitlines()[-1]


def test_an_error_in_a_process() -> None:
    done = run("train", "none.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nnu: CONFIG 'none.yaml' must be a readable file")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_colour_on_a_terminal_only_if_wanted(variables: dict[str, str]) -> None:
    a_run()
    written = run_on_terminal("runs", **variables)
    assert "resumable" in written
    assert (ESCAPE in written) == (not variables)


def test_no_colour_in_a_pipe() -> None:
    folder = a_run()
    done = run("runs")
    assert ESCAPE not in done.stdout + done.stderr
    assert done.stdout.splitlines()[1].startswith(str(folder))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["config", "template"], ["runs", "--json"]], ids=" ".join)
def test_a_full_disk_behind_stdout(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(*arguments, stdout=full)
    assert done.returncode == 1
    assert done.stderr.startswith("nnu: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["config", "schema"], ["runs"]], ids=" ".join)
def test_a_reader_that_has_gone_away(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run(*arguments, stdout=writing)
    finally:
        os.close(writing)
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [["analyze"], ["plot", "moments"], ["report"]], ids=lambda words: words[0]
)
def test_what_reads_a_run_loads_no_jax(copied: Callable[[], Path], arguments: list[str]) -> None:
    """Both take longer to load than most runs take to read."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *NNU[1:], *arguments, str(copied())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "nnuniverse.analysis" in loaded
    assert not {"jax", "xarray"} & loaded
