"""``nnu holography``: a net seen from its boundary, told, stored, exported and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml

import nnuniverse
from nnuniverse.physics.holography.found_holography import VARIABLES

Nnu = Callable[..., Any]


@pytest.fixture(scope="session")
def seen_run(nnu: Nnu, shared: Path, data_file: Path) -> Path:
    """A run of a linear net 4-3-3; it may be written into."""
    content = {
        "name": "seen",
        "data": {"kind": "npz", "path": str(data_file)},
        "network": {"hidden": [3], "activation": "identity"},
        "train": {"epochs": 2, "batch": 4},
        "observe": {"observables": ["boundary_loss"], "complexity_n": [2]},
    }
    path = shared / "seen.yaml"
    path.write_text(yaml.safe_dump(content))
    result = nnu("train", path, "--out", shared / "seen")
    assert result.code == 0, result.err
    return Path(result.folder)


@pytest.fixture(scope="session")
def loops(shared: Path) -> Path:
    """A config of a closed net of two cycles, of 12 and 7 neurons, all of weight one half."""
    content = {
        "name": "loops",
        "network": {
            "kind": "graph",
            "mask": {"kind": "permutation", "cycles": [12, 7], "weight": 0.5},
            "inputs": [],
            "outputs": [],
            "activation": "identity",
        },
    }
    path = shared / "loops.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_a_config_is_told_in_eighty_columns(nnu: Nnu, loops: Path) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLUMNS", "80")
        result = nnu("holography", loops, "--boundary", "0,5,12-13", "--eps", "1,1e-8")
    assert result.code == 0, result.err
    assert max(map(len, result.out.splitlines())) <= 80
    lines = [line.split() for line in result.out.splitlines()]
    # Weights of one half: log P/log eps is off by n log 2/18.4, the slope is exact.
    assert any(line[:3] == ["1e-08", "series", "all"] and line[4] == "all" for line in lines)
    assert "rho of the matrix is 0.5." in result.out
    assert "Paths join 8 of 16 pairs, 0 to 11 neurons between." in result.out


def test_the_file_and_python_say_what_json_says(nnu: Nnu, seen_run: Path) -> None:
    result = nnu("holography", seen_run, "--json")
    assert result.code == 0, result.err
    told = json.loads(result.out)
    with xr.open_dataset(seen_run / "holography.h5") as dataset:
        assert {variable.name for variable in VARIABLES} == set(dataset.data_vars)
        assert dataset["boundary_map_log"].dims == ("eps", "boundary", "boundary_2")
        assert dataset["distance"].values[-3:, :4].tolist() == [[1.0] * 4] * 3
        assert dataset["path_count"].values[-3:, :4].tolist() == [[3.0] * 4] * 3
        np.testing.assert_array_equal(dataset["boundary_weights"], told["boundary_weights"])
    dataset = nnuniverse.holography(seen_run, matrix="slopes")
    np.testing.assert_allclose(dataset["boundary_weights"], told["boundary_weights"], atol=1e-7)
    np.testing.assert_allclose(dataset["boundary_bias"], told["boundary_bias"], atol=1e-7)


def test_the_exported_net_is_one_that_does_the_same(nnu: Nnu, seen_run: Path, shared: Path) -> None:
    file = shared / "boundary.npz"
    result = nnu("holography", seen_run, "--export", file, "--eps", "0.1")
    assert result.code == 0, result.err
    config = yaml.safe_load((seen_run / "config.yaml").read_text())
    config["network"] = {
        "kind": "graph",
        "mask": {"kind": "npz", "path": str(file)},
        "activation": "identity",
    }
    config |= {"name": "mapped"}
    path = shared / "mapped.yaml"
    path.write_text(yaml.safe_dump(config))
    trained = nnu("train", path, "train.epochs=1", "--out", shared / "mapped")
    assert trained.code == 0, trained.err
    losses = []
    for folder, at in ((seen_run, -1), (trained.folder, 0)):
        with nnuniverse.open_results(folder / "results.h5") as stored:
            losses.append(stored["boundary_loss"][0, at])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--eps", "0"), "`--eps` must be above 0, but is 0"),
        (("--eps", "a"), "`--eps` must be numbers"),
        (("--boundary", "0,99"), "must be neurons 0 to 18, but names 99"),
        (("--boundary", "0,0"), "must name each neuron once, but repeats 0"),
        (("--boundary", "skin"), "must be one of ends, inputs, outputs, all, or neurons"),
        (("--boundary", "3,x"), "must be neurons, such as 0,3,5-9"),
        ((), "`--boundary` must name a neuron"),
        (("--boundary", "0", "--terms", "0"), "`--terms` must be at least 1"),
        (("--matrix", "slopes"), "`--matrix slopes` must be of a run"),
        (("--matrix", "a"), "must be one of weights, slopes"),
        (("--export", "a.h5"), "`--export` must end in .npz"),
    ],
)
def test_bad_input(
    refused: Callable[..., str], loops: Path, options: tuple[str, ...], told: str
) -> None:
    assert told in refused("holography", loops, *options)


def test_no_boundary_net_is_exported_of_a_bulk_that_is_at_rest_anywhere(
    refused: Callable[..., str], loops: Path, tmp_path: Path
) -> None:
    options = ("network.mask.weight=1", "--boundary", "0", "--eps", "0.1")
    told = refused("holography", loops, *options, "--export", tmp_path / "a.npz", code=1)
    assert "the boundary net must exist, but has none: 1 - w of the bulk is singular" in told
    assert not (tmp_path / "a.npz").exists()


def test_a_diverging_series_says_so(nnu: Nnu, loops: Path) -> None:
    options = ("network.mask.weight=2", "--boundary", "0,5", "--eps", "1,1e-4", "--json")
    result = nnu("holography", loops, *options)
    assert result.code == 0
    assert "rho(w) is 2: the series diverges" in result.err and "--eps 0.25" in result.err
    told = json.loads(result.out)
    assert told["computed_by"] == "eps rho >= 1, series"
    assert told["distance_slope"][0] == [[None, None], [None, None]]
    assert told["distance_first"] == [[11.0, 6.0], [4.0, 11.0]]
