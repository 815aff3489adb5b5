"""Sweeps on a real Slurm: through Dask and as an array of jobs, with workers and jobs killed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import h5py
import numpy as np
import pytest

from nnuniverse.runs import find_runs
from nnuniverse.runs.lock import is_being_written

NNU = [sys.executable, "-m", "nnuniverse"]

SWEEP = """\
name: killed
base:
  data: {train_samples: 250, test_samples: 50}
  network: {hidden: [8, 6]}
  train: {epochs: 20000, batch: 60, optimiser: {kind: momentum}}
  observe: {snapshots: {kind: fixed, every: 500}, complexity_n: [5]}
  checkpoint: {seconds: 1}
axes:
  train.learning_rate: [0.001, 0.002]
seeds: [0, 5]
"""

T = TypeVar("T")


def until(get: Callable[[], T], what: str, seconds: float = 300.0) -> T:
    """Return what ``get`` returns once that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := get():
            return value
        time.sleep(0.1)
    raise AssertionError(f"no {what} in {seconds:g} s")


def slurm(*command: str, cwd: Path | None = None) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd)
    return done.stdout.split()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder with the sweep; what a failed test leaves of jobs is cancelled."""
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    yield tmp_path
    slurm("scancel", "--user=root", "--quiet")
    until(lambda: not slurm("squeue", "--noheader"), "empty queue")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """What the sweep gives on this machine, when nothing is killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "sweep.yaml").write_text(SWEEP)
    subprocess.run([*NNU, "sweep", "sweep.yaml", "--workers", "2"], cwd=folder, check=True)
    return values(folder / "runs")


def values(root: Path) -> dict[str, np.ndarray]:
    """Return everything in the results but the names of the run folders."""
    with h5py.File(root / "killed" / "sweep.h5") as file:
        return {name: dataset[()] for name, dataset in file.items() if name != "run"}


def assert_same(root: Path, expected: dict[str, np.ndarray]) -> None:
    found = values(root)
    assert set(found) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def begun(root: Path, number: int) -> Callable[[], bool]:
    """Return whether so many runs are being trained, and have a checkpoint."""

    def look() -> bool:
        folders = [run.folder.path for run in find_runs(root / "killed") if not run.ended]
        trained = [folder for folder in folders if is_being_written(folder)]
        return sum(any(folder.glob("checkpoint*")) for folder in trained) >= number

    return look


def segments(root: Path) -> list[int]:
    """Return, of every run, how many processes have worked on it."""
    counts = []
    for path in (root / "killed").glob("2*/provenance.json"):
        counts.append(path.read_text().count('"started"'))
    return counts


# --- processes ---------------------------------------------------------------------------------


def processes(word: str) -> dict[int, str]:
    """Return processes of this Slurm with ``word`` in their command, and the ids of their jobs."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment = (folder / "environ").read_bytes().split(b"\0")
            job = [v for v in environment if v.startswith(b"SLURM_JOB_ID=")]
            ours = f"SLURM_CONF={os.environ['SLURM_CONF']}".encode() in environment
            if ours and job and word in (folder / "cmdline").read_text():
                found[int(folder.name)] = job[0].decode().partition("=")[2]
    return found


def listening(pids: set[int]) -> set[str]:
    """Return the addresses that processes listen on, IPv6 ones as they stand in /proc."""
    inodes = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            for link in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    inodes |= set(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address = fields[1].partition(":")[0]
                if table == "tcp":
                    address = socket.inet_ntoa(struct.pack("=I", int(address, 16)))
                addresses.add(address)
    return addresses


@pytest.fixture
def through_dask(place: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start ``nnu sweep --slurm`` with two workers; what it says goes to a file."""
    started = []

    def start() -> subprocess.Popen[str]:
        with (place / "said").open("a") as said:
            process = subprocess.Popen(
                [*NNU, "sweep", "sweep.yaml", "--slurm", "--workers", "2"],
                cwd=place,
                stdout=said,
                stderr=said,
                text=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
    print((place / "said").read_text())


# --- through Dask ------------------------------------------------------------------------------


def test_workers_and_jobs_that_are_killed(
    place: Path,
    through_dask: Callable[[], subprocess.Popen[str]],
    undisturbed: dict[str, np.ndarray],
) -> None:
    sweep = through_dask()
    root, said = place / "runs", place / "said"
    until(begun(root, 2), "two runs under way")
    daemons = set(map(int, os.environ["NNU_SLURM_PIDS"].split()))
    workers = processes("spawn_main")
    assert len(workers) == 2
    everybody = {sweep.pid, *daemons, *workers, *processes("dask_worker")}
    assert listening(everybody) == {"127.0.0.1"}

    killed, job = next(iter(workers.items()))
    os.kill(killed, signal.SIGKILL)
    until(lambda: "was lost" in said.read_text(), "lost worker")
    until(begun(root, 2), "two runs under way again")
    before = set(slurm("squeue", "--noheader", "--format=%A", "--states=running"))
    assert job in before
    slurm("scancel", job)
    until(
        lambda: set(slurm("squeue", "--noheader", "--format=%A", "--states=running")) - before,
        "job in the place of the cancelled one",
    )
    assert sweep.wait(600) == 0, said.read_text()
    assert max(segments(root)) > 1
    assert_same(root, undisturbed)
    until(lambda: not slurm("squeue", "--noheader"), "end of the jobs")
    assert not list((root / "killed").glob(".nnu-*"))
    assert not list((root / "killed").glob(".dask-*"))


def test_a_stop_and_a_new_start(
    place: Path,
    through_dask: Callable[[], subprocess.Popen[str]],
    undisturbed: dict[str, np.ndarray],
) -> None:
    sweep = through_dask()
    root = place / "runs"
    until(begun(root, 2), "two runs under way")
    sweep.terminate()
    assert sweep.wait(120) == 75
    until(lambda: not slurm("squeue", "--noheader"), "end of the jobs")
    assert {run.status for run in find_runs(root / "killed")} == {"interrupted"}
    assert through_dask().wait(600) == 0
    assert_same(root, undisturbed)


def test_an_option_that_slurm_refuses(place: Path) -> None:
    command = [*NNU, "sweep", "sweep.yaml", "--slurm", "--slurm-option", "partition=none"]
    done = subprocess.run(
        command, cwd=place, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("nnu: sbatch must take the job of a worker, but says: ")
    assert "invalid partition" in done.stderr
    assert done.stderr.count("\n") == 1


# --- an array of jobs --------------------------------------------------------------------------

Array = tuple[list[str], str]
"""The command of the sweep, and the id of the array."""


@pytest.fixture
def folder(place: Path) -> Path:
    """An awkward folder, with what the array writes."""
    folder = place / 'it\'s "a" $folder'
    folder.mkdir()
    return folder


@pytest.fixture
def array(place: Path, folder: Path) -> Array:
    """An array of two jobs, each of them with a run under way."""
    command = [*NNU, "sweep", str(place / "sweep.yaml"), "--out", "runs"]
    write = [*command, "--write-sbatch", "job.sh", "--time-limit", "10m", "--array-tasks", "2"]
    subprocess.run(write, cwd=folder, check=True)
    (job,) = slurm("sbatch", "--parsable", "job.sh", cwd=folder)
    until(begun(folder / "runs", 2), "two runs under way")
    return command, job


def states(array: str) -> dict[str, str]:
    """Return the states of the tasks of an array that have not ended."""
    pairs = slurm("squeue", "--noheader", "--array", "--format=%K:%T", f"--jobs={array}")
    return dict(pair.split(":") for pair in pairs)


def restarts(array: str) -> list[str]:
    """Return how often each of the tasks was queued again."""
    return re.findall(r"Restarts=(\d+)", " ".join(slurm("scontrol", "show", "job", array)))


def assert_whole(folder: Path, command: list[str], expected: dict[str, np.ndarray]) -> None:
    assert all(run.ended for run in find_runs(folder / "runs" / "killed"))
    collected = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert collected.returncode == 0, collected.stderr
    assert "4 runs, 4 there already" in collected.stderr
    assert_same(folder / "runs", expected)


def test_an_array_whose_jobs_are_told_to_end(
    folder: Path, array: Array, undisturbed: dict[str, np.ndarray]
) -> None:
    command, job = array
    # One of them has the id of the array, which commands of Slurm take for all of it.
    jobs = set(processes("nnuniverse\0sweep").values())
    assert len(jobs) == 2
    assert job in jobs
    for task in "01":
        # As Slurm itself does before the end of a job's time.
        slurm("scancel", "--signal=TERM", "--batch", f"{job}_{task}")
    until(lambda: restarts(job) == ["1", "1"], "jobs that are queued again", 60)
    until(lambda: not states(job), "end of the array", 600)
    assert restarts(job) == ["1", "1"]
    assert sum(number > 1 for number in segments(folder / "runs")) == 2
    assert_whole(folder, command, undisturbed)


def test_an_array_with_jobs_cancelled_and_killed(
    folder: Path, array: Array, undisturbed: dict[str, np.ndarray]
) -> None:
    command, job = array
    slurm("scancel", f"{job}_1")
    until(lambda: "1" not in states(job), "end of the cancelled job")
    assert restarts(job) == ["0", "0"]
    assert states(job) == {"0": "RUNNING"}
    (process,) = processes("nnuniverse\0sweep")
    os.kill(process, signal.SIGKILL)
    until(lambda: not states(job), "end of the array")
    assert not all(run.ended for run in find_runs(folder / "runs" / "killed"))

    slurm("sbatch", "job.sh", cwd=folder)
    until(lambda: not slurm("squeue", "--noheader"), "end of the second array")
    assert max(segments(folder / "runs")) > 1
    assert_whole(folder, command, undisturbed)
