"""``train.precision: float64``: steps of gradient descent that agree with NumPy to its rounding."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from nnuniverse.config import load_config
from nnuniverse.experiments.train import resume_run, start_run

Nnu = Callable[..., Any]

OVERRIDES = (
    "train.precision=float64",
    "train.batch=12",
    "train.epochs=20",
    "train.schedule={kind: cosine, final: 0.1}",
    "replicas=1",
    "network.hidden=[]",
    "observe.weights=snapshots",
    "observe.observables=[boundary_loss]",
    "observe.complexity_n=[]",
    "data.input_scale=standardised",
)


@pytest.fixture(scope="module")
def precise(config: Path, tmp_path_factory: pytest.TempPathFactory, nnu: Nnu) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("float64")
    result = nnu("train", config, *OVERRIDES, "--json", "--out", root)
    assert result.code == 0, result.err
    with h5py.File(Path(json.loads(result.out)["run"]) / "results.h5") as file:
        return {name: dataset[()] for name, dataset in file.items()}


def test_against_numpy(precise: dict[str, np.ndarray], data_file: Path) -> None:
    data = np.load(data_file)
    inputs = (data["x_train"] - data["x_train"].mean()) / data["x_train"].std()
    targets = np.eye(3)[data["y_train"]]
    weights, bias = (precise[f"snapshot_{name}_1"][0, 0] for name in ("weights", "bias"))
    np.testing.assert_array_equal(weights, weights.astype("f4"))  # drawn as always
    for epoch in range(20):
        states = np.tanh(inputs @ weights.T + bias)
        loss = 0.5 * np.mean(np.sum((states - targets) ** 2, axis=1))
        np.testing.assert_allclose(precise["running_boundary_loss"][0, epoch], loss, rtol=1e-13)
        delta = (states - targets) * (1.0 - states**2) / len(inputs)
        rate = 0.1 * (0.1 + 0.9 * 0.5 * (1.0 + np.cos(np.pi * epoch / 20)))
        weights, bias = weights - rate * delta.T @ inputs, bias - rate * delta.sum(axis=0)
    for name, expected in (("weights_1", weights), ("bias_1", bias)):
        assert precise[name].dtype == np.float64
        np.testing.assert_allclose(precise[name][0], expected, rtol=1e-12, atol=1e-14)


def test_an_interrupted_run_ends_as_an_undisturbed_one(
    precise: dict[str, np.ndarray], config: Path, tmp_path: Path
) -> None:
    asked = iter([False, True])
    outcome = start_run(load_config(config, OVERRIDES), tmp_path, stop=lambda: next(asked, False))
    assert outcome.status == "interrupted"
    resume_run(outcome.folder.path)
    with h5py.File(outcome.folder.results) as file:
        for name in ("weights_1", "running_boundary_loss"):
            np.testing.assert_array_equal(file[name][()], precise[name])
