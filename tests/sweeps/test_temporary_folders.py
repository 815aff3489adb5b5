"""What a sweep keeps in temporary folders goes with it, or with the next one."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_runs import make_sweep

from nnuniverse.sweeps.engines.temporary import LONGEST_SOCKET, make_folder

NOBODY = 2**22 + 1
"""No process has a number beyond the largest that Linux gives."""

KILLED = """
import os, signal, sys
from multiprocessing import get_context
from nnuniverse.sweeps import ProcessEngine, Task
engine = ProcessEngine(workers=1, cores=1, hang_seconds=60.0)
engine._context.set_forkserver_preload([])
engine.submit(Task(None, None, None, "hash", None, (), 0))
engine.wait(0.0)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short path: that of a socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_what_a_killed_sweep_has_left_goes_with_the_next(
    data_file: Path, tmp_path: Path, short: Path, warm: Path
) -> None:
    environment = os.environ | {"TMPDIR": str(short)}
    subprocess.run([warm / "python", "-c", KILLED], env=environment, check=False)
    assert [path for path in short.iterdir() if not path.name.startswith("nnu-")] == []
    assert [path.name[:12] for path in short.iterdir() if list(path.glob("pymp-*"))]

    sweep = tmp_path / "sweep.yaml"
    sweep.write_text(json.dumps(make_sweep(data_file, seeds=1).model_dump(mode="json")))
    command = [warm / "nnu", "sweep", str(sweep), "--out", str(tmp_path)]
    subprocess.run(command, env=environment, check=True)
    assert list(short.iterdir()) == []


def test_only_folders_of_the_dead_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for owner in (str(NOBODY), str(os.getppid()), "x"):
        (tmp_path / f"nnu-sockets-{owner}-a").mkdir()
        (tmp_path / f"nnu-other-{owner}-a").mkdir()
    mine = make_folder("sockets")
    assert mine is not None
    left = {path.name for path in tmp_path.glob("nnu-sockets-*")}
    assert left == {mine.name, f"nnu-sockets-{os.getppid()}-a", "nnu-sockets-x-a"}
    assert len(list(tmp_path.glob("nnu-other-*"))) == 3


def test_a_long_path_costs_no_sweep(
    data_file: Path, tmp_path: Path, short: Path, warm: Path
) -> None:
    """Where there is just room for the socket of multiprocessing itself."""
    room = LONGEST_SOCKET - len("/pymp-12345678/listener-12345678")
    long = short / ("x" * (room - len(str(short)) - 1))
    long.mkdir()
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text(json.dumps(make_sweep(data_file, seeds=1).model_dump(mode="json")))
    command = [warm / "nnu", "sweep", str(sweep), "--out", str(tmp_path)]
    subprocess.run(command, env=os.environ | {"TMPDIR": str(long)}, check=True)
    assert list(long.iterdir()) == []
