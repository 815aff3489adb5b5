"""``nnu measure``: what training would have recorded, from the weights at the snapshots."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr
from changing import changed

from nnuniverse.config import load_config
from nnuniverse.experiments.train import start_run

Refused = Callable[..., str]
FEW = ["log_eigenvalues", "boundary_loss"]


@pytest.fixture(scope="session")
def complete(nnu, config: Path, shared: Path) -> Path:
    """A run that recorded everything, weights included."""
    out = shared / "complete"
    whole = ("observe.weights=snapshots", "observe.observables=all")
    return nnu("train", config, *whole, "--out", out).folder


@pytest.fixture(scope="session")
def less(nnu, config: Path, shared: Path) -> Path:
    """The same run, which recorded less; nobody writes into its folder."""
    names = f"observe.observables=[{','.join(FEW)}]"
    out = shared / "less"
    return nnu("train", config, "observe.weights=snapshots", names, "--out", out).folder


@pytest.fixture
def sparse(less: Path, tmp_path: Path) -> Path:
    """A copy of that run."""
    return Path(shutil.copytree(less, tmp_path / "sparse" / "tiny" / less.name))


def contents(folder: Path) -> dict[str, tuple[bytes, str, dict[str, str]]]:
    internal = {"DIMENSION_LIST", "REFERENCE_LIST"}
    with h5py.File(folder / "results.h5") as file:
        return {
            name: (
                data[()].tobytes(),
                str(data.dtype),
                {key: repr(value) for key, value in data.attrs.items() if key not in internal},
            )
            for name, data in file.items()
        }


def test_adds_what_training_would_have_recorded(nnu, complete: Path, sparse: Path) -> None:
    before = contents(sparse)
    result = nnu("measure", sparse, "--json")
    assert result.code == 0, result.err
    added = json.loads(result.out)
    assert added["run"] == str(sparse)
    with xr.open_dataset(sparse / "results.h5", engine="h5netcdf") as measured:
        assert added["snapshots"] == measured.sizes["snapshot"] == 4
        with xr.open_dataset(complete / "results.h5", engine="h5netcdf") as recorded:
            assert set(measured) == set(recorded)
            assert set(added["added"]) == set(recorded) - set(before)
            for name in recorded.variables:
                assert measured[name].dims == recorded[name].dims
                assert measured[name].attrs == recorded[name].attrs
                assert measured[name].dtype == recorded[name].dtype
                np.testing.assert_allclose(measured[name], recorded[name], rtol=1e-13, atol=1e-14)
    after = contents(sparse)
    assert {name: after[name] for name in before} == before
    entry = json.loads((sparse / "provenance.json").read_text())["measured"]
    assert [part["observables"] for part in entry] == [added["added"]]
    assert {"command", "packages", "started"} <= set(entry[0])
    assert "nothing added" in nnu("measure", sparse).out


def test_adds_the_named_ones_only(nnu, sparse: Path) -> None:
    before = set(contents(sparse))
    result = nnu("measure", sparse, "complexity", "mu2")
    assert result.out == "added at 4 snapshots: complexity, mu2\n"
    assert set(contents(sparse)) - before == {"complexity", "mu2", "complexity_n"}


def test_snapshots_after_divergence_stay_missing(nnu, sparse: Path) -> None:
    with changed(sparse / "results.h5") as file:
        file["diverged_epoch"][1] = 2
    assert nnu("measure", sparse, "error_rate").code == 0
    with xr.open_dataset(sparse / "results.h5", engine="h5netcdf") as measured:
        np.testing.assert_array_equal(
            np.isnan(measured.error_rate), [[False] * 4, [False, False, True, True]]
        )


def test_a_run_without_weights(refused: Refused, finished) -> None:
    line = refused("measure", finished.folder, code=1)
    assert "must have kept its weights at every snapshot" in line


def test_an_unfinished_run(refused: Refused, config: Path, tmp_path: Path) -> None:
    whole = load_config(config, ["observe.weights=snapshots"])
    asked = iter([False, True])
    begun = start_run(whole, tmp_path, stop=lambda: next(asked)).folder
    assert "holds 0 of 3 epochs. Try `nnu train --resume" in refused("measure", begun, code=1)


def test_names(refused: Refused, complete: Path, sparse: Path) -> None:
    assert "is recorded there already" in refused("measure", complete, "mu2")
    assert "names 'mu4'" in refused("measure", sparse, "mu4")


def test_changed_data(refused: Refused, sparse: Path, data_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "data.npz"
    with np.load(data_file) as data:
        np.savez(other, **{**data, "x_train": data["x_train"][::-1]})
    config = sparse / "config.yaml"
    config.write_text(config.read_text().replace(str(data_file), str(other)))
    assert "must be what the run was trained with" in refused("measure", sparse)


def test_not_a_run(refused: Refused, tmp_path: Path) -> None:
    assert "holds no config.yaml" in refused("measure", tmp_path)
