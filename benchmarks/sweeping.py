"""What a sweep adds to its runs, how well it fills two processors, and how quickly it restarts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from benchmarks.contest import ROUNDS, THREADS, Times
from nnuniverse.config import SweepConfig
from nnuniverse.config.load import read_mapping, validate
from nnuniverse.sweeps import ProcessEngine, Report, Task, plan_sweep, run_sweep
from nnuniverse.sweeps.engines.interface import Ended

POINTS = 1000
ALONE = 200
"""Of them, through the engine without a sweep."""

QUICKSTARTS, ALONE_STARTED = 20, 4
HANG_SECONDS = 600.0


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    with tempfile.TemporaryDirectory() as root:
        return _trivial(Path(root)) + _throughput(Path(root))


class _Stopwatch:
    """Keeps the seconds that workers spend on each run."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def started(self, task: Task, attempt: int) -> None:
        """A task has been given to a worker."""

    def progress(self, task: Task, epoch: int) -> None:
        """A task has done so many epochs."""

    def message(self, text: str) -> None:
        """Something happened that a person should know."""

    def ended(self, task: Task, report: Report, again: bool) -> None:
        """A task has ended."""
        assert report.result == "complete", report
        self.seconds.append(report.seconds)


def _sweep(root: Path, sweep: SweepConfig, workers: int) -> tuple[float, list[float]]:
    """Return the seconds that a sweep takes, and those that its workers spend on each run.

    Nothing of it is compiled before.
    """
    shutil.rmtree(os.environ["NNU_CACHE"], ignore_errors=True)
    stopwatch, started = _Stopwatch(), time.perf_counter()
    run_sweep(sweep, root, ProcessEngine(workers, 1, HANG_SECONDS), stopwatch)
    return time.perf_counter() - started, stopwatch.seconds


def _trivial(root: Path) -> list[tuple[str, str, str]]:
    random = np.random.default_rng(0)
    np.savez(
        root / "data.npz",
        x_train=random.integers(0, 256, (12, 4), dtype=np.uint8),
        y_train=np.arange(12) % 3,
        x_test=random.integers(0, 256, (6, 4), dtype=np.uint8),
        y_test=np.arange(6) % 3,
    )
    content: dict[str, Any] = {
        "name": "trivial",
        "base": {
            "data": {"kind": "npz", "path": str(root / "data.npz")},
            "network": {"hidden": [3]},
            "train": {"epochs": 1, "batch": 4},
            "observe": {"complexity_n": [2]},
        },
        "axes": {"observe.snapshots.count": tuple(range(2, POINTS + 2))},
    }
    sweep = validate(SweepConfig, content, "")
    wall, work = _sweep(root, sweep, THREADS)
    added = (wall * THREADS - sum(work)) / POINTS
    engine = _of_the_engine(root / "alone", sweep)
    restarts = [_nnu("sweep", str(root / "trivial")) for _ in range(ROUNDS)]
    seconds = Times(tuple(seconds for seconds, _ in restarts))
    sizes = [size for _, size in restarts]
    return [
        (
            f"ms that {POINTS} trivial runs in a sweep take besides each run",
            f"{1e3 * added:.1f}",
            "",
        ),
        ("of which to start and end a process", f"{1e3 * engine:.1f}", ""),
        ("of which the sweep adds", f"{1e3 * (added - engine):.1f}", "<= 50"),
        ("seconds to restart it when all are there", f"{seconds}", "<= 3"),
        ("GiB of memory of that", f"{max(sizes):.2f}", ""),
    ]


def _of_the_engine(root: Path, sweep: SweepConfig) -> float:
    """Return the seconds per task that the engine by itself takes besides the runs."""
    tasks = plan_sweep(sweep, root).tasks[:ALONE]
    (root / sweep.name).mkdir(parents=True)
    engine, waiting, work = ProcessEngine(THREADS, 1, HANG_SECONDS), tasks[:], 0.0
    started = time.perf_counter()
    while waiting or engine.unfinished:
        while waiting and engine.has_room(0):
            engine.submit(waiting.pop())
        for event in engine.wait(1.0):
            if isinstance(event, Ended):
                assert event.report.result == "complete", event.report
                work += event.report.seconds
    engine.close()
    return ((time.perf_counter() - started) * THREADS - work) / len(tasks)


def _throughput(root: Path) -> list[tuple[str, str, str]]:
    """Compare a sweep on two processors with runs one after another on one.

    The first of these compiles, as a run by itself does; the second has a program already.
    """
    pairs = [_sweep(root, _of_quickstarts(f"alone-{n}", 2), 1)[1] for n in range(ALONE_STARTED)]
    both, _ = _sweep(root, _of_quickstarts("many", QUICKSTARTS), THREADS)
    single, compiled = (
        fmean(seconds) * QUICKSTARTS / THREADS / both for seconds in zip(*pairs, strict=True)
    )
    what = f"{QUICKSTARTS} quickstart runs: share of two processors' single runs"
    return [
        (what, f"{single:.2f}", ">= 0.9"),
        ("the same, of runs that find their program compiled", f"{compiled:.2f}", ""),
    ]


def _of_quickstarts(name: str, count: int) -> SweepConfig:
    base = read_mapping(Path("configs/quickstart.yaml"), "CONFIG", "")
    counts = tuple(range(41, 41 + count))
    return validate(
        SweepConfig, {"name": name, "base": base, "axes": {"observe.snapshots.count": counts}}, ""
    )


def _nnu(*arguments: str) -> tuple[float, float]:
    """Return the seconds and GiB that a command takes."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "nnuniverse", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, arguments
    return time.perf_counter() - started, usage.ru_maxrss / 2**20
