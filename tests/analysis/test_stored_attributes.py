"""What is stored is netCDF: xarray writes again what it has read."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import xarray

from nnuniverse import open_run, parse_config, start_run
from nnuniverse.analysis import analyse, write_analysis


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run with its analysis."""
    config = {
        "data": {"train_samples": 20, "test_samples": 10},
        "network": {"hidden": [3]},
        "train": {"epochs": 4, "batch": 10},
        "observe": {"complexity_n": [2], "snapshots": {"kind": "fixed", "every": 1}},
    }
    folder = start_run(parse_config(config), tmp_path_factory.mktemp("run")).folder
    write_analysis(analyse(folder.path))
    return folder.path


@pytest.mark.parametrize("name", ["results.h5", "analysis.h5"])
def test_xarray_writes_it_again(name: str, run: Path, tmp_path: Path) -> None:
    with xarray.open_dataset(run / name, engine="h5netcdf") as data:
        data.to_netcdf(tmp_path / "copy.nc", engine="h5netcdf")
        with xarray.open_dataset(tmp_path / "copy.nc", engine="h5netcdf") as copy:
            xarray.testing.assert_identical(data.load(), copy.load())


def test_it_writes_again_what_open_run_returns(run: Path, tmp_path: Path) -> None:
    opened = open_run(run)
    for name in ("results", "analysis"):
        getattr(opened, name).to_netcdf(tmp_path / f"{name}.nc", engine="h5netcdf")


def test_results_can_be_sent_to_another_process(run: Path) -> None:
    results = open_run(run).results
    xarray.testing.assert_identical(pickle.loads(pickle.dumps(results)).load(), results.load())
