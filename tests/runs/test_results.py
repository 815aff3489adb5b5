"""``results.h5``: what is written is what is read, by h5py, xarray and a resumed run."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray
from hypothesis import given
from hypothesis import strategies as st

from nnuniverse.errors import RunError
from nnuniverse.runs import Results, open_results
from nnuniverse.variables import Axis, Schema, Variable

RANDOM = np.random.default_rng(1)


def make_results(replicas: int = 2) -> Results:
    return Results(
        range(5, 5 + replicas),
        Schema(
            axes=[
                Axis("eigenvalue", "rank", np.arange(1, 4)),
                Axis("layer_0", "neuron", np.arange(4)),
                Axis("layer_1", "neuron", np.arange(2)),
            ],
            running_losses=[
                Variable("running_boundary_loss", ("replica", "epoch"), "loss", "2004.09280 (2.11)")
            ],
            observables=[
                Variable("mu2", ("replica", "snapshot"), "Tr (log G)^2", "2004.09280 (9.5)"),
                Variable(
                    "log_eigenvalues",
                    ("replica", "snapshot", "eigenvalue"),
                    "spectrum",
                    "2004.09280 (5.10)",
                    attributes={"unit_eigenvalues": 7},
                ),
            ],
            weights=[
                Variable(
                    "weights_1",
                    ("replica", "layer_1", "layer_0"),
                    "weights",
                    "(2.5)",
                    dtype="float32",
                )
            ],
        ),
        {"title": "a test"},
    )


def weights(replicas: int = 2) -> dict[str, np.ndarray]:
    return {"weights_1": RANDOM.normal(size=(replicas, 2, 4)).astype(np.float32)}


def append(results: Results, epochs: int, snapshots: list[int], diverged: list[int]) -> dict:
    replicas = len(diverged)
    values = {
        "of_epochs": {"running_boundary_loss": RANDOM.normal(size=(replicas, epochs))},
        "snapshots": np.asarray(snapshots),
        "observables": {
            "mu2": RANDOM.normal(size=(replicas, len(snapshots))),
            "log_eigenvalues": RANDOM.normal(size=(replicas, len(snapshots), 3)),
        },
        "diverged_epoch": np.asarray(diverged),
    }
    results.append(**values)
    return values


def test_xarray_reads_all_variables_with_their_coordinates(tmp_path: Path) -> None:
    results = make_results()
    first = append(results, 3, [0, 1, 3], [-1, -1])
    second = append(results, 2, [5], [-1, -1])
    trained = weights()
    results.write(tmp_path / "results.h5", trained)
    with xarray.open_dataset(tmp_path / "results.h5", engine="h5netcdf") as data:
        np.testing.assert_array_equal(data.epoch, [1, 2, 3, 4, 5])
        np.testing.assert_array_equal(data.snapshot, [0, 1, 3, 5])
        np.testing.assert_array_equal(data.replica, [0, 1])
        np.testing.assert_array_equal(data.seed, [5, 6])
        np.testing.assert_array_equal(data.eigenvalue, [1, 2, 3])
        assert data.log_eigenvalues.dims == ("replica", "snapshot", "eigenvalue")
        assert data.log_eigenvalues.attrs["unit_eigenvalues"] == 7
        assert data.weights_1.dims == ("replica", "layer_1", "layer_0")
        np.testing.assert_array_equal(data.weights_1, trained["weights_1"])
        np.testing.assert_array_equal(
            data.running_boundary_loss,
            np.concatenate(
                [part["of_epochs"]["running_boundary_loss"] for part in (first, second)],
                axis=1,
            ),
        )
        np.testing.assert_array_equal(data.mu2.sel(snapshot=5), second["observables"]["mu2"][:, 0])
        for variable in data.data_vars.values():
            assert {"units", "long_name", "source"} <= variable.attrs.keys()
        assert data.attrs["schema_version"] == 2


def test_what_a_diverged_replica_returns_is_missing_not_nan(tmp_path: Path) -> None:
    results = make_results()
    append(results, 4, [0, 2, 4], [-1, 3])
    results.write(tmp_path / "results.h5", weights())
    with h5py.File(tmp_path / "results.h5") as file:
        for name in ("running_boundary_loss", "mu2", "log_eigenvalues"):
            assert np.isfinite(file[name][()]).all()
    with xarray.open_dataset(tmp_path / "results.h5", engine="h5netcdf") as data:
        np.testing.assert_array_equal(
            data.running_boundary_loss.isnull(),
            [[False] * 4, [False, False, True, True]],
        )
        np.testing.assert_array_equal(data.mu2.isnull(), [[False] * 3, [False, False, True]])
        np.testing.assert_array_equal(data.diverged_epoch, [-1, 3])


def test_values_that_are_not_finite_are_missing(tmp_path: Path) -> None:
    results = make_results(1)
    loss = np.asarray([[1.0, np.nan, np.inf, -np.inf]])
    observables = {"mu2": np.asarray([[np.nan]]), "log_eigenvalues": np.zeros((1, 1, 3))}
    results.append({"running_boundary_loss": loss}, np.asarray([0]), observables, np.asarray([-1]))
    results.write(tmp_path / "results.h5", weights(1))
    with h5py.File(tmp_path / "results.h5") as file:
        assert np.isfinite(file["running_boundary_loss"][()]).all()
    with xarray.open_dataset(tmp_path / "results.h5", engine="h5netcdf") as data:
        np.testing.assert_array_equal(
            data.running_boundary_loss.isnull(), [[False, True, True, True]]
        )


@given(cut=st.integers(1, 5))
def test_reading_back_cuts_to_the_checkpoint(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "results.h5"
    whole = make_results()
    append(whole, 3, [0, 1, 3], [-1, -1])
    append(whole, 2, [4, 5], [-1, 5])
    whole.write(path, weights())
    resumed = make_results()
    resumed.read_back(path, cut)
    assert resumed.epochs == cut
    np.testing.assert_array_equal(resumed.diverged_epoch, [-1, 5 if cut >= 5 else -1])
    resumed.write(path.with_name("cut.h5"), weights())
    with open_results(path) as long, open_results(path.with_name("cut.h5")) as short:
        kept = [s for s in (0, 1, 3, 4, 5) if s <= cut]
        np.testing.assert_array_equal(short["snapshot"][()], kept)
        np.testing.assert_array_equal(short["mu2"][()], long["mu2"][:, : len(kept)])
        np.testing.assert_array_equal(
            short["running_boundary_loss"][()], long["running_boundary_loss"][:, :cut]
        )


def test_reading_back_more_than_there_is_fails(tmp_path: Path) -> None:
    results = make_results()
    append(results, 3, [0], [-1, -1])
    results.write(tmp_path / "results.h5", weights())
    with pytest.raises(RunError, match="hold the 4 epochs"):
        make_results().read_back(tmp_path / "results.h5", 4)


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    trained = weights()
    for name in ("one.h5", "two.h5"):
        results = make_results(1)
        results.append(
            {"running_boundary_loss": np.ones((1, 2))},
            np.asarray([0]),
            {"mu2": np.ones((1, 1)), "log_eigenvalues": np.ones((1, 1, 3))},
            np.asarray([-1]),
        )
        results.write(tmp_path / name, {"weights_1": trained["weights_1"][:1]})
    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "two.h5").read_bytes()


@pytest.mark.parametrize("content", [b"", b"not HDF5", b"\x89HDF\r\n\x1a\n" + b"\0" * 50])
def test_a_file_that_is_not_hdf5_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "results.h5").write_bytes(content)
    with pytest.raises(RunError, match="cannot be read as HDF5") as error:
        open_results(tmp_path)
    assert len(str(error.value).splitlines()) == 1


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not there"):
        open_results(tmp_path)
