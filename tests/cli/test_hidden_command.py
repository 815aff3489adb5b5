"""``nnu hidden``: subsystems of a run, their controls and a metric, stored, told and refused."""

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
from nnuniverse.physics.hidden.hidden_variables import NAMES

Nnu = Callable[..., Any]
Refused = Callable[..., str]
TRAIN = ("--samples", "train", "--steps", "8", "--draws", "30")


@pytest.fixture(scope="session")
def graph_run(nnu: Nnu, shared: Path, data_file: Path) -> Path:
    """A run of three graphs of ten neurons."""
    content = {
        "name": "tinygraph",
        "replicas": 3,
        "data": {"kind": "npz", "path": str(data_file)},
        "network": {"kind": "graph", "neurons": 10, "mask": {"kind": "full"}},
        "train": {"epochs": 2, "batch": 4},
        "observe": {"observables": ["boundary_loss"], "complexity_n": [2]},
    }
    path = shared / "tinygraph.yaml"
    path.write_text(yaml.safe_dump(content))
    folder: Path = nnu("train", path, "--out", shared / "hidden").folder
    return folder


@pytest.fixture(scope="session")
def found(nnu: Nnu, graph_run: Path) -> dict[str, Any]:
    """What is found of it, as JSON."""
    result = nnu("hidden", graph_run, *TRAIN, "--json")
    assert result.code == 0, result.err
    document: dict[str, Any] = json.loads(result.out)
    return document


def test_tables_and_sentences_tell_it(nnu: Nnu, graph_run: Path) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLUMNS", "80")
        result = nnu("hidden", graph_run, *TRAIN)
    assert result.code == 0, result.err
    tables, _, told = result.out.rpartition("\n\n")
    assert max(map(len, tables.splitlines())) <= 80
    assert "graph of 10 neurons and 54 edges" in tables
    assert "3 subsystems of 12 train samples" in " ".join(tables.split())
    assert "Late transient: t = " in told
    assert "The null constraint (7.6) " in told
    assert "signature (1, 2) at" in told
    assert "that of the Gaussians at" in told


def test_the_file_holds_all_of_it(found: dict[str, Any], graph_run: Path) -> None:
    assert set(found["values"]) == set(NAMES)
    with xr.open_dataset(graph_run / "hidden.h5") as dataset:
        assert dataset["mean_state"].shape == (3, 4, 8, 6)
        assert dataset["net"].values.tolist() == found["nets"]
        assert dataset["subsystem_correlation"].attrs["source"] == "2008.01540 (7.6)"
        np.testing.assert_array_equal(dataset["speed"], found["values"]["speed"])
        sums = dataset["mean_state"][:, 1:].sum("subsystem")
        np.testing.assert_allclose(dataset["mean_state"][:, 0], sums, atol=1e-15)
        assert (dataset["mean_state"][:, :, 0] == 0).all()
        mean = dataset["subsystem_correlation"].mean("free_neuron")
        np.testing.assert_allclose(dataset["mean_correlation"][:, 0], mean, rtol=1e-12)
        assert (dataset["speed"][:, 0] == 1.0).all()


def test_python_finds_the_same_and_writes_nothing(found: dict[str, Any], graph_run: Path) -> None:
    before = (graph_run / "hidden.h5").read_bytes()
    dataset = nnuniverse.hidden(graph_run, samples="train", steps=8, draws=30)
    np.testing.assert_array_equal(dataset["metric_residual"], found["values"]["metric_residual"])
    other = nnuniverse.hidden(graph_run, samples="train", steps=8, draws=30, seed=1)
    np.testing.assert_array_equal(other["speed"], dataset["speed"])
    assert (other["mean_correlation"][:, 2] != dataset["mean_correlation"][:, 2]).any()
    assert (graph_run / "hidden.h5").read_bytes() == before


def test_groups_of_a_file_are_the_subsystems(
    found: dict[str, Any], graph_run: Path, tmp_path: Path
) -> None:
    file = tmp_path / "groups.txt"
    file.write_text("\n".join(str(5 - k % 3) for k in range(12)))
    dataset = nnuniverse.hidden(graph_run, samples="train", steps=8, draws=30, groups=str(file))
    assert dataset.attrs["subsystems"] == "3, 4, 5"
    means = np.array(found["values"]["mean_state"])
    np.testing.assert_allclose(dataset["mean_state"][:, 1:], means[:, :0:-1], atol=1e-14)


def test_a_layered_net_is_at_rest_soon(nnu: Nnu, finished: Any, shared: Path) -> None:
    copy = shutil.copytree(finished.folder, shared / "hidden" / "tiny" / finished.folder.name)
    result = nnu("hidden", copy, "--groups", "random", "--json", "--draws", "30")
    assert "is at rest after 2 steps" in result.err
    document = json.loads(result.out)
    speed = np.array(document["values"]["speed"], float)
    assert np.isfinite(speed).sum(axis=1).tolist() == [2, 2]
    assert document["verdict"]["holds"] == "undecided"


@pytest.mark.parametrize(
    "options, told",
    [
        (("--steps", "0"), "`--steps` must be at least 1, but is 0"),
        (("--samples", "all"), "`--samples` must be test or train, but is 'all'"),
        (("--draws", "5"), "at least the 6 unknowns of a metric of 3 subsystems, but is 5"),
        (("--groups", "no-such-file"), "`--groups` must name a readable file"),
        (("--epoch", "1"), "must be 2, whose weights were kept"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    refused: Refused, graph_run: Path, options: tuple[str, str], told: str
) -> None:
    code = 1 if options[0] == "--epoch" else 2
    assert told in refused("hidden", graph_run, *options, code=code)


@pytest.mark.parametrize(
    "text, told",
    [
        ("0 1 2", "must hold a number for each of the 6 samples, but holds 3"),
        ("0 0 0 1 1 x", "must hold whole numbers, but holds others"),
        ("4 4 4 4 4 4", "must make at least 2 subsystems, but makes 1"),
        ("0 0 0 1 1 2", "at least 2 samples, but gives subsystem 2 1"),
    ],
)
def test_a_wrong_file_of_groups_is_refused(
    refused: Refused, graph_run: Path, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "groups.txt"
    file.write_text(text)
    assert told in refused("hidden", graph_run, "--groups", file)
