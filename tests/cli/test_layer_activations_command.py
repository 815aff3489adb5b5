"""``network.activation`` as a list: one activation for each layer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

Nnu = Callable[..., Any]
Refused = Callable[..., str]


def test_training_and_measuring(config: Path, data_file: Path, nnu: Nnu) -> None:
    measured = "observe.observables=[boundary_loss, mu2, bulk_loss]"
    overrides = ("network.activation=[tanh, identity]", measured, "replicas=1")
    result = nnu("train", config, *overrides, "--json")
    assert result.code == 0, result.err
    folder = Path(json.loads(result.out)["run"])
    data = np.load(data_file)
    with h5py.File(folder / "results.h5") as file:
        assert "bulk_loss" not in file
        net = [file[f"{name}_{l}"][0].astype(float) for l in (1, 2) for name in ("weights", "bias")]
        hidden = np.tanh((data["x_train"] / 255) @ net[0].T + net[1])
        errors = hidden @ net[2].T + net[3] - np.eye(3)[data["y_train"]]
        loss = 0.5 * np.mean(np.sum(errors**2, axis=1))
        np.testing.assert_allclose(file["boundary_loss"][0, -1], loss, rtol=1e-6)
        moment = file["mu2"][0, -1]
    spectrum = json.loads(nnu("spectrum", folder, "--json").out)
    np.testing.assert_allclose(spectrum["traces"]["mu2"]["value"], moment, rtol=1e-9)


@pytest.mark.parametrize(
    ("command", "overrides", "said"),
    [
        (
            "train",
            ["network.activation=[tanh]"],
            "`network.activation` must be one name, or one for each of the 2 layers after the "
            "inputs, but is ['tanh']. Try network.activation=[tanh,identity].",
        ),
        (
            "train",
            ["network.activation=[tanh,identity]", "loss.kind=bulk"],
            "`network.activation` must be the same in all layers for the bulk loss, but is ",
        ),
        (
            "ensemble",
            ["network.activation=[tanh,identity]"],
            "`network.activation` must be the same in all layers for the ensemble, but is ",
        ),
        (
            "train",
            ["network={kind: graph, neurons: 9, mask: {kind: full}, activation: [tanh]}"],
            "`network.activation` must be 'tanh', 'relu', 'logistic' or 'identity', but is ",
        ),
    ],
)
def test_refusals(
    config: Path, command: str, overrides: list[str], said: str, refused: Refused
) -> None:
    assert refused(command, config, *overrides).startswith(said)
