"""The cross-entropy as what training lowers, against softmax and gradient written out in NumPy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.special

Nnu = Callable[..., Any]
Refused = Callable[..., str]

RATE = 0.7
OVERRIDES = (
    "loss.kind=cross_entropy",
    "replicas=1",
    "network.hidden=[]",
    "train.epochs=1",
    "train.batch=12",
    f"train.learning_rate={RATE}",
    "observe.weights=snapshots",
    "observe.complexity_n=[]",
)


@pytest.fixture(scope="session", params=["zero_one", "plus_minus"])
def trained(
    request: pytest.FixtureRequest, config: Path, shared: Path, nnu: Nnu
) -> dict[str, np.ndarray]:
    """What one step of all samples, of a tanh net without hidden layers, recorded."""
    targets = f"data.targets={request.param}"
    result = nnu("train", config, *OVERRIDES, targets, "--json", "--out", shared / "softmax")
    assert result.code == 0, result.err
    with h5py.File(Path(json.loads(result.out)["run"]) / "results.h5") as file:
        return {name: dataset[()] for name, dataset in file.items()}


def propagated(
    trained: dict[str, np.ndarray], data_file: Path, split: str, snapshot: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return inputs, output states and classes."""
    data = np.load(data_file)
    inputs = data[f"x_{split}"] / 255
    weights, bias = (trained[f"snapshot_{name}_1"][0, snapshot] for name in ("weights", "bias"))
    return inputs, np.tanh(inputs @ weights.T.astype(float) + bias), data[f"y_{split}"]


@pytest.mark.parametrize("split", ["train", "test"])
def test_what_is_recorded(trained: dict[str, np.ndarray], data_file: Path, split: str) -> None:
    prefix = "" if split == "train" else "test_"
    for snapshot in (0, 1):
        _, states, classes = propagated(trained, data_file, split, snapshot)
        chances = scipy.special.softmax(states, axis=1)[np.arange(len(classes)), classes]
        recorded = {name: trained[f"{prefix}{name}"][0, snapshot] for name in NAMES}
        np.testing.assert_allclose(recorded["cross_entropy"], -np.log(chances).mean(), rtol=1e-7)
        assert recorded["error_rate"] == np.mean(states.argmax(axis=1) != classes)
        assert recorded["boundary_loss"] > 0.0
    np.testing.assert_allclose(
        trained["running_cross_entropy"][0, 0], trained["cross_entropy"][0, 0], rtol=1e-6
    )
    np.testing.assert_allclose(
        trained["running_boundary_loss"][0, 0], trained["boundary_loss"][0, 0], rtol=1e-6
    )


NAMES = ("cross_entropy", "error_rate", "boundary_loss")


def test_a_step_goes_down_its_gradient(trained: dict[str, np.ndarray], data_file: Path) -> None:
    inputs, states, classes = propagated(trained, data_file, "train", 0)
    delta = (scipy.special.softmax(states, axis=1) - np.eye(3)[classes]) * (1.0 - states**2)
    before, after = trained["snapshot_weights_1"][0]
    np.testing.assert_allclose(
        before - after, RATE * delta.T @ inputs / len(inputs), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(
        -trained["snapshot_bias_1"][0, 1], RATE * delta.mean(axis=0), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            ["loss.kind=cross_entropy", "data.targets=inputs"],
            "`data.targets` must be zero_one or plus_minus with the cross-entropy, which is that "
            "of classes, but is inputs. Try loss.kind=boundary.",
        ),
        (
            ["loss={kind: cross_entropy, tolerance: 0.1}"],
            "`loss.tolerance` must be a known key, but there is no such key. Try one of kind, ",
        ),
        (["loss.kind=[bulk, cross_entropy]"], "`loss.kind` must be one of 'boundary', 'bulk', "),
    ],
)
def test_refusals(config: Path, overrides: list[str], said: str, refused: Refused) -> None:
    assert refused("train", config, *overrides).startswith(said)
