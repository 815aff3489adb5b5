"""``nnu strings``: closed strings of a config's graph or a run's net, stored, told and refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml

import nnuniverse
from nnuniverse.physics.strings.found_strings import VARIABLES

Nnu = Callable[..., Any]
Refused = Callable[..., str]

CONFIG = {
    "name": "cycles",
    "network": {
        "kind": "graph",
        "mask": {"kind": "permutation", "cycles": [12, 7]},
        "inputs": [],
        "outputs": [],
        "activation": "identity",
    },
}


@pytest.fixture(scope="session")
def cycles(shared: Path) -> Path:
    """A config of two cycles, closed in itself."""
    path = shared / "cycles.yaml"
    path.write_text(yaml.safe_dump(CONFIG))
    return path


@pytest.fixture(scope="session")
def wires(nnu: Nnu, shared: Path, data_file: Path) -> Path:
    """A run of 4 wires, input -> hidden -> output, the last two crossed; it may be written into."""
    weights = np.zeros((12, 12))
    weights[[4, 5, 6, 7], [0, 1, 2, 3]] = [0.9, 0.8, -0.7, 0.6]
    weights[[8, 9, 11, 10], [4, 5, 6, 7]] = [0.5, 0.8, 0.9, 1.1]
    np.savez(shared / "wires.npz", weights=weights)
    content = {
        "name": "wires",
        "replicas": 2,
        "data": {"kind": "npz", "path": str(data_file), "targets": "inputs"},
        "network": {
            "kind": "graph",
            "mask": {"kind": "npz", "path": str(shared / "wires.npz")},
            "activation": "identity",
        },
        "train": {"epochs": 1, "batch": 4},
        "observe": {"observables": ["boundary_loss"], "complexity_n": [2]},
    }
    path = shared / "wires.yaml"
    path.write_text(yaml.safe_dump(content))
    result = nnu("train", path, "--out", shared / "wires")
    assert result.code == 0, result.err
    return result.folder


@pytest.fixture(scope="session")
def told(nnu: Nnu, wires: Path) -> dict[str, Any]:
    """What is found of the run, closed, as JSON; the file is there."""
    result = nnu("strings", wires, "--closed", "--state", "data", "--steps", "9", "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def test_two_tables_and_sentences_tell_a_config(nnu: Nnu, cycles: Path) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLUMNS", "80")
        result = nnu("strings", cycles, "network.mask.weight=-1", "--state", "random")
    assert result.code == 0, result.err
    assert max(map(len, result.out.splitlines())) <= 80
    lines = [line.split() for line in result.out.splitlines()]
    assert ["0", "12", "+1", "1", "periodic", "2", "pi", "m/12"] in lines
    assert ["1", "7", "-1", "1", "antiperiodic", "(2", "m", "+", "1)", "pi/7"] in lines
    assert ["wave", "equation", "(8.8)", "0", "0"] in lines
    assert "back after 84 steps" in result.out


def test_strings_that_saturate_say_so(nnu: Nnu, cycles: Path) -> None:
    options = ("network.activation=tanh", "--state", "random", "--steps", "60")
    result = nnu("strings", cycles, *options)
    assert result.code == 0, result.err
    told = result.out.splitlines()[-1]
    assert told.startswith(
        "Through tanh the largest state of the right mover falls from 18 to 0.15"
    )
    assert told.endswith("sqrt(3/2t), which strings of unit weights tend to, is 0.158.")


def test_a_run_closed_into_loops(told: dict[str, Any], wires: Path) -> None:
    assert sorted(told["cycle_length"]) == [2, 2, 4]
    assert told["neurons"] == 12
    assert all(0.0 < gain < 1.1 for gain in told["cycle_gain"])
    assert sum(told["cycle_antiperiodic"]) == 1
    residuals = told["identity_residuals"]
    assert residuals["wave equation"]["equal_weights"] < 1e-12
    assert residuals["wave equation"]["as_they_are"] > 1e-3
    assert residuals["transport"]["as_they_are"] == 0.0


def test_the_file_says_the_same(told: dict[str, Any], wires: Path) -> None:
    with xr.open_dataset(wires / "strings.h5") as dataset:
        assert {variable.name for variable in VARIABLES} == set(dataset.data_vars)
        assert dataset["state"].dims == ("mover", "subsystem", "step", "site")
        assert dataset["state"].shape == (2, 3, 10, 8)
        assert dataset["mover"].values.tolist() == ["right", "left"]
        assert dataset["direction"].values.tolist() == ["left", "right"]
        assert dataset["cycle_product"].values.tolist() == told["cycle_product"]
        assert dataset["energy_momentum"].isel(step=-1).isnull().all()
        assert not dataset["energy_momentum"].isel(step=slice(-1)).isnull().any()
        assert dataset.attrs["state"] == "data"
        state, site = dataset["state"], dataset["site_neuron"].values.tolist()
        w = dataset["site_weight"].values
        position = dataset["site_position"].values
        inside = np.flatnonzero(position > 0)
        right = state.sel(mover="right").values
        np.testing.assert_allclose(right[:, 1:, inside], w[inside] * right[:, :-1, inside - 1])
        assert sorted(site) == list(range(8))


def test_python_finds_the_same_and_writes_nothing(told: dict[str, Any], wires: Path) -> None:
    before = (wires / "strings.h5").read_bytes()
    dataset = nnuniverse.strings(wires, closed=True, state="data", steps=9)
    assert dataset["cycle_gain"].values.tolist() == told["cycle_gain"]
    other = nnuniverse.strings(wires, closed=True, replica=1)
    assert other["cycle_gain"].values.tolist() != told["cycle_gain"]
    assert (wires / "strings.h5").read_bytes() == before


def test_data_begin_with_the_mean_states_of_classes(told: dict[str, Any], wires: Path) -> None:
    dataset = nnuniverse.strings(wires, closed=True, state="data", steps=9)
    sites = np.argsort(dataset["site_neuron"].values)[:4]
    begun = dataset["state"].isel(step=0, site=sites).sel(mover="right").values
    run = nnuniverse.load_config(wires / "config.yaml")
    with np.load(run.data.path) as data:  # type: ignore[union-attr]
        inputs, labels = data["x_train"].reshape(12, -1), data["y_train"]
    means = np.stack([inputs[labels == one].mean(axis=0) for one in range(3)])
    slope, offset = np.polyfit(means.ravel(), begun.ravel(), 1)
    np.testing.assert_allclose(begun, slope * means + offset, atol=1e-6)
    assert slope > 0.0


def test_small_weights_may_count_as_none(nnu: Nnu, refused: Refused, cycles: Path) -> None:
    weights = np.roll(np.eye(5), 1, axis=0)
    weights[0, 2], weights[3, 1] = 1e-3, -2e-2
    np.savez("nearly.npz", weights=weights)
    nearly = (cycles, "network.mask={kind: npz, path: nearly.npz}")
    assert "neuron 0 has 2 weights into it" in refused("strings", *nearly)
    result = nnu("strings", *nearly, "--least", "0.01")
    assert result.code == 2
    assert "neuron 3 has 2 weights into it" in result.err
    result = nnu("strings", *nearly, "--least", "0.1", "--json")
    assert json.loads(result.out)["cycle_length"] == [5]
    assert "2 weights of 7 left out, 8e-05 of all squares" in result.err


@pytest.mark.parametrize("place", ["folder", "folder/mine.h5"])
def test_a_config_is_stored_where_asked(nnu: Nnu, cycles: Path, place: str) -> None:
    for _ in range(2):  # an earlier one is replaced
        result = nnu("strings", cycles, "--out", place)
        assert result.code == 0, result.err
    file = Path(place) if place.endswith(".h5") else Path(place) / "strings.h5"
    with xr.open_dataset(file) as dataset:
        assert dataset["cycle_length"].values.tolist() == [12, 7]
        assert dataset.attrs["run"] == "cycles"


def test_such_a_file_is_drawn_and_no_other(
    nnu: Nnu, refused: Refused, cycles: Path, wires: Path
) -> None:
    assert nnu("strings", cycles, "--out", "mine.h5").code == 0
    result = nnu("plot", "worldsheet", "mine.h5", "--format", "svg", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["files"] == ["figures/worldsheet.svg", "figures/worldsheet.csv"]
    heading, first = Path("figures/worldsheet.csv").read_text().splitlines()[:2]
    assert heading == "run,mover,cycle,position,step,state"
    assert first.startswith("cycles,right,0,0,0,")
    shutil.copy(wires / "results.h5", "other.h5")
    line = refused("plot", "string", "other.h5", code=1)
    assert "'other.h5' must be what `nnu strings` makes, but is not" in line
    assert "must be a run folder" in refused("plot", "loss", "mine.h5")


def test_a_file_of_somebody_else_stays(refused: Refused, cycles: Path) -> None:
    Path("mine.h5").write_bytes(b"something")
    line = refused("strings", cycles, "--out", "mine.h5")
    assert "must be new or an earlier strings.h5" in line
    assert Path("mine.h5").read_bytes() == b"something"


def test_a_run_that_cannot_be_written_is_told_all_the_same(
    nnu: Nnu, wires: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(wires, tmp_path / "wires" / wires.name))
    (folder / "strings.h5").unlink(missing_ok=True)
    (folder / "strings.h5").mkdir()
    result = nnu("strings", folder, "--closed")
    assert result.code == 0
    assert "not stored" in result.err
    assert "3 closed strings" in result.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--steps", "1"), "`--steps` must be at least 2, but is 1"),
        (("--movers", "left"), "`--movers` must be one of right, both, but is 'left'"),
        (("--state", "still"), "`--state` must be one of random, modes, data, null"),
        (("--state", "null", "--subsystems", "1"), "`--subsystems` must be at least 2"),
        (("--subsystems", "0"), "`--subsystems` must be at least 1"),
        (("--least", "1"), "`--least` must be a share, 0 or more and below 1, but is 1"),
        (("--seed", "-1"), "`--seed` must be at least 0"),
        (("--state", "data"), "`--state data` must be of a run with its data, but is of a config"),
        (("--closed",), "`--closed` must be of a net with as many outputs as inputs"),
        (("--epoch", "3"), "`--epoch` must be of a run"),
        (("--replica", "99"), "`--replica` must be one of 0 .. "),
        (("network.activation=relu",), "`network.activation` must be identity or tanh"),
        (("network.mask.weight=0",), "the weights of cycles must hold a cycle"),
        (("--steps", "10000000"), "`--steps` must be at most"),
        (
            ("network.mask={kind: full}", "network.neurons=5", "network.activation=tanh"),
            "must be a weighted permutation, but hold 0.",
        ),
        (
            ("network.mask={kind: lattice, shape: [4], periodic: false}",),
            "of their squares on one, and neuron 1 has 2 weights into it",
        ),
    ],
)
def test_wrong_options(refused: Refused, cycles: Path, options: tuple, message: str) -> None:
    assert message in refused("strings", cycles, *options)


def test_layered_configs_and_runs_that_are_no_strings(
    refused: Refused, config: Path, finished: Any, wires: Path
) -> None:
    assert "`network.kind` must be graph, but is layered" in refused("strings", config)
    line = refused("strings", finished.folder, code=1)
    assert "must be a weighted permutation, but hold 0." in line
    assert "has 4 weights into it" in line
    line = refused("strings", wires, code=1)
    assert "hold all of their squares on one" in line
    assert "neuron 0 has no weight into it but one on the other side. Try --closed" in line
    assert "`--subsystems` must be at most the 3 classes" in refused(
        "strings", wires, "--closed", "--state", "data", "--subsystems", "4"
    )
    assert "a run must be taken as it is" in refused("strings", wires, "seed=1")
