"""Ensembles that are killed: real processes, real signals; on any number of devices the same."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path

import pytest
import yaml
from test_survival import assert_same_results, finish, nnu, wait_for
from tiny_data import save_tiny_data

KILLS = 4
STEPS = 12_000


FREE = {
    "reservoir": [5],
    "moves": {"kind": "sample", "proposal": "heat_bath", "steps": 2},
    "temperature": 0.05,
    "chemical_potential": 0.0,
    "every": 50,
    "probe": 6,
}
"""Neurons that come and go, every 200 steps."""


@pytest.fixture(scope="module", params=[None, FREE], ids=["fixed", "free"])
def config(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ensemble of an untrained net: many steps of no time, written after every call."""
    folder = tmp_path_factory.mktemp("ensemble")
    values = {
        "name": "killed",
        "data": {"kind": "npz", "path": str(save_tiny_data(folder / "data.npz"))},
        "network": {"hidden": [3]},
        "train": {"batch": 3, "learning_rate": 0.01, "optimiser": {"kind": "momentum"}},
        "checkpoint": {"seconds": 0},
        "observe": {"complexity_n": [3]},
        "grand": request.param,
        "evolve": {
            "snapshot": 0,
            "members": 33,
            "steps": STEPS,
            "records": 1200,
            "sampling": "shuffled",
            "start": {"kind": "trained"},
            "coordinates": [{"kind": "gradient", "of": "loss"}],
        },
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


@pytest.fixture(scope="module")
def uninterrupted(config: Path, tmp_path_factory: pytest.TempPathFactory, warm: Path) -> Path:
    root = tmp_path_factory.mktemp("uninterrupted")
    code, _, err = finish(nnu("evolve", str(config), cwd=root, warm=warm))
    assert code == 0, err
    (folder,) = root.glob("runs/killed/*")
    return folder


def test_killed_and_resumed_ends_bit_identical(
    config: Path, uninterrupted: Path, tmp_path: Path, warm: Path
) -> None:
    moment = random.Random(4)
    process = nnu("evolve", str(config), cwd=tmp_path, warm=warm)
    wait_for(lambda: list(tmp_path.glob("runs/killed/*/results.h5")), process)
    (folder,) = tmp_path.glob("runs/killed/*")
    for _ in range(KILLS):
        before = (folder / "results.h5").stat().st_mtime_ns
        wait_for(lambda then=before: (folder / "results.h5").stat().st_mtime_ns != then, process)
        time.sleep(moment.uniform(0.0, 0.05))
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        process = nnu("evolve", "--resume", str(folder), cwd=tmp_path, warm=warm)
    code, _, err = finish(process)
    assert code == 0, err
    assert_same_results(uninterrupted / "results.h5", folder / "results.h5")
    segments = json.loads((folder / "provenance.json").read_text())["segments"]
    assert len(segments) == KILLS + 1
    assert segments[-1]["first_step"] > segments[0]["first_step"]


def test_a_signal_checkpoints_and_exits_75(
    config: Path,
    uninterrupted: Path,
    tmp_path: Path,
    warm: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = nnu("evolve", str(config), "--threads", "1", cwd=tmp_path, warm=warm)
    wait_for(lambda: list(tmp_path.glob("runs/killed/*/results.h5")), process)
    process.send_signal(signal.SIGTERM)
    code, out, err = finish(process)
    (folder,) = tmp_path.glob("runs/killed/*")
    assert code == 75 and out == ""
    last = err.splitlines()[-1]
    assert last.endswith(f"Continue with `nnu evolve --resume {folder.relative_to(tmp_path)}`.")
    # On two devices from here on, one of which has fewer replicas.
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
    code, _, err = finish(nnu("evolve", "--resume", str(folder), cwd=tmp_path, warm=warm))
    assert code == 0, err
    assert_same_results(uninterrupted / "results.h5", folder / "results.h5")
    segments = json.loads((folder / "provenance.json").read_text())["segments"]
    assert [segment["devices"] for segment in segments] == [1, 2]
