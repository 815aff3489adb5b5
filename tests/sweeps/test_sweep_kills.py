"""A sweep and its workers, killed twenty times at random: it ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import psutil
import pytest
from made_runs import make_sweep
from sweeping import tasks_of
from warm_processes import Fork

from nnuniverse.runs import open_results
from nnuniverse.runs.folder import UNFINISHED
from nnuniverse.sweeps import plan_sweep, read_sweep

pytestmark = pytest.mark.xdist_group("sweep_kills")

KILLS = 20
SECONDS = 240.0

# Points differ by their number of epochs, for which one compiled program serves; a checkpoint after
# every segment, with weights at every snapshot, so that a good part of the time goes into writing.
CHANGED = {
    "set": {
        "train.learning_rate": 0.002,
        "checkpoint.seconds": 0,
        "observe.snapshots": {"kind": "fixed", "every": 20},
        "observe.weights": "snapshots",
    },
    "axes": {"train.epochs": {"kind": "values", "values": [5000, 8000, 11000, 14000]}},
}


@pytest.fixture(scope="module")
def sweep_file(data_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("killed") / "sweep.yaml"
    path.write_text(json.dumps(make_sweep(data_file, **CHANGED).model_dump(mode="json")))
    return path


def nnu_sweep(sweep_file: Path, root: Path, warm: Path) -> Fork:
    command = ["nnu", "sweep", str(sweep_file), "--out", str(root)]
    return Fork(warm, [*command, "--workers", "2", "--retries", "99"], Path.cwd())


def finish(process: Fork) -> str:
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    return err


@pytest.fixture(scope="module")
def undisturbed(sweep_file: Path, tmp_path_factory: pytest.TempPathFactory, warm: Path) -> Path:
    root = tmp_path_factory.mktemp("undisturbed")
    finish(nnu_sweep(sweep_file, root, warm))
    return root


def workers(sweep: Fork) -> list[int]:
    """Return the forks of the fork servers, which are forks of what `sweep` is one of."""
    with suppress(psutil.NoSuchProcess):
        warm = psutil.Process(sweep.pid).parent()
        return [task.pid for task in tasks_of(warm)]
    return []


def wait_for_work(process: Fork, root: Path) -> None:
    """Wait until a worker of this sweep has written something."""
    since = time.time_ns()
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        times = [path.stat().st_mtime_ns for path in root.glob("made/*/results.h5")]
        if max(times, default=0) > since and workers(process):
            return
        time.sleep(0.02)


def numbers(file: h5py.File) -> dict[str, np.ndarray]:
    return {name: dataset[()] for name, dataset in file.items() if name != "run"}


def assert_same_numbers(one: h5py.File, other: h5py.File) -> None:
    first, second = numbers(one), numbers(other)
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def test_killed_twenty_times_and_finished_it_equals_an_undisturbed_one(
    sweep_file: Path, undisturbed: Path, tmp_path: Path, warm: Path
) -> None:
    moment = random.Random(33)
    sweeps = {*moment.sample(range(KILLS), KILLS * 3 // 10)}
    process = nnu_sweep(sweep_file, tmp_path, warm)
    of_sweeps = of_workers = 0
    for kill in range(KILLS):
        if kill % 5:  # a dozen segments may pass
            wait_for_work(process, tmp_path)
            time.sleep(moment.uniform(0.0, 0.05))
        else:  # it may have begun to train, or not
            time.sleep(moment.uniform(0.0, 0.3))
        assert process.poll() is None, "the sweep had ended before the last kill"
        found = workers(process)
        if found and kill not in sweeps:
            kill_one(moment.choice(found))
            of_workers += 1
        else:
            process.kill()
            process.communicate()
            of_sweeps += 1
            # Its workers may still be there: the next sweep waits for them, or shares.
            process = nnu_sweep(sweep_file, tmp_path, warm)
        assert_readable(tmp_path)
    finish(process)
    assert of_sweeps >= 5 and of_workers >= 5
    assert_equals_undisturbed(sweep_file, undisturbed, tmp_path, kills=KILLS)


def kill_one(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def assert_readable(root: Path) -> None:
    """Check that whatever is there after a kill can be read."""
    for path in root.glob("made/2*/results.h5"):
        with open_results(path) as file:
            assert file["epoch"].shape[0] > 0 or file["snapshot"].shape[0] > 0
    for path in root.glob("made/2*/provenance.json"):
        json.loads(path.read_text())


def assert_equals_undisturbed(
    sweep_file: Path, undisturbed: Path, root: Path, *, kills: int = 0
) -> None:
    sweep = read_sweep(sweep_file)
    ours, theirs = (plan_sweep(sweep, where) for where in (root, undisturbed))
    assert ours.todo == [] and theirs.todo == []
    for one, other in zip(ours.tasks, theirs.tasks, strict=True):
        with (
            open_results(one.found.folder.results) as first,
            open_results(other.found.folder.results) as second,
        ):
            assert_same_numbers(first, second)
    with h5py.File(ours.folder.results) as first, h5py.File(theirs.folder.results) as second:
        assert_same_numbers(first, second)
    names = {path.name for path in ours.folder.path.iterdir() if path.is_dir()} - {".failures"}
    half_made = {name for name in names if name.startswith(UNFINISHED)}
    assert len(half_made) <= kills, "only a kill leaves a folder that is no run yet"
    runs = {task.found.folder.path.name for task in ours.tasks}
    assert names - half_made == runs, "no run was begun twice"


def test_two_sweeps_at_once_share_the_work(
    sweep_file: Path, undisturbed: Path, tmp_path: Path, warm: Path
) -> None:
    both = [nnu_sweep(sweep_file, tmp_path, warm) for _ in range(2)]
    for process in both:
        finish(process)
    assert_equals_undisturbed(sweep_file, undisturbed, tmp_path)
