"""What a run says of weights that its float32 has rounded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml


@pytest.fixture(scope="module")
def graph_config(shared: Path, data_file: Path) -> Path:
    """Inputs that lead to outputs, and beside them a ring of nine with weights 1/3."""
    weights = np.zeros((16, 16))
    weights[4:7, :4] = 0.25
    for step in (-1, 0, 1):
        weights[7 + np.arange(9), 7 + (np.arange(9) + step) % 9] = 1 / 3
    path = shared / "ring.npz"
    np.savez(path, weights=weights, inputs=range(4), outputs=[4, 5, 6])
    content = {
        "name": "ring",
        "data": {"kind": "npz", "path": str(data_file)},
        "network": {
            "kind": "graph",
            "mask": {"kind": "npz", "path": str(path)},
            "activation": "identity",
        },
        "train": {"epochs": 1, "batch": 12, "learning_rate": 1e-30},  # leaves the weights as given
        "observe": {"observables": ["mu2"], "complexity_n": []},
    }
    path = shared / "ring.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_an_eigenvalue_that_float32_kept_from_being_zero(nnu, graph_config: Path) -> None:
    as_given = json.loads(nnu("spectrum", graph_config, "--json").out)
    assert as_given["zero_eigenvalues"] == 1
    assert as_given["zero_within_rounding_of_weights"] == 0

    run = nnu("train", graph_config, "--out", "runs").folder
    kept = json.loads(nnu("spectrum", run, "--json").out)
    assert kept["zero_eigenvalues"] == 0
    assert 0.0 < kept["smallest"]["eigenvalues"][0] < 1e-14
    assert kept["zero_within_rounding_of_weights"] == 1
    assert "1 of the smallest eigenvalues shown may be zero but for" in nnu("spectrum", run).out


@pytest.mark.parametrize("gain", [1e-300, 1e-8])
def test_a_run_of_the_smallest_weights_is_not_corrupt(nnu, config: Path, gain: float) -> None:
    options = (f"network.initialiser.gain={gain}", "train.learning_rate=1e-12", "--out", "runs")
    run = nnu("train", config, *options).folder
    assert nnu("analyze", run, "--resamples", 99).code == 0
