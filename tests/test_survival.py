"""Runs that are killed, interrupted, damaged: real processes, real signals, real files."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from warm_processes import Fork

from nnuniverse.runs import Checkpoints, open_results

Process = subprocess.Popen[str] | Fork

KILLS = 20
EPOCHS = 600
"""Of which kills leave the most to the last process: they fall among the first hundred."""
SECONDS = 240.0
"""More than anything takes that does not hang."""

# Small steps, but checkpoints after every segment and the weights of every snapshot in the file,
# so that a good part of the time goes into writing.
CONFIG = f"""\
name: killed
replicas: 2
data: {{train_samples: 250, test_samples: 50}}
network: {{hidden: [8, 6]}}
train: {{epochs: {EPOCHS}, batch: 60, optimiser: {{kind: momentum}}, learning_rate: 0.002}}
observe: {{snapshots: {{kind: fixed, every: 10}}, weights: snapshots, complexity_n: [5]}}
checkpoint: {{seconds: 0}}
"""


def nnu(*arguments: str, cwd: Path, warm: Path | None = None) -> Process:
    """Start ``nnu``: in an interpreter of its own, or in a fork of one that is ``warm``."""
    if warm:
        return Fork(warm, ["nnu", *arguments], cwd)
    return subprocess.Popen(
        [sys.executable, "-m", "nnuniverse", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: Process) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, out, err


def only_run(root: Path) -> Path:
    (folder,) = root.glob("runs/killed/*")
    return folder


def contents(path: Path) -> dict[str, np.ndarray]:
    with open_results(path) as file:
        return {name: dataset[()] for name, dataset in file.items()}


def assert_same_results(one: Path, other: Path) -> None:
    first, second = contents(one), contents(other)
    assert first.keys() == second.keys()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("survival") / "config.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture(scope="module")
def uninterrupted(config: Path, tmp_path_factory: pytest.TempPathFactory, warm: Path) -> Path:
    root = tmp_path_factory.mktemp("uninterrupted")
    code, _, err = finish(nnu("train", str(config), cwd=root, warm=warm))
    assert code == 0, err
    return only_run(root)


def wait_for(condition: Callable[[], object], process: Process, pause: float = 0.002) -> None:
    """Wait until ``condition`` is met, which may be for an instant only."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(pause)


def kill_in_a_write(process: Process, folder: Path, name: str) -> None:
    """Kill as soon as a temporary file is there: it is being written, or about to be renamed."""
    seen = 0

    def is_written() -> bool:
        nonlocal seen
        before, seen = seen, folder.stat().st_mtime_ns  # looking into it takes a hundred times it
        return seen != before and any(folder.glob(f".{name}.{process.pid}-*.tmp"))

    wait_for(is_written, process, pause=0.0002)
    process.kill()


def kill_at_random(process: Process, folder: Path, moment: random.Random) -> None:
    """Kill some time after the first checkpoint of this process."""
    before = (folder / "results.h5").stat().st_mtime_ns
    wait_for(lambda: (folder / "results.h5").stat().st_mtime_ns != before, process)
    time.sleep(moment.uniform(0.0, 0.05))
    process.kill()


def checkpointed_epoch(folder: Path) -> int:
    """Return the epoch of the latest checkpoint in ``folder``, 0 if there is none yet."""
    with open_results(folder) as file:
        run_hash = file.attrs["run_hash"]
    latest = Checkpoints(folder, run_hash).latest()
    return latest.epoch if latest else 0


def assert_prefix(folder: Path, whole: dict[str, np.ndarray]) -> int:
    """Check that the results in ``folder`` open and are the first epochs of ``whole``.

    They reach the checkpoint or beyond it, to an epoch that training anew may stop short of.
    """
    part = contents(folder / "results.h5")
    epochs, snapshots = len(part["epoch"]), len(part["snapshot"])
    assert epochs >= checkpointed_epoch(folder)
    np.testing.assert_array_equal(
        part["running_boundary_loss"], whole["running_boundary_loss"][:, :epochs]
    )
    assert part["snapshot"].max() <= epochs < part["snapshot"].max() + 10
    for name in ("log_eigenvalues", "mu3", "boundary_loss", "snapshot_weights_1"):
        np.testing.assert_array_equal(part[name], whole[name][:, :snapshots], err_msg=name)
    json.loads((folder / "provenance.json").read_text())
    return epochs


def test_killed_twenty_times_and_resumed_ends_bit_identical(
    config: Path, uninterrupted: Path, tmp_path: Path, warm: Path
) -> None:
    whole = contents(uninterrupted / "results.h5")
    moment = random.Random(20)
    epochs = checkpointed = torn = 0
    process = nnu("train", str(config), cwd=tmp_path, warm=warm)
    wait_for(lambda: list(tmp_path.glob("runs/killed/*/results.h5")), process)
    folder = only_run(tmp_path)
    for kill in range(KILLS):
        if kill % 2:
            name = "results.h5" if kill % 4 == 1 else "checkpoint.?.npz"
            kill_in_a_write(process, folder, name)
        else:
            kill_at_random(process, folder, moment)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        torn += any(folder.glob(".*.tmp"))
        epochs = assert_prefix(folder, whole)
        before, checkpointed = checkpointed, checkpointed_epoch(folder)
        assert checkpointed >= before
        process = nnu("train", "--resume", str(folder), cwd=tmp_path, warm=warm)
    code, _, err = finish(process)
    assert code == 0, err
    assert torn >= KILLS // 4, "hardly any kill fell inside a write"
    assert epochs < EPOCHS, "the run had ended before the last kill"
    assert_same_results(uninterrupted / "results.h5", folder / "results.h5")
    assert not list(folder.glob(".*.tmp"))
    segments = json.loads((folder / "provenance.json").read_text())["segments"]
    assert len(segments) == KILLS + 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_checkpoints_and_exits_75(
    config: Path, uninterrupted: Path, tmp_path: Path, number: signal.Signals, warm: Path
) -> None:
    process = nnu("train", str(config), cwd=tmp_path, warm=warm)
    wait_for(lambda: list(tmp_path.glob("runs/killed/*/results.h5")), process)
    process.send_signal(number)
    code, out, err = finish(process)
    assert code == 75 and out == ""
    folder = only_run(tmp_path)
    assert f"`nnu train --resume {folder.relative_to(tmp_path)}`" in err.splitlines()[-1]
    assert "Traceback" not in err
    record = json.loads((folder / "provenance.json").read_text())["segments"][-1]
    assert record["status"] == "interrupted"
    with h5py.File(folder / "results.h5") as file:
        assert file["epoch"].shape[0] == record["last_epoch"]
    code, _, err = finish(nnu("train", "--resume", str(folder), cwd=tmp_path, warm=warm))
    assert code == 0, err
    assert_same_results(uninterrupted / "results.h5", folder / "results.h5")


@pytest.fixture(scope="module")
def killed(config: Path, tmp_path_factory: pytest.TempPathFactory, warm: Path) -> Path:
    """The folder of a run that was killed on its way, with two checkpoints."""
    root = tmp_path_factory.mktemp("killed")
    process = nnu("train", str(config), cwd=root, warm=warm)
    wait_for(lambda: list(root.glob("runs/killed/*/checkpoint.1.npz")), process)
    process.kill()
    process.communicate()
    return only_run(root)


@pytest.fixture
def interrupted(killed: Path, tmp_path: Path) -> Path:
    """A copy of that folder."""
    return Path(shutil.copytree(killed, tmp_path / "runs" / "killed" / killed.name))


def newest_checkpoint(folder: Path) -> Path:
    return max(folder.glob("checkpoint.*.npz"), key=lambda path: path.stat().st_mtime_ns)


def test_a_checkpoint_cut_short_leaves_the_one_before(
    interrupted: Path, uninterrupted: Path, tmp_path: Path, warm: Path
) -> None:
    damaged = newest_checkpoint(interrupted)
    damaged.write_bytes(damaged.read_bytes()[:-100])
    process = nnu("train", "--resume", str(interrupted), cwd=tmp_path, warm=warm)
    code, _, err = finish(process)
    assert code == 0, err
    assert f"{damaged.name} is damaged" in err
    assert_same_results(uninterrupted / "results.h5", interrupted / "results.h5")


def test_without_a_whole_checkpoint_the_results_stay(
    interrupted: Path, tmp_path: Path, warm: Path
) -> None:
    for checkpoint in interrupted.glob("checkpoint.*.npz"):
        checkpoint.write_bytes(checkpoint.read_bytes()[: checkpoint.stat().st_size // 2])
    before = (interrupted / "results.h5").read_bytes()
    code, _, err = finish(nnu("train", "--resume", str(interrupted), cwd=tmp_path, warm=warm))
    assert code == 1
    assert len(err.splitlines()) == 1 and "checkpoint" in err and "Try" in err
    assert (interrupted / "results.h5").read_bytes() == before


LIMITED = """\
import resource
from nnuniverse.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (820_000, resource.RLIM_INFINITY))
main()
"""
"""No file may grow beyond 0.8 MB, the size of results.h5 after about a quarter of the run."""


def test_a_full_disk_is_one_line_and_loses_nothing(
    config: Path, uninterrupted: Path, tmp_path: Path, warm: Path
) -> None:
    process = Fork(warm, ["python", "-c", LIMITED, "train", str(config)], tmp_path)
    code, _, err = finish(process)
    folder = only_run(tmp_path)
    assert code == 1
    assert "Traceback" not in err and "File too large" in err.splitlines()[-1]
    assert not list(folder.glob(".*.tmp"))
    assert assert_prefix(folder, contents(uninterrupted / "results.h5")) >= 1
    code, _, err = finish(nnu("train", "--resume", str(folder), cwd=tmp_path, warm=warm))
    assert code == 0, err
    assert_same_results(uninterrupted / "results.h5", folder / "results.h5")


def test_two_processes_do_not_write_into_one_run(
    interrupted: Path, config: Path, tmp_path: Path, warm: Path
) -> None:
    first = nnu("train", "--resume", str(interrupted), cwd=tmp_path, warm=warm)
    before = (interrupted / "results.h5").stat().st_mtime_ns
    wait_for(lambda: (interrupted / "results.h5").stat().st_mtime_ns != before, first)
    first.send_signal(signal.SIGSTOP)  # so that it is still there when the second has looked
    code, _, err = finish(nnu("train", "--resume", str(interrupted), cwd=tmp_path, warm=warm))
    first.kill()
    first.communicate()
    assert code == 2
    assert len(err.splitlines()) == 1 and "another process" in err


def test_a_reader_may_open_a_run_while_it_is_written(
    config: Path, tmp_path: Path, warm: Path
) -> None:
    longer = f"train.epochs={3 * EPOCHS}"  # with more writes than need be met
    process = nnu("train", str(config), longer, cwd=tmp_path, warm=warm)
    wait_for(lambda: list(tmp_path.glob("runs/killed/*/results.h5")), process)
    path = only_run(tmp_path) / "results.h5"
    seen = set()
    while process.poll() is None:
        with open_results(path) as file:
            epochs = file["epoch"].shape[0]
            assert file["running_boundary_loss"].shape == (2, epochs)
            seen.add(epochs)
    process.communicate()
    assert len(seen) > 3


def test_resume_with_other_data_is_refused(interrupted: Path, tmp_path: Path, warm: Path) -> None:
    record = json.loads((interrupted / "provenance.json").read_text())
    record["identity"]["data"] = "0" * 64
    (interrupted / "provenance.json").write_text(json.dumps(record))
    code, _, err = finish(nnu("train", "--resume", str(interrupted), cwd=tmp_path, warm=warm))
    assert code == 2
    assert len(err.splitlines()) == 1 and "changed" in err


def test_a_run_killed_before_its_first_checkpoint_starts_over(
    uninterrupted: Path, tmp_path: Path, warm: Path
) -> None:
    folder = tmp_path / "runs" / "killed" / "early"
    folder.mkdir(parents=True)
    shutil.copy(uninterrupted / "config.yaml", folder)
    code, _, err = finish(nnu("train", "--resume", str(folder), cwd=tmp_path, warm=warm))
    assert code == 0, err
    assert_same_results(uninterrupted / "results.h5", folder / "results.h5")
