"""The parts of a sweep, computed by jobs of their own: whoever ends last writes the tables."""

from __future__ import annotations

import itertools
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import xarray as xr
from made_runs import Heard, MemoryEngine, make_run, make_sweep

from nnuniverse.config import SweepConfig
from nnuniverse.errors import NotWritableError
from nnuniverse.sweeps import Part, Plan, Report, SweepFolder, Task, run_sweep, scheduling
from nnuniverse.sweeps.parts import PartRecord

RATES = [0.1, 0.2, 0.3, 0.4]
PARTS = 3


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "BUSY_SECONDS", 0.0)


@pytest.fixture
def sweep(data_file: Path) -> SweepConfig:
    return make_sweep(data_file, axes={"train.learning_rate": RATES}, seeds=[0, 2])


def complete(task: Task) -> Report:
    return Report("complete", run=str(make_run(task.config, task.folder.root)))


def fail(task: Task) -> Report:
    return Report("failed", reason="no luck")


def rate(task: Task) -> float:
    return task.config.train.learning_rate


def run(
    sweep: SweepConfig,
    root: Path,
    number: int,
    answer: Callable[[Task], Report] = complete,
    **how: Any,
) -> Plan:
    engine = MemoryEngine(answer)
    part = Part(number, PARTS)
    plan, _ = run_sweep(sweep, root, engine, Heard(), part=part, retries=0, **how)
    assert {rate(task) for task in engine.tasks} <= set(RATES[number::PARTS])
    assert {task.point.number for task in plan.tasks} == set(range(number, len(RATES), PARTS))
    return plan


def table(folder: SweepFolder) -> dict[float, int]:
    """How many replicas of each rate ``sweep.h5`` has, which must agree with ``sweep.csv``."""
    with xr.open_dataset(folder.results, engine="h5netcdf") as dataset:
        ended = (dataset["trained_epochs"] > 0).sum("replica")
        found = dict(zip(dataset.learning_rate.values.tolist(), ended.values.tolist(), strict=True))
    assert len(folder.table.read_text().splitlines()) == 1 + sum(found.values())
    return found


# --- one after another -------------------------------------------------------------------------


@pytest.mark.parametrize("order", itertools.permutations(range(PARTS)))
def test_the_last_writes_the_tables(
    sweep: SweepConfig, tmp_path: Path, order: tuple[int, ...]
) -> None:
    for number in order:
        folder = SweepFolder(tmp_path / sweep.name)
        assert not folder.results.exists() and not folder.table.exists()
        plan = run(sweep, tmp_path, number)
        assert plan.todo == []
    assert table(folder) == dict.fromkeys(RATES, 2)
    plan, _ = run_sweep(sweep, tmp_path, engine := MemoryEngine(complete), heard := Heard())
    assert engine.tasks == [] and heard.messages == []


@pytest.mark.parametrize("failing", range(PARTS))
def test_failures_hold_nothing_up(sweep: SweepConfig, tmp_path: Path, failing: int) -> None:
    for number in range(PARTS):
        plan = run(sweep, tmp_path, number, fail if number == failing else complete)
        assert bool(plan.todo) == (number == failing)
    there = {rate: 0 if n % PARTS == failing else 2 for n, rate in enumerate(RATES)}
    assert table(plan.folder) == there
    # The one job that has failed is submitted again, and nobody else.
    run(sweep, tmp_path, failing)
    assert table(plan.folder) == dict.fromkeys(RATES, 2)


def test_a_part_that_is_stopped_leaves_the_tables_to_its_next_job(
    sweep: SweepConfig, tmp_path: Path
) -> None:
    for number in range(PARTS - 1):
        run(sweep, tmp_path, number)
    plan = run(sweep, tmp_path, PARTS - 1, stop=lambda: True)
    assert plan.todo and not plan.folder.results.exists()
    run(sweep, tmp_path, PARTS - 1)
    assert table(plan.folder) == dict.fromkeys(RATES, 2)


def test_a_sweep_that_was_changed_begins_anew(sweep: SweepConfig, tmp_path: Path) -> None:
    for number in range(PARTS):
        folder = run(sweep, tmp_path, number).folder
    before = folder.results.read_bytes()
    more = sweep.model_copy(update={"seeds": (0, 2, 4)})
    for number in range(PARTS):
        assert folder.results.read_bytes() == before, "the others have not begun yet"
        run(more, tmp_path, number)
    assert table(folder) == dict.fromkeys(RATES, 3)


def test_a_part_reads_only_its_own_runs_at_its_end(
    sweep: SweepConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(sweep, tmp_path, 0)
    read: list[str] = []
    opened = os.open

    def note(path: Any, *how: Any) -> int:
        read.append(str(path))
        return opened(path, *how)

    def answer(task: Task) -> Report:
        report = complete(task)
        read.clear()
        return report

    monkeypatch.setattr(os, "open", note)
    plan = run(sweep, tmp_path, 1, answer)
    monkeypatch.undo()
    mine = [task.found.folder.path for task in plan.tasks if task.found]
    runs = {path for path in read if f"/{sweep.name}/20" in path}
    assert runs and all(any(path.startswith(str(own)) for own in mine) for path in runs)


# --- at the same time --------------------------------------------------------------------------

BESIDE = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from made_runs import make_sweep
from nnuniverse.sweeps import Part, SweepFolder
from nnuniverse.sweeps.parts import PartRecord
rates = list(map(float, sys.argv[6:]))
sweep = make_sweep(Path(sys.argv[2]), axes={"train.learning_rate": rates}, seeds=[0, 2])
folder = SweepFolder(Path(sys.argv[3]))
with PartRecord(folder, sweep, Part(int(sys.argv[4]), int(sys.argv[5]))) as record:
    print("begun", flush=True)
    for line in sys.stdin:
        (folder.path / f"done-{sys.argv[4]}").touch()
        last = record.ends_last()
        print("last" if last else "not last", len(list(folder.path.glob("done-*"))), flush=True)
        sys.stdin.readline()
        break
"""
"""A part in a process of its own: it ends at the first line that it is told, its process at the
second."""


class Beside:
    def __init__(
        self, data_file: Path, folder: Path, number: int, of: int, python: str | Path
    ) -> None:
        arguments = [Path(__file__).parent, data_file, folder, number, of, *RATES]
        self.process = subprocess.Popen(
            [str(python), "-c", BESIDE, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> str:
        return self.process.stdout.readline().strip()

    def tell(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()


@pytest.fixture
def beside(data_file: Path, tmp_path: Path, warm: Path) -> Iterator[Callable[..., Beside]]:
    started: list[Beside] = []

    def start(number: int, of: int = PARTS, python: str | Path = warm / "python") -> Beside:
        (tmp_path / "made").mkdir(exist_ok=True)
        started.append(Beside(data_file, tmp_path / "made", number, of, python))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def test_while_another_is_computed_nothing_is_written(
    sweep: SweepConfig, tmp_path: Path, beside: Callable[..., Beside]
) -> None:
    other = beside(2)
    assert other.hear() == "begun"
    for number in (0, 1):
        folder = run(sweep, tmp_path, number).folder
    assert not folder.results.exists()
    other.tell()
    assert other.hear().startswith("last"), "it is the one that writes them"


def test_one_that_was_killed_is_not_waited_for(
    sweep: SweepConfig, tmp_path: Path, beside: Callable[..., Beside]
) -> None:
    other = beside(2, python=sys.executable)  # the very process, which can be killed
    assert other.hear() == "begun"
    os.kill(other.process.pid, signal.SIGKILL)
    other.process.wait()
    for number in (0, 1):
        folder = run(sweep, tmp_path, number).folder
    assert table(folder) == {0.1: 2, 0.2: 2, 0.3: 0, 0.4: 2}


def waits(record: Path) -> bool:
    """Return whether a process waits for a lock on the file, as Linux tells; else False."""
    locks, inode = Path("/proc/locks"), f":{record.stat().st_ino} "
    told = locks.read_text().splitlines() if locks.exists() else []
    return any("->" in line and inode in line for line in told)


def test_one_that_begins_waits_until_the_tables_are_written(
    beside: Callable[..., Beside], tmp_path: Path
) -> None:
    first = beside(0, of=1)
    assert first.hear() == "begun"
    first.tell()
    assert first.hear().startswith("last")
    (record,) = (tmp_path / "made").glob(".parts-*")
    second = beside(0, of=1)
    until = time.monotonic() + 3.0  # for systems that do not tell
    while time.monotonic() < until and not waits(record):
        time.sleep(0.02)
    said, _, _ = select.select([second.process.stdout], [], [], 0.1)
    assert not said and second.process.poll() is None
    first.tell()
    assert second.hear() == "begun"


def test_the_same_part_twice_at_once(beside: Callable[..., Beside]) -> None:
    one, two = beside(0, of=1), beside(0, of=1)
    assert one.hear() == two.hear() == "begun"
    one.tell()
    assert one.hear() == "not last 1"
    two.tell()
    assert two.hear().startswith("last")


def test_of_those_that_end_at_once_one_sees_all_that_is_done(
    beside: Callable[..., Beside], tmp_path: Path
) -> None:
    for _ in range(8):
        parts = [beside(number) for number in range(PARTS)]
        assert [part.hear() for part in parts] == ["begun"] * PARTS
        for part in parts:
            part.tell()
        answers = [part.hear() for part in parts]
        assert f"last {PARTS}" in answers, answers
        for part in parts:
            part.process.communicate("\n")
        for path in [*(tmp_path / "made").glob("done-*"), *(tmp_path / "made").glob(".parts-*")]:
            path.unlink()


# --- what lies under its name ------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pipe", "link", "folder"])
def test_no_record_can_be_kept(sweep: SweepConfig, tmp_path: Path, kind: str) -> None:
    folder = SweepFolder(tmp_path)
    with PartRecord(folder, sweep, Part(0, 2)):
        (path,) = tmp_path.glob(".parts-*")
    path.unlink()
    make = {
        "pipe": os.mkfifo,
        "folder": os.mkdir,
        "link": lambda made: made.symlink_to("/dev/null"),
    }
    make[kind](path)
    with (
        pytest.raises(NotWritableError, match="must be writable"),
        PartRecord(folder, sweep, Part(0, 2)),
    ):
        pass
