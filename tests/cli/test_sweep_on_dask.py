"""Sweeps on a real Dask cluster of this machine: what is lost, stops, fails."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import dask
import distributed
import h5py
import numpy as np
import pytest
import yaml
from distributed import Client, LocalCluster

from nnuniverse import __version__
from nnuniverse.cli import sweep_engines
from nnuniverse.config import load_config
from nnuniverse.runs import find_runs
from nnuniverse.sweeps.engines import dask as engine
from nnuniverse.sweeps.engines.dask import carry_out_on_worker
from nnuniverse.sweeps.engines.processes import PRELOADED
from nnuniverse.sweeps.folder import SweepFolder
from nnuniverse.sweeps.grid import Point
from nnuniverse.sweeps.task import Task

LONG = """\
name: long
base:
  data: {train_samples: 250, test_samples: 50}
  network: {hidden: [8, 6]}
  train: {epochs: 3000, batch: 60, optimiser: {kind: momentum}}
  observe: {snapshots: {kind: fixed, every: 20}, complexity_n: [5]}
  checkpoint: {seconds: 0}
axes:
  train.learning_rate: [0.001]
"""
"""One run that can be met while it trains: for two seconds, on a busy machine more, with a
checkpoint after each segment.  It is met at its first; what is then done takes a tenth of a second,
to be told to stop at most a half more."""


def start_cluster(workers: int) -> LocalCluster:
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        memory_limit=0,
        silence_logs="CRITICAL",
    )


@pytest.fixture(scope="module", autouse=True)
def workers_are_forks() -> Iterator[None]:
    """Let workers be forks of a process that has imported what they need, as tasks here are."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["distributed", PRELOADED])
    # Else distributed says anew what is imported, if the process is not there yet.
    with (
        mock.patch.object(distributed.utils, "_forkserver_preload_set", True),
        dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}),
    ):
        yield


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two workers, each started anew should it be killed."""
    with start_cluster(2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def short_sweep(shared: Path, config: Path) -> Path:
    path = shared / "short.yaml"
    axes = {"train.learning_rate": [0.1, 0.2], "network.activation": ["tanh", "identity"]}
    path.write_text(yaml.safe_dump({"name": "short", "base": str(config), "axes": axes}))
    return path


@pytest.fixture(scope="module")
def long_sweep(shared: Path) -> Path:
    path = shared / "long.yaml"
    path.write_text(LONG)
    return path


@pytest.fixture(scope="module")
def undisturbed(nnu: Callable[..., Any], long_sweep: Path, shared: Path) -> Path:
    root = shared / "undisturbed"
    assert nnu("sweep", long_sweep, "--out", root).code == 0
    return root / "long"


def assert_same(one: Path, other: Path) -> None:
    """Hold the results of two sweeps to be equal in every bit, but for the names of folders."""
    with h5py.File(one / "sweep.h5") as a, h5py.File(other / "sweep.h5") as b:
        assert set(a) == set(b)
        for name in set(a) - {"run"}:
            np.testing.assert_array_equal(a[name][()], b[name][()], err_msg=name)


@pytest.fixture
def meanwhile(tmp_path: Path) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Do something, in another thread, once a run in ``runs/long`` is under way."""
    threads = []

    def start(action: Callable[[], None]) -> None:
        def wait_and_act() -> None:
            end = time.monotonic() + 120
            while not any(Path(tmp_path / "runs/long").glob("[!.]*/checkpoint*")):
                assert time.monotonic() < end
                time.sleep(0.01)
            action()

        threads.append(threading.Thread(target=wait_and_act))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


def busy(cluster: LocalCluster) -> list[Any]:
    """Return the nannies whose workers have a task."""
    workers = cluster.scheduler.workers
    return [nanny for nanny in cluster.workers.values() if workers[nanny.worker_address].processing]


def status() -> str:
    (run,) = find_runs(Path("runs/long"))
    return run.status


# --- results -----------------------------------------------------------------------------------


def test_the_same_values_as_from_processes(
    nnu: Callable[..., Any], cluster: LocalCluster, short_sweep: Path
) -> None:
    here = nnu("sweep", short_sweep, "--out", "here")
    assert here.code == 0, here.err
    there = nnu("sweep", short_sweep, "--scheduler", cluster.scheduler_address)
    assert there.code == 0, there.err
    assert_same(Path("here/short"), Path("runs/short"))
    assert not list(Path("runs/short").glob(".nnu-*"))
    again = nnu("sweep", short_sweep, "--scheduler", cluster.scheduler_address)
    assert "4 runs, 4 there already" in again.err


def test_paths_are_meant_from_where_the_sweep_was_started(
    nnu: Callable[..., Any], cluster: LocalCluster, short_sweep: Path, data_file: Path
) -> None:
    Path("here.npz").write_bytes(data_file.read_bytes())
    result = nnu(
        *("sweep", short_sweep, "data.path=here.npz", "seeds=1"),
        *("--scheduler", cluster.scheduler_address),
    )
    assert result.code == 0, result.err


def test_a_point_that_fails(nnu: Callable[..., Any], cluster: LocalCluster, config: Path) -> None:
    keys = {"observe.complexity_n": [[2], [999], [8]]}
    axes = {"case": {"kind": "zip", "keys": keys, "labels": ["a", "b", "c"]}}
    content = {"name": "failing", "base": str(config), "axes": axes}
    Path("failing.yaml").write_text(yaml.safe_dump(content))
    result = nnu("sweep", "failing.yaml", "--scheduler", cluster.scheduler_address)
    assert result.code == 1
    assert result.out.startswith("2 of 3 runs done")
    last = result.err.splitlines()[-1]
    assert "case=b, seed 0 failed: `observe.complexity_n` must " in last


# --- workers that are lost ---------------------------------------------------------------------


def test_a_worker_that_is_killed(
    nnu: Callable[..., Any],
    cluster: LocalCluster,
    meanwhile: Callable[[Callable[[], None]], None],
    long_sweep: Path,
    undisturbed: Path,
) -> None:
    def kill() -> None:
        (nanny,) = busy(cluster)
        os.kill(nanny.pid, signal.SIGKILL)

    meanwhile(kill)
    result = nnu("sweep", long_sweep, "--scheduler", cluster.scheduler_address)
    assert result.code == 0, result.err
    assert "failed, tried again: its worker tcp://127.0.0.1:" in result.err
    assert "was lost" in result.err
    assert_same(Path("runs/long"), undisturbed)


def test_a_worker_that_is_told_to_end_is_no_failure(
    nnu: Callable[..., Any],
    meanwhile: Callable[[Callable[[], None]], None],
    long_sweep: Path,
    undisturbed: Path,
) -> None:
    def retire() -> None:
        (nanny,) = busy(cluster)
        with Client(cluster.scheduler_address, set_as_default=False) as client:
            client.retire_workers([nanny.worker_address])

    with start_cluster(2) as cluster:
        meanwhile(retire)
        arguments = ["--scheduler", cluster.scheduler_address, "--retries", "0"]
        result = nnu("sweep", long_sweep, *arguments)
    assert result.code == 0, result.err
    assert "failed" not in result.err
    assert_same(Path("runs/long"), undisturbed)


# --- stops -------------------------------------------------------------------------------------


def test_a_stop_and_a_new_start(
    nnu: Callable[..., Any],
    cluster: LocalCluster,
    meanwhile: Callable[[Callable[[], None]], None],
    long_sweep: Path,
    undisturbed: Path,
) -> None:
    meanwhile(lambda: os.kill(os.getpid(), signal.SIGTERM))
    command = ["sweep", long_sweep, "--scheduler", cluster.scheduler_address]
    result = nnu(*command)
    assert result.code == 75
    assert result.err.splitlines()[-1].startswith("nnu: stopped with 1 run left.")
    assert status() == "interrupted"
    assert not list(Path("runs/long").glob(".nnu-*"))
    assert nnu(*command).code == 0
    assert_same(Path("runs/long"), undisturbed)


def test_a_scheduler_that_goes(
    nnu: Callable[..., Any],
    meanwhile: Callable[[Callable[[], None]], None],
    long_sweep: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "CONNECT_SECONDS", 2.0)  # for which it is looked for anew, too
    with start_cluster(1) as cluster:
        meanwhile(cluster.close)
        result = nnu("sweep", long_sweep, "--scheduler", cluster.scheduler_address)
    assert result.code == 1
    last = result.err.splitlines()[-1]
    assert last.startswith("nnu: the Dask scheduler must answer, but does not (")
    assert not list(Path("runs/long").glob(".nnu-*"))


# --- what a worker looks at before it begins ---------------------------------------------------


@pytest.fixture
def task(config: Path) -> Task:
    folder, run = SweepFolder(Path("runs/short").absolute()), load_config(config)
    return Task(folder, Point(0, (), {}, run), run, "b" * 64, None, (0,), 0)


def test_a_worker_that_does_not_see_the_folder(task: Task, tmp_path: Path) -> None:
    token = tmp_path / "elsewhere" / ".nnu"
    given = {"topic": "t", "folder": tmp_path, "cores": 1}
    assert carry_out_on_worker(task, version=__version__, token=token, **given) is None
    assert not Path("runs").exists()


def test_a_worker_of_another_version(task: Task, tmp_path: Path) -> None:
    given = {"topic": "t", "folder": tmp_path, "cores": 1}
    report = carry_out_on_worker(task, version="0.0.0", token=tmp_path, **given)
    assert report is not None
    assert (report.result, report.retry) == ("failed", False)
    assert report.reason.startswith("a worker must have nnuniverse 0.0.0, but has ")


# --- wrong use ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--scheduler", "nonsense"], "`--scheduler` must be an address, but is 'nonsense'"),
        (["--scheduler", "tcp://host"], "`--scheduler` must be an address, but is 'tcp://host'"),
        (["--scheduler", "tcp://a:1", "--slurm"], "a sweep must be computed one way, but has "),
        (["--slurm-option", "mem=1G"], "`--slurm-option` must stand with --slurm or"),
        (["--array-tasks", "2"], "`--array-tasks` must stand with --write-sbatch, but"),
        (["--slurm", "--slurm-option", "comment=a b"], "`--slurm-option` must be KEY=VALUE with"),
        (["--slurm", "--out", "a b"], "`--out` must have no spaces, quotes or the like with"),
    ],
    ids=str,
)
def test_wrong_options(
    refused: Callable[..., str], short_sweep: Path, options: list[str], says: str
) -> None:
    assert refused("sweep", short_sweep, *options).startswith(says)
    assert not Path("runs").exists()


def test_nobody_at_the_address(
    refused: Callable[..., str], short_sweep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CONNECT_SECONDS", 0.5)
    said = refused("sweep", short_sweep, "--scheduler", "tcp://127.0.0.1:1", code=1)
    assert said.startswith("`--scheduler` tcp://127.0.0.1:1 must answer, but does not.")


@pytest.mark.parametrize("way", [["--scheduler", "tcp://127.0.0.1:1"], ["--slurm"]], ids=str)
def test_without_the_extra(
    refused: Callable[..., str],
    short_sweep: Path,
    way: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweep_engines, "find_spec", lambda name: None)
    assert "Try pip install 'nnuniverse[cluster]'." in refused("sweep", short_sweep, *way)
