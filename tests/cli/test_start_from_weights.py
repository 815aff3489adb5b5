"""`network.start`: a run begins with the weights of another, or of an npz file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from nnuniverse.experiments.start import read_start
from nnuniverse.runs import open_results

Nnu = Callable[..., Any]
Refused = Callable[..., str]

NAMES = ("weights_1", "bias_1", "weights_2", "bias_2")


def weights(folder: Path, prefix: str = "") -> dict[str, np.ndarray]:
    with open_results(folder) as file:
        return {name: file[f"{prefix}{name}"][()] for name in NAMES}


def identity(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "provenance.json").read_text())["identity"]
    return content


@pytest.fixture
def one_net(finished: Any) -> Path:
    """An npz file with the second replica of the finished run."""
    np.savez("net.npz", **{name: array[1] for name, array in weights(finished.folder).items()})
    return Path("net.npz")


# The untrained net is kept, and no step changes a weight by more than nothing.
KEPT = ["observe.weights=snapshots", "train.epochs=1", "train.learning_rate=1e-30"]


def test_replicas_begin_with_those_of_their_seeds(
    finished: Any, config: Path, nnu: Nnu, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = yaml.safe_load(config.read_text())
    content["network"]["start"] = "parent"
    shutil.copytree(finished.folder, "below/parent")
    Path("below/config.yaml").write_text(yaml.safe_dump(content))
    (began := Path("elsewhere")).mkdir()
    monkeypatch.chdir(began)  # a relative path starts at the folder of its file
    folder = nnu("train", "../below/config.yaml", *KEPT, "seed=1", "replicas=1").folder
    for name, array in weights(finished.folder).items():
        np.testing.assert_array_equal(weights(folder, "snapshot_")[name][0, 0], array[1])
    stored = yaml.safe_load((folder / "config.yaml").read_text())
    assert Path(stored["network"]["start"]).resolve() == Path("../below/parent").resolve()


def test_the_digest_is_of_the_weights_and_not_of_the_path(
    finished: Any, one_net: Path, config: Path, nnu: Nnu, refused: Refused
) -> None:
    folder = nnu("train", config, *KEPT, f"network.start={one_net}").folder
    began = weights(folder, "snapshot_")
    for name, array in weights(finished.folder).items():
        np.testing.assert_array_equal(began[name][:, 0], array[[1, 1]])
    digest = identity(folder)["files"]["network.start"]
    assert digest == read_start(str(one_net)).digest != read_start(str(finished.folder)).digest
    assert identity(folder)["config"].keys() >= {"network.hidden"}
    assert "network.start" not in identity(folder)["config"]

    # The same net under the names of PyTorch.
    layers = {"0.weight": "weights_1", "0.bias": "bias_1", "2.weight": "weights_2"}
    layers["2.bias"] = "bias_2"
    of_one = np.load(one_net)
    np.savez("torch.npz", **{name: of_one[ours] for name, ours in layers.items()})
    assert read_start("torch.npz").digest == digest

    # It has begun: what becomes of the file later is nothing to it.
    wide = {name: np.asarray(array, np.float64) for name, array in np.load(one_net).items()}
    np.savez("again.npz", **wide)
    assert read_start("again.npz").digest == digest
    one_net.unlink()
    assert nnu("train", "--resume", folder, "train.epochs=2").code == 0
    for slot in folder.glob("checkpoint.*.npz"):
        slot.unlink()
    assert "must name a readable file" in refused("train", "--resume", folder)
    assert nnu("train", "--resume", folder, "network.start=again.npz").code == 0
    wide["bias_1"][0] += 1.0
    np.savez("again.npz", **wide)
    for slot in folder.glob("checkpoint.*.npz"):
        slot.unlink()
    assert "must be what the run was begun with" in refused("train", "--resume", folder)


def test_the_spectrum_of_a_config_is_that_of_its_start(
    finished: Any, config: Path, nnu: Nnu
) -> None:
    began = nnu("spectrum", config, f"network.start={finished.folder}", "--json")
    trained = nnu("spectrum", finished.folder, "--json")
    assert json.loads(began.out) == json.loads(trained.out)


def test_a_sweep_over_starts(finished: Any, one_net: Path, make_sweep: Any, nnu: Nnu) -> None:
    axes = {"network.start": [None, str(finished.folder), str(one_net.resolve())]}
    plan = nnu("sweep", make_sweep("starts", axes=axes), "--status", "--json")
    runs = json.loads(plan.out)["runs"]
    assert len(runs) == 3
    assert {run["state"] for run in runs} == {"pending"}


def without(name: str) -> Callable[[dict[str, np.ndarray]], object]:
    return lambda arrays: arrays.pop(name)


def changed(**arrays: np.ndarray) -> Callable[[dict[str, np.ndarray]], object]:
    return lambda all_arrays: all_arrays.update(arrays)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("bias_2"), "must hold [3] as bias_2, as 4-3-3 has it, but"),
        (changed(weights_1=np.zeros((3, 5))), "must hold [3, 4] as weights_1, as 4-3-3 has it,"),
        (changed(weights_3=np.zeros((3, 3))), "must hold nothing as weights_3"),
        (changed(bias_1=np.array([0.0, np.nan, 0.0])), "must hold finite weights"),
        (changed(bias_1=np.array(["a", "b", "c"])), "must hold real numbers"),
        (changed(seed=np.array([3, 4])), "must hold weights_1 of 2 nets, one per seed"),
    ],
)
def test_a_net_that_does_not_fit(
    change: Any, message: str, one_net: Path, config: Path, refused: Refused
) -> None:
    arrays = dict(np.load(one_net))
    change(arrays)
    np.savez(one_net, **arrays)
    line = refused("train", config, f"network.start={one_net}", "--out", "out")
    assert line.startswith("`network.start` " + message)
    assert not Path("out").exists()


def test_what_is_no_net(
    finished: Any, diverged: Any, config: Path, refused: Refused, tmp_path: Path
) -> None:
    start = [f"network.start={path}" for path in ("none.npz", tmp_path, finished.folder)]
    assert "`network.start` must name a readable file" in refused("train", config, start[0])
    assert "`network.start` must be a run or a file of weights" in refused(
        "train", config, start[1]
    )
    line = refused("train", config, start[2], "seed=1")
    assert "must hold one net, or one of every seed, also of 2" in line
    gone = f"network.start={json.loads(diverged.out)['run']}"
    net = ["data.kind=embedded", "network.hidden=[]", "train.batch=4", "seed=7"]
    small = ["data={kind: embedded, train_samples: 20}", *net[1:], "observe.complexity_n=[]"]
    assert "those of a replica that diverged" in refused("train", config, gone, *small)
