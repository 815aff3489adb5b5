"""What is printed fits the terminal, a real one, also if that changes its width."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from rich.cells import cell_len
from test_progress import FOLDER, MEASURED, begin, segment
from test_sweep_progress import plan, task

from nnuniverse.cli import main
from nnuniverse.cli.display.progress import progress
from nnuniverse.cli.display.sweep_progress import sweep_progress
from nnuniverse.config import config_template

pty = pytest.importorskip("pty")

CONTROL = re.compile(r"\x1b\[[\d;?]*[A-Za-z]|\r|\n")
LINE_UP, ERASED = "\x1b[1A", "\x1b[2K"


class RealTerminal:
    """A terminal that this process writes to, and what it has written."""

    def __init__(self) -> None:
        self._master, self.descriptor = pty.openpty()
        self.written = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def resize(self, columns: int) -> None:
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))

    def close(self) -> None:
        os.close(self.descriptor)
        self._reader.join()
        os.close(self._master)

    @property
    def text(self) -> str:
        return self.written.decode()

    @property
    def lines(self) -> list[str]:
        """What is between controls."""
        return CONTROL.split(self.text)

    def _read(self) -> None:
        with suppress(OSError):  # the other end is closed
            while block := os.read(self._master, 65536):
                self.written += block


@contextmanager
def real_terminal(columns: int) -> Iterator[RealTerminal]:
    """Let stdout and stderr, and their descriptors, be a terminal."""
    screen = RealTerminal()
    screen.resize(columns)
    kept = [os.dup(number) for number in (1, 2)]
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("COLUMNS")
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(screen.descriptor, number)
            stream = os.fdopen(number, "w", encoding="utf-8", closefd=False, buffering=1)
            environment.setattr(sys, name, stream)
        try:
            yield screen
            sys.stdout.flush()
        finally:
            for number, descriptor in zip((1, 2), kept, strict=True):
                os.dup2(descriptor, number)
                os.close(descriptor)
            screen.close()


def nnu_there(*arguments: str) -> None:
    """Run a command, whose output goes where stdout and stderr lead."""
    with mock.patch.object(sys, "argv", ["nnu", *arguments]), suppress(SystemExit):
        main()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_training_and_what_comes_of_it_fit(
    width: int, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    parts = {}
    for name, arguments in {
        "train": ("train", str(config)),
        "runs": ("runs",),
        "analyze": ("analyze", "RUN", "--resamples", "99"),
    }.items():
        run = next(Path("runs").glob("tiny/*"), Path())
        with real_terminal(width) as screen:
            nnu_there(*(str(run) if word == "RUN" else word for word in arguments))
        assert max(map(cell_len, screen.lines)) <= width, name
        parts[name] = screen.text
    assert "╭─ 4-3-3, 2 replicas" in parts["train"]
    assert "4 of 4 snapshots; means over 2 replicas" in parts["train"]
    assert "compiling" in parts["train"]
    assert str(run) in parts["runs"]
    assert "complete" in parts["runs"]
    for beta in ("0.5", "1", "1.4"):
        assert f"thermodynamics at beta={beta}, " in parts["analyze"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_what_a_sweep_prints_fits(
    width: int, swept: Any, nnu: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    of_sweep = ("sweep", swept.file, "--out", swept.root)
    for arguments in (
        (*of_sweep, "--status"),
        (*of_sweep, "--dry-run"),
        ("rank", swept.folder, "boundary_loss.final"),
    ):
        result = nnu(*arguments)
        assert result.code == 0
        assert max(map(cell_len, result.out.splitlines())) <= width, arguments


def test_the_template_fits_and_stays_what_it_is(
    nnu: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    printed = nnu("config", "template").out
    assert max(map(cell_len, printed.splitlines())) <= 60
    assert yaml.safe_load(printed) == yaml.safe_load(config_template())
    words = (text.replace("#", "").split() for text in (printed, config_template()))
    assert len({tuple(sorted(of)) for of in words}) == 1


@pytest.mark.parametrize(("width", "then"), [(120, 60), (80, 50), (60, 120)])
def test_the_panel_survives_another_width(width: int, then: int) -> None:
    with real_terminal(width) as screen, progress() as display:
        begin(display)
        display.segment(segment(0, 1, **MEASURED))
        screen.resize(then)
        display.segment(segment(2, 1500, **MEASURED))
        display.message("drawn")
    *_, first, last = re.split(r"(?=╭─)", screen.text.split("drawn")[0])
    height = first.count("\n") + 1
    pieces = -(-width // then)  # of every line, as a terminal wraps those that are too long
    assert first.count(LINE_UP) == height * pieces - 1
    assert first.count(ERASED) >= height * pieces
    assert max(map(cell_len, CONTROL.split(last))) == then
    assert "1500/30000" in last


def test_the_last_state_stays_if_the_run_is_stopped() -> None:
    with real_terminal(80) as screen, progress() as display:
        begin(display)
        display.segment(segment(0, 700, **MEASURED))
    end = screen.text.rpartition("\x1b[2K")[2]
    assert end.count("╭─") == end.count("╰─") == 1
    assert "700/30000" in end
    assert str(FOLDER) in end


def test_the_last_state_of_a_sweep_stays_if_it_is_stopped() -> None:
    one, other = task("a"), task("b" * 30)
    with real_terminal(60) as screen, sweep_progress() as display:
        display.begin(plan(one, other))
        for begun in (one, other):
            display.started(begun, 1)
            display.progress(begun, 7)
    end = screen.text.rpartition("\x1b[2K")[2]
    assert end.count("╭─ sweep made") == end.count("╰─") == 1
    assert end.count("epoch 7/100") == 2
    assert max(map(cell_len, screen.lines)) <= 60


def test_nothing_stays_if_the_run_is_over() -> None:
    with real_terminal(80) as screen, progress() as display:
        begin(display, epochs=700)
        display.segment(segment(0, 700, **MEASURED))
    assert not screen.text.rpartition("\x1b[2K")[2].strip()


def test_the_cursor_is_never_left_hidden() -> None:
    """A second Ctrl-C ends the process at once."""
    with real_terminal(80) as screen, progress() as display:
        begin(display)
        shown = screen.text.rpartition("\x1b[?25l")
    assert not shown[0] or "\x1b[?25h" in shown[2]
