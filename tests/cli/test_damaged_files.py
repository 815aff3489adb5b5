"""Files that are not what was written, through every command that reads a run."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import h5py
import numpy as np
import pytest
from changing import GENERATORS, changed, damaged, unseal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Nnu = Callable[..., object]
Refused = Callable[..., str]

READING = [
    ("analyze",),
    ("plot", "loss"),
    ("report",),
    ("spectrum",),
    ("measure",),
    ("train", "--resume"),
]


@pytest.fixture(scope="module")
def kept(nnu: Nnu, config: Path, shared: Path) -> Path:
    """A run that kept its weights; nobody writes into it."""
    wanted = ["observe.weights=snapshots", "observe.observables=[mu2,boundary_loss]"]
    return nnu("train", config, *wanted, "--out", shared / "kept").folder


@pytest.fixture
def run(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "runs" / "tiny" / kept.name))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def swap(path: Path) -> None:
    """Swap two numbers: what is left is as good as any other file, but for its digest."""
    with h5py.File(path) as file:
        start, size = file["mu2"].id.get_offset(), file["mu2"].dtype.itemsize
    one, other = slice(start, start + size), slice(start + size, start + 2 * size)
    content = bytearray(path.read_bytes())
    assert content[one] != content[other]
    content[one], content[other] = content[other], content[one]
    path.write_bytes(content)


def enlarge(path: Path) -> None:
    with changed(path) as file:
        file.create_dataset("large", (2, 2**46))
    unseal(path)


def borrow(path: Path) -> None:
    """Take the values from a file that has them."""
    lender = Path(shutil.copy(path, path.parent.parent.parent / "lender.h5"))
    unseal(lender)
    with changed(path) as file:
        del file["mu2"]
        file["mu2"] = h5py.ExternalLink(str(lender), "/mu2")


def confuse(path: Path) -> None:
    with changed(path) as file:
        file["snapshot"][...] = file["snapshot"][()][::-1]


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("damage", [cut, swap, enlarge, borrow, confuse, pipe])
def test_every_command_says_so_in_one_line(
    damage: Callable[[Path], None], run: Path, nnu: Nnu, refused: Refused
) -> None:
    damage(run / "results.h5")
    for command in READING:
        assert repr(str(run / "results.h5")) in refused(*command, run, code=1)
    assert sorted(path.name for path in run.parent.iterdir()) == [run.name]
    (listed,) = json.loads(nnu("runs", "--json", "--out", run.parent.parent).out)
    assert listed["status"] == "unreadable"


@pytest.mark.parametrize("network", [None, 3, np.arange(3), np.bytes_(b"\xff")])
def test_no_name_of_the_net(network: object, run: Path, refused: Refused) -> None:
    with changed(run / "results.h5") as file:
        del file.attrs["network"]
        if network is not None:
            file.attrs["network"] = network
    for command in READING[:3]:
        assert repr(str(run / "results.h5")) in refused(*command, run, code=1)


@pytest.mark.parametrize("units", [None, "one", -1, 1.5, np.arange(2)])
def test_an_odd_number_of_exact_eigenvalues(
    units: object, copied: Callable[[], Path], refused: Refused
) -> None:
    run = copied()
    with changed(run / "results.h5") as file:
        del file["log_eigenvalues"].attrs["unit_eigenvalues"]
        if units is not None:
            file["log_eigenvalues"].attrs["unit_eigenvalues"] = units
    for command in (("analyze",), ("plot", "spectrum")):
        assert repr(str(run / "results.h5")) in refused(*command, run, code=1)


def test_a_run_that_is_held_open_is_read(run: Path, nnu: Nnu) -> None:
    with (run / "results.h5").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for command in (("analyze",), ("plot", "loss"), ("train", "--resume")):
            assert nnu(*command, run).code == 0, command
        (listed,) = json.loads(nnu("runs", "--json", "--out", run.parent.parent).out)
        assert listed["status"] == "complete"


def test_a_run_is_read_where_nothing_can_be_locked(
    run: Path, nnu: Nnu, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    unseal(run / "results.h5")
    monkeypatch.setattr(fcntl, "flock", refuse)
    assert nnu("plot", "loss", run).code == 0


def test_a_sweep_names_the_run_that_is_in_use(swept: object, tmp_path: Path, nnu: Nnu) -> None:
    root = Path(shutil.copytree(swept.root, tmp_path / "sweeps"))
    first, *_ = sorted(root.glob("swept/*/results.h5"))
    with first.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.truncate(first, 9000)
        result = nnu("sweep", swept.file, "--out", root)
        assert result.code == 1
        line = result.err.splitlines()[-1]
        assert "seeds 0-1 is open for writing in another program. Try the same again" in line
        shown = nnu("sweep", swept.file, "--status", "--out", root)
        assert "in use" in shown.out
    assert len(list(root.glob("swept/*/results.h5"))) == 2, "nothing is computed again"


# --- any damage, in a process of its own ---------------------------------------------------------

SERVER = """
import contextlib, io, json, sys
from nnuniverse.cli import main
for line in iter(sys.stdin.readline, ""):
    sys.argv = ["nnu", *json.loads(line)]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code or 0
    print(json.dumps([code, err.getvalue()]), flush=True)
assert "jax" not in sys.modules
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Callable[..., tuple[int, str]]]:
    """Run commands in a process that loads no JAX; ends the tests if it dies."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def command(*words: object) -> tuple[int, str]:
        print(json.dumps([str(word) for word in words]), file=process.stdin, flush=True)
        answer = process.stdout.readline()
        assert answer, f"it died with {process.wait()}"
        code, err = json.loads(answer)
        return code, err

    yield command
    process.communicate()
    assert process.returncode == 0, "a quick command has loaded JAX"


def answer_to(run: Path, content: bytes, server: Callable[..., tuple[int, str]]) -> set[int]:
    """Return the exit codes of commands on ``run`` with the results ``content``."""
    (run / "results.h5").write_bytes(content)
    codes = set()
    for command in (("analyze", run), ("plot", "loss", run), ("runs", "--out", run.parent.parent)):
        code, err = server(*command)
        lines = [line for line in err.splitlines() if line.startswith("nnu: ")]
        # 2: what the results say of their config may be another one now.
        assert code in (0, 1, 2, 3) and (code == 0 or len(lines) == 1), err
        codes |= {code} if command[0] != "runs" else set()
    return codes


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random=GENERATORS, sealed=st.booleans())
def test_any_damage_is_survived(
    random: Random,
    sealed: bool,
    kept: Path,
    tmp_path_factory: pytest.TempPathFactory,
    server: Callable[..., tuple[int, str]],
) -> None:
    run = tmp_path_factory.getbasetemp() / "damaged" / "tiny" / kept.name
    if not run.exists():
        shutil.copytree(kept, run)
    whole = (kept / "results.h5").read_bytes()[0 if sealed else 512 :]
    codes = answer_to(run, damaged(whole, random), server)
    if sealed:
        assert codes == {1}


@pytest.mark.parametrize("name", ["complexity_n", "snapshot", "mu2"])
def test_a_dimension_that_is_gone(name: str, nnu: Nnu, copied: Callable[[], Path]) -> None:
    """Resuming a run that has ended shows its table, whatever has become of the file."""
    folder = copied()
    with changed(folder / "results.h5") as file:
        if name == "mu2":
            file["mu2"].attrs["DIMENSION_LIST"] = 3
        else:
            del file[name]
    result = nnu("train", "--resume", folder)
    assert result.code == 1
    assert result.out == ""
    assert "must be the results of a run, but" in result.err.splitlines()[-1]


@pytest.mark.parametrize("shape", [(0, 4, 784), (2, 4, 784), (784,), (1, 784, 4)])
@pytest.mark.parametrize(
    "command", [("spectrum",), ("ensemble",), ("ensemble", "--epoch", "1"), ("measure",)]
)
def test_weights_of_another_shape(
    command: tuple[str, ...], shape: tuple[int, ...], run: Path, refused: Refused
) -> None:
    with changed(run / "results.h5") as file:
        for name, whole in {"weights_1": shape, "snapshot_weights_1": (*shape[:1], *shape)}.items():
            del file[name]
            file[name] = np.zeros(whole, np.float32)
    assert "weights_1` of results.h5 must" in refused(*command, run, code=1)


@pytest.mark.parametrize("dtype", ["S1", "int64", "uint8"])
@pytest.mark.parametrize(
    "command", [("spectrum",), ("ensemble",), ("ensemble", "--epoch", "1"), ("measure",)]
)
def test_weights_that_are_no_numbers(
    command: tuple[str, ...], dtype: str, run: Path, refused: Refused
) -> None:
    with changed(run / "results.h5") as file:
        for name in ("weights_1", "snapshot_weights_1"):
            values = np.ones(file[name].shape, dtype)
            del file[name]
            file[name] = values
    assert "floating point numbers, but" in refused(*command, run, code=1)


@pytest.mark.parametrize("axis", ["replica", "snapshot"])
def test_results_of_nothing(axis: str, run: Path, refused: Refused) -> None:
    with changed(run / "results.h5") as file:
        there = {name: data for name, data in file.items() if name != axis}
        for name, data in there.items():
            places = [k for k, dim in enumerate(data.dims) if len(dim) and dim[0] == file[axis]]
            if places:
                values = np.take(data[()], [], axis=places[0])
                del file[name]
                file[name] = values
        del file[axis]
        file[axis] = np.empty(0, np.int64)
    for command in (*READING, ("ensemble",), ("ensemble", "--epoch", "0")):
        assert repr(str(run / "results.h5")) in refused(*command, run, code=1)
