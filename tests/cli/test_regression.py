"""Regression through ``nnu``: real targets of any width, R^2, and no error rate."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml

Nnu = Callable[..., Any]
Refused = Callable[..., str]

OUTPUTS = 5


@pytest.fixture(scope="session")
def real_file(shared: Path) -> Path:
    """12 training and 6 test samples of 4 features and 5 real targets."""
    random = np.random.default_rng(0)
    path = shared / "real.npz"
    arrays = {
        f"{letter}_{split}": random.normal(size=(count, width))
        for split, count in (("train", 12), ("test", 6))
        for letter, width in (("x", 4), ("y", OUTPUTS))
    }
    np.savez(path, **arrays)
    return path


@pytest.fixture(scope="session")
def regression(real_file: Path, shared: Path) -> Path:
    """A config that fits them with a net without hidden layers."""
    path = shared / "regression.yaml"
    content = {
        "name": "regression",
        "data": {
            "kind": "npz",
            "path": str(real_file),
            "targets": "real",
            "input_scale": "per_feature",
        },
        "network": {"hidden": [], "activation": "identity"},
        "train": {"epochs": 3, "batch": 12},
        "observe": {"complexity_n": [], "snapshots": {"kind": "fixed", "every": 3}},
    }
    path.write_text(yaml.safe_dump(content))
    return path


def r_squared(outputs: np.ndarray, targets: np.ndarray) -> float:
    """Of all outputs together, as in textbooks."""
    return 1.0 - np.sum((outputs - targets) ** 2) / np.sum((targets - targets.mean(axis=0)) ** 2)


def test_training_on_real_targets(regression: Path, real_file: Path, nnu: Nnu) -> None:
    result = nnu("train", regression, "--json")
    assert result.code == 0, result.err
    folder = Path(json.loads(result.out)["run"])
    data = {name: array.astype("f4") for name, array in np.load(real_file).items()}
    mean, deviation = (f(np.load(real_file)["x_train"], axis=0) for f in (np.mean, np.std))
    with h5py.File(folder / "results.h5") as file:
        assert "error_rate" not in file
        assert "test_error_rate" not in file
        weights, bias = (file[name][0].astype("f8") for name in ("weights_1", "bias_1"))
        assert weights.shape == (OUTPUTS, 4)
        for prefix, split in (("", "train"), ("test_", "test")):
            inputs = ((np.load(real_file)[f"x_{split}"] - mean) / deviation).astype("f4")
            outputs, targets = inputs @ weights.T + bias, data[f"y_{split}"].astype("f8")
            loss = 0.5 * np.mean(np.sum((outputs - targets) ** 2, axis=1))
            np.testing.assert_allclose(file[f"{prefix}boundary_loss"][0, -1], loss, rtol=1e-10)
            np.testing.assert_allclose(
                file[f"{prefix}r_squared"][0, -1], r_squared(outputs, targets), rtol=1e-10
            )


def test_data_show_says_how_many_outputs(regression: Path, nnu: Nnu) -> None:
    facts = json.loads(nnu("data", "show", regression, "--json").out)
    assert facts["outputs"] == OUTPUTS
    assert "classes" not in facts


@pytest.mark.parametrize("targets", ["zero_one", "plus_minus"])
def test_real_labels_are_no_classes(regression: Path, targets: str, refused: Refused) -> None:
    line = refused("train", regression, f"data.targets={targets}")
    assert line.startswith("`data.targets` must be real, inputs or rotated, as the labels of ")
    assert line.endswith(f" are floats, but is {targets}. Try data.targets=real.")


def test_classes_are_no_real_targets(config: Path, refused: Refused) -> None:
    line = refused("train", config, "data.targets=real")
    assert line.startswith("`data.targets` must be zero_one, plus_minus, inputs or rotated, as ")
