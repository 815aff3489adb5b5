"""Running ``nnu`` inside the test process, and one finished and one diverged run to look at."""

from __future__ import annotations

import contextlib
import inspect
import io
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from quick_jit import quick_compilation
from tiny_data import save_tiny_data

from nnuniverse.cli import main


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def folder(self) -> Path:
        """The run folder that ``nnu train`` named on its last line."""
        return Path(self.out.splitlines()[-1].removeprefix("run folder: "))


Nnu = Callable[..., Result]


def _nnu(*arguments: object) -> Result:
    """Run ``nnu`` with ``arguments``; an exception that would be a traceback goes through."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    asked = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with (
            mock.patch.object(sys, "argv", ["nnu", *map(str, arguments)]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            main()
    except SystemExit as stop:
        code = stop.code or 0
    finally:
        for number, handler in asked.items():
            signal.signal(number, handler)
    return Result(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def nnu() -> Nnu:
    """Run ``nnu`` with the arguments given."""
    return _nnu


@pytest.fixture(scope="session")
def refused() -> Callable[..., str]:
    """Run ``nnu``, which must say in one line why not, and print nothing else; return the line."""

    def run(*arguments: object, code: int = 2) -> str:
        result = _nnu(*arguments)
        assert result.code == code, result.err
        assert result.out == ""
        line = result.err.removesuffix("\n")
        assert line.startswith("nnu: ")
        assert " must " in line
        assert ". Try " in line
        assert line.isprintable(), "one line, and nothing that a terminal would obey"
        return line.removeprefix("nnu: ")

    return run


@pytest.fixture(autouse=True, scope="session")
def _environment() -> Iterator[None]:
    """Take away what a user may have set for a terminal, and have room for every table."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
            environment.delenv(name, raising=False)
        environment.setenv("TERM", "xterm-256color")
        environment.setenv("COLUMNS", "1000")
        yield


@pytest.fixture(scope="module", autouse=True)
def _sweeps_are_quick(request: pytest.FixtureRequest) -> None:
    """Let the processes of sweeps be forks that compile quickly, as all that is tested here."""
    if "swe" in inspect.getsource(request.module):  # else none is needed, which takes seconds
        request.getfixturevalue("quick_forks")


@pytest.fixture(autouse=True)
def _empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start every test in a folder of its own."""
    monkeypatch.chdir(tmp_path)


# --- data and configs --------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what the tests share and none of them changes."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="session")
def data_file(shared: Path) -> Path:
    """12 training and 6 test samples of 4 features and 3 classes."""
    return save_tiny_data(shared / "data.npz")


@pytest.fixture(scope="session")
def config(shared: Path, data_file: Path) -> Path:
    """A config that takes no time: the net 4-3-3 for three epochs."""
    path = shared / "tiny.yaml"
    content = {
        "name": "tiny",
        "replicas": 2,
        "data": {"kind": "npz", "path": str(data_file)},
        "network": {"hidden": [3]},
        "train": {"epochs": 3, "batch": 4},
        "observe": {"complexity_n": [2, 8]},
    }
    path.write_text(yaml.safe_dump(content))
    return path


# --- runs --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def finished(config: Path, shared: Path) -> Result:
    """A finished run of `config`; nobody writes into its folder."""
    with quick_compilation():  # whichever test asks first
        return _nnu("train", config, "--out", shared / "finished")


@pytest.fixture(scope="session")
def diverged(shared: Path) -> Result:
    """A run on the embedded digits that diverges at once, with its results as JSON."""
    path = shared / "diverging.yaml"
    content = {
        "name": "diverging",
        "seed": 7,
        "replicas": 2,
        "data": {"train_samples": 20, "test_samples": 10},
        "network": {"hidden": [], "activation": "identity"},
        "train": {"epochs": 3, "batch": 10, "learning_rate": 1e30},
        "observe": {"observables": ["mu2", "boundary_loss"], "complexity_n": []},
    }
    path.write_text(yaml.safe_dump(content))
    with quick_compilation():
        return _nnu("train", path, "--json", "--out", shared / "diverged")


@pytest.fixture
def copied(finished: Result, tmp_path: Path) -> Callable[[], Path]:
    """Copy the finished run, to be damaged, and return the folder of the copy."""

    def copy() -> Path:
        folder = tmp_path / "copies" / "tiny" / finished.folder.name
        folder.mkdir(parents=True)
        for file in finished.folder.iterdir():
            if file.is_file():
                (folder / file.name).write_bytes(file.read_bytes())
        return folder

    return copy


@pytest.fixture
def content() -> Callable[[Path], dict[str, tuple[bytes, int]]]:
    """Return bytes and time of every file below a folder."""

    def read(folder: Path) -> dict[str, tuple[bytes, int]]:
        return {
            str(file.relative_to(folder)): (file.read_bytes(), file.stat().st_mtime_ns)
            for file in folder.rglob("*")
            if file.is_file()
        }

    return read


# --- sweeps ------------------------------------------------------------------------------------

# Points differ by their number of epochs, for which one compiled program serves.
EPOCHS = {"train.epochs": [3, 4]}


@pytest.fixture(scope="session")
def make_sweep(config: Path, shared: Path) -> Callable[..., Path]:
    """Write a sweep of the tiny config, and return its path."""

    def make(name: str, **changed: Any) -> Path:
        path = shared / f"{name}.yaml"
        content = {"name": name, "base": config.name, "axes": EPOCHS, "seeds": 2, **changed}
        path.write_text(yaml.safe_dump(content))
        return path

    return make


@dataclass(frozen=True)
class Swept:
    """A finished sweep: its file, where its runs lie, and what it printed."""

    file: Path
    root: Path
    result: Any

    @property
    def folder(self) -> Path:
        return self.root / "swept"


@pytest.fixture(scope="session")
def swept(make_sweep: Callable[..., Path], shared: Path, nnu: Nnu) -> Swept:
    """A finished sweep; nobody writes into its folder."""
    file, root = make_sweep("swept"), shared / "sweeps"
    with quick_compilation():
        return Swept(file, root, nnu("sweep", file, "--out", root))


# --- terminals ---------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """Something that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> Iterator[Callable[[], Terminal]]:
    """Let stdout and stderr be one terminal, which is returned."""
    with contextlib.ExitStack() as stack:

        def become() -> Terminal:
            screen = Terminal()
            stack.enter_context(contextlib.redirect_stdout(screen))
            stack.enter_context(contextlib.redirect_stderr(screen))
            return screen

        yield become
