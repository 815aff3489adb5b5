"""A run opened as xarray objects: the analysis is what is stored, and says what it is."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray
from changing import changed
from tiny_data import save_tiny_data

from nnuniverse import open_run, parse_config, start_run
from nnuniverse.analysis import AnalysisSettings, analyse, document, write_analysis
from nnuniverse.analysis.loss_curves import LossCurves
from nnuniverse.errors import ConfigError
from nnuniverse.runs import read_run
from nnuniverse.runs.schema import FILL_VALUE

Copied = Callable[[], Path]

FEW = {"resamples": 99}
"""The least that settings allow, to take no time."""


POSITIVE = {
    *("beta", "large_eigenvalues", "small_eigenvalues", "negative_laplacian"),
    *("counted_laplacian", "printed_counted_laplacian", "unit_log_sum"),
    *("large_log_sum", "large_log_sum_limit", "small_log_sum", "small_log_sum_limit"),
}
SHARES = {
    *("unit_share", "moving_share", "moving_share_bound"),
    *("truncation_error", "large_truncation_error"),
}
"""What the run below has of quantities that cannot be any number."""


def train(root: Path, **observe: object) -> Path:
    """Train two replicas of the net 4-8-5-3 for twelve epochs, enough for lines and gaps."""
    save_tiny_data(root / "data.npz")
    config = {
        "replicas": 2,
        "data": {"kind": "npz", "path": str(root / "data.npz")},
        "network": {"hidden": [8, 5]},
        "train": {"epochs": 12, "batch": 4},
        "observe": {"complexity_n": [2, 8], **observe},
    }
    return start_run(parse_config(config), root).folder.path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run; nobody writes into it."""
    return train(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Copied:
    """Copy the finished run and return the folder of the copy."""
    return lambda: Path(shutil.copytree(trained, tmp_path / "run" / trained.name))


def stored(path: Path) -> xarray.Dataset:
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        return data.load()


def diverge(folder: Path, replica: int, epoch: int) -> None:
    """Let a replica's results from ``epoch`` on be missing, as the training loop writes them."""
    measured = read_run(folder).over("replica", "snapshot")
    with changed(folder / "results.h5") as file:
        file["diverged_epoch"][replica] = epoch
        for name in measured:
            file[name][replica, epoch:] = FILL_VALUE  # every epoch has its snapshot
        file["running_boundary_loss"][replica, epoch - 1 :] = FILL_VALUE


def test_the_results_are_those_recorded(trained: Path) -> None:
    run = open_run(trained)
    assert run.results.mu2.dims == ("replica", "snapshot")
    np.testing.assert_array_equal(run.results.mu2, run.record["mu2"])
    np.testing.assert_array_equal(run.results.snapshot, np.arange(13))
    assert run.results.weights_1.shape == (2, 8, 4)
    assert not (trained / "analysis.h5").exists(), "opening writes nothing"


def test_the_analysis_is_what_is_stored(copied: Copied) -> None:
    folder = copied()
    settings = {**FEW, "betas": (0.7, 2.0), "window": "matched", "last_epoch": 11, "seed": 3}
    path = write_analysis(analyse(folder, AnalysisSettings(**settings)))
    assert path == folder / "analysis.h5"
    xarray.testing.assert_identical(open_run(folder, **settings).analysis, stored(path))


def test_settings_are_keywords_and_are_stored(trained: Path) -> None:
    analysis = open_run(trained, **FEW, betas=(2, 0.25), mass=-0.5, window="matched").analysis
    assert list(analysis.temperature.values[:2]) == ["beta=2", "beta=0.25"]
    assert (analysis.beta.sel(temperature="beta=0.25") == 0.25).all()
    np.testing.assert_array_equal(analysis.attrs["betas"], [2.0, 0.25])
    assert analysis.attrs["mass"] == -0.5
    assert analysis.attrs["window"] == "matched"
    assert analysis.attrs["resamples"] == 99
    assert analysis.attrs["last_epoch"] == ""
    default = open_run(trained, **FEW, betas=(2,)).analysis
    there = default.free_energy.sel(temperature="beta=2")
    assert (there != analysis.free_energy.sel(temperature="beta=2")).all()


def test_temperatures_that_are_nearly_equal_have_names_of_their_own(trained: Path) -> None:
    analysis = open_run(trained, **FEW, betas=(1.0, 1.0000001)).analysis
    assert list(analysis.temperature.values[:2]) == ["beta=1", "beta=1.0000001"]


def test_a_setting_that_is_wrong(trained: Path) -> None:
    for wrong in ({"window": "x"}, {"seed": -1}, {"resamples": 10**9}, {"betas": (0.0,)}):
        with pytest.raises(ConfigError, match=" must "):
            open_run(trained, **wrong)


def test_dimensions_and_labels(trained: Path) -> None:
    analysis = open_run(trained, **FEW).analysis
    assert analysis.entropy.dims == ("replica", "snapshot", "temperature")
    assert analysis.entropy_pooled.dims == ("statistic", "snapshot", "temperature")
    assert analysis.gap_p_value.dims == ("replica", "snapshot")
    assert analysis.law_slope.dims == ("replica", "law")
    assert analysis.law_slope_pooled.dims == ("law",)
    assert analysis.first_law_mean_residual.dims == ("statistic", "temperature")
    assert analysis.jump_power.dims == ("replica", "curve")
    assert analysis.plateau_least.dims == ("replica", "curve")
    assert analysis.check_holds.dims == ("check",)
    np.testing.assert_array_equal(analysis.replica, [0, 1])
    np.testing.assert_array_equal(analysis.snapshot, np.arange(13))
    assert analysis.statistic.values.tolist() == ["mean", "low", "high"]
    assert analysis.temperature.values.tolist() == [
        *("beta=0.5", "beta=1", "beta=1.4"),
        *("gap, printed", "gap, exact", "U = N_>/2 beta"),
    ]
    assert {"entropy [beta=1] against epoch", "C_8 against log boundary_loss"} <= set(
        analysis.law.values
    )
    assert analysis.curve.values.tolist() == [
        *("running_boundary_loss", "boundary_loss", "test_boundary_loss")
    ]
    assert (analysis.check_holds == 1).all()
    assert analysis.attrs["corrupt"] == 0
    assert analysis.attrs["run"] == f"run/{trained.name}"
    assert analysis.attrs["config_hash"] == read_run(trained).config.hash()


def test_every_variable_says_what_it_is(trained: Path) -> None:
    analysis = open_run(trained, **FEW).analysis
    for name, variable in analysis.data_vars.items():
        for key in ("units", "long_name", "source"):
            assert variable.attrs.get(key), f"{name} lacks {key}"
    for name, coordinate in analysis.coords.items():
        assert coordinate.attrs.get("long_name"), name


def test_pooled_values_are_means_over_the_replicas_that_are_there(copied: Copied) -> None:
    folder = copied()
    diverge(folder, replica=1, epoch=9)
    analysis = open_run(folder, **FEW).analysis
    names = [name for name in analysis.data_vars if f"{name}_pooled" in analysis]
    names = [name for name in names if not name.startswith("law_")]
    assert len(names) == 32
    for name in names:
        values, pooled = analysis[name], analysis[f"{name}_pooled"]
        mean, low, high = (pooled.sel(statistic=s) for s in ("mean", "low", "high"))
        np.testing.assert_allclose(mean, values.mean("replica"), rtol=1e-12, atol=1e-12)
        # Student's t with one degree of freedom
        half = 12.706204736432095 * values.std("replica", ddof=1) / np.sqrt(2.0)
        if name in POSITIVE:
            half, mean, low, high = half / mean, *(np.log(part) for part in (mean, low, high))
        if name in SHARES:
            half, mean, low, high = (
                half / (mean * (1.0 - mean)),
                *(np.log(part / (1.0 - part)) for part in (mean, low, high)),
            )
        np.testing.assert_allclose(high - mean, half, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(mean - low, half, rtol=1e-9, atol=1e-12)


def test_what_a_diverged_replica_lacks_is_missing(copied: Copied) -> None:
    folder = copied()
    diverge(folder, replica=1, epoch=9)
    analysis = analyse(folder, AnalysisSettings(**FEW))
    path = write_analysis(analysis)
    with h5py.File(path) as file:
        assert all(
            np.isfinite(data[()]).all() for data in file.values() if data.dtype.kind == "f"
        ), "missing is a mark, not NaN"
    entropy = stored(path).entropy.sel(temperature="beta=1")
    missing = np.zeros((2, 13), bool)
    missing[1, 9:] = True
    np.testing.assert_array_equal(entropy.isnull(), missing)

    document_ = json.loads(json.dumps(document(analysis), allow_nan=False))
    column = document_["temperatures"].index("beta=1")
    values = document_["thermodynamics"]["entropy"]["values"]
    assert [[v[column] is None for v in replica] for replica in values] == missing.tolist()
    np.testing.assert_array_equal(values[0][12][column], entropy[0, 12])


def test_the_file_is_replaced_whole(copied: Copied) -> None:
    folder = copied()
    old = folder / "analysis.h5"
    old.write_bytes(b"an older one")
    with old.open("rb") as reader:
        write_analysis(analyse(folder, AnalysisSettings(**FEW)))
        assert reader.read() == b"an older one", "who reads the old one keeps it"
    assert stored(old).attrs["resamples"] == 99
    assert not list(folder.glob(".*.tmp"))


def test_the_same_analysis_gives_the_same_bytes(copied: Copied) -> None:
    folder = copied()
    path = write_analysis(analyse(folder, AnalysisSettings(**FEW)))
    first = path.read_bytes()
    time.sleep(1.1)  # HDF5 would note the second
    write_analysis(analyse(folder, AnalysisSettings(**FEW)))
    assert path.read_bytes() == first


def test_a_run_without_a_spectrum_still_has_its_curves(tmp_path: Path) -> None:
    folder = train(tmp_path, observables=["boundary_loss"], complexity_n=[])
    analysis = analyse(folder)
    assert [curve.variable for curve in analysis[LossCurves].curves] == [
        *("running_boundary_loss", "boundary_loss")
    ]
    assert not analysis.corrupt
    data = stored(write_analysis(analysis))
    xarray.testing.assert_identical(data, open_run(folder).analysis)
    assert "entropy" not in data
    assert "plateau_power" in data
    assert document(analysis)["gaps"] is None
    assert document(analysis)["thermodynamics"] == {}
