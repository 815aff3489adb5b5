"""``nnu align``: cosines of the drift and the gradient of the free energy, stored and judged."""

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

from nnuniverse.physics.mechanics.alignment.measured import NAMES

Refused = Callable[..., str]
KEPT = "observe.weights=snapshots"
FEW = "observe.observables=[boundary_loss]"


@pytest.fixture(scope="session")
def kept(nnu, config: Path, shared: Path) -> Path:
    """A run of three replicas that kept its weights; nobody writes into its folder."""
    return nnu("train", config, KEPT, FEW, "replicas=3", "--out", shared / "kept").folder


@pytest.fixture(scope="session")
def found(nnu, kept: Path, shared: Path) -> dict[str, Any]:
    """What is found of it, also in ``align.h5`` of a copy."""
    copy = shutil.copytree(kept, shared / "aligned" / "tiny" / kept.name)
    (document,) = json.loads(nnu("align", copy, "--beta", "1,10", "--hessian", "--json").out)
    return {**document, "folder": Path(copy)}


def test_all_of_it_is_found_of_every_replica_and_snapshot(found: dict[str, Any]) -> None:
    assert (found["epochs"], found["betas"], found["seeds"]) == ([0, 1, 3], [1.0, 10.0], [0, 1, 2])
    assert set(found["values"]) == set(NAMES)
    sizes = {"replica": 3, "snapshot": 3, "beta": 2, "stiffest": 10}
    for name, variable in NAMES.items():
        assert np.shape(found["values"][name]) == tuple(sizes[dim] for dim in variable.dims)
        assert np.isfinite(np.array(found["values"][name], float)).all()


def test_the_controls_come_out_one(found: dict[str, Any]) -> None:
    np.testing.assert_allclose(found["values"]["boundary_cosine"], 1.0, rtol=1e-12)
    np.testing.assert_allclose(found["values"]["sampled_cosine"], 1.0, rtol=1e-5)


def test_every_epoch_has_its_verdict(found: dict[str, Any]) -> None:
    cosines = np.array(found["values"]["alignment"])
    for epoch, row in enumerate(found["verdicts"]):
        for beta, judged in enumerate(row):
            assert judged["value"] == pytest.approx(cosines[:, epoch, beta].mean())
            named = judged["low"] > 0.0 or judged["high"] < 0.0
            assert (judged["drift"] in ("along", "against")) == named
            assert judged["reason"] == ""


def test_the_file_says_the_same(found: dict[str, Any]) -> None:
    with xr.open_dataset(found["folder"] / "align.h5") as dataset:
        assert dataset["alignment"].dims == ("replica", "snapshot", "beta")
        np.testing.assert_array_equal(dataset["alignment"], found["values"]["alignment"])
        assert dataset["alignment"].attrs["source"] == "2008.01540 (4.2)"
        assert dataset.attrs["edge_of_stability"] == found["edge_of_stability"] == 2.0
        np.testing.assert_array_equal(dataset["seed"], [0, 1, 2])


def test_runs_of_one_family_are_one_table_in_which_no_seed_counts_twice(
    nnu, kept: Path, found: dict[str, Any]
) -> None:
    alike = (kept, found["folder"])
    (document,) = json.loads(nnu("align", *alike, "--epoch", "1", "--beta", "1", "--json").out)
    assert document["runs"] == list(map(str, alike))
    assert document["seeds"] == [0, 1, 2]


def test_the_table_says_what_drifts_where(nnu, kept: Path, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = nnu("align", kept, "--beta", "1", "--replica", "0,1")
    assert "4-3-3, 2 seeds, beta = 1" in result.out
    assert "undecided: fewer than 3 seeds" in result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_a_run_that_kept_its_last_weights_is_taken_at_its_end(nnu, copied) -> None:
    result = nnu("align", copied(), "--beta", "1", "--json")
    (document,) = json.loads(result.out)
    assert document["epochs"] == [3]
    assert "kept its last weights only" in result.err
    assert "observe.weights=snapshots" in result.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--beta", "0"), "`--beta` must be a positive number, but is 0. Try --beta 1"),
        (("--beta", "x"), "`--beta` must be numbers between commas"),
        (("--epoch", "7"), "`--epoch` must be a snapshot, but is 7. Try --epoch 3, near"),
        (("--epoch", "0.5"), "`--epoch` must be whole numbers, but is '0.5'"),
        (("--replica", "3"), "`--replica` must be one of 0 .. 2, but is 3. Try --replica 0"),
    ],
)
def test_wrong_options(refused: Refused, kept: Path, options: tuple, message: str) -> None:
    assert message in refused("align", kept, *options)


def test_an_epoch_whose_weights_are_gone(refused: Refused, finished) -> None:
    line = refused("align", finished.folder, "--epoch", "1", code=1)
    assert line.endswith("but is 1. Try a run with observe.weights=snapshots.")


def test_graphs_are_refused(refused: Refused, copied: Callable[[], Path]) -> None:
    folder = copied()
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config["network"] = {"kind": "graph", "neurons": 9, "mask": {"kind": "full"}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    assert "must be of a layered net, but is of a graph" in refused("align", folder, code=1)
