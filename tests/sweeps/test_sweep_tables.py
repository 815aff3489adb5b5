"""``sweep.h5`` and ``sweep.csv`` against the runs that they are made from."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr
from made_runs import Heard, MemoryEngine, make_run, make_sweep, make_tasks

from nnuniverse.config import SweepConfig
from nnuniverse.errors import RunError
from nnuniverse.sweep_dataset import at_last
from nnuniverse.sweeps import Plan, Report, open_results, plan_sweep, run_sweep, write_results

Make = Callable[..., SweepConfig]


@pytest.fixture
def make(data_file: Path) -> Make:
    return lambda **changed: make_sweep(data_file, **changed)


def finish(sweep: SweepConfig, root: Path) -> Plan:
    """Write every run of a sweep, and its results."""
    make_tasks(plan_sweep(sweep, root).todo, root)
    plan = plan_sweep(sweep, root)
    assert write_results(plan)
    return plan


@contextmanager
def opened(plan: Plan) -> Iterator[xr.Dataset]:
    with xr.open_dataset(plan.folder.results, engine="h5netcdf") as data:
        yield data


def runs(plan: Plan) -> dict[str, xr.Dataset]:
    """Return the run of each point, as xarray reads it."""
    read = {}
    for task in plan.tasks:
        with xr.open_dataset(task.found.folder.results, engine="h5netcdf") as run:
            read[str(task.point)] = run.load()
    return read


def rows(plan: Plan) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(plan.folder.table.read_text())))


# --- against xarray ----------------------------------------------------------------------------


def test_the_same_as_xarray_makes_of_the_runs(make: Make, tmp_path: Path) -> None:
    axes = {"train.learning_rate": [0.2, 0.1], "train.batch": [2, 4, 6]}
    plan = finish(make(axes=axes), tmp_path)
    by_point = runs(plan)
    by_rate = [
        xr.concat(
            [by_point[f"learning_rate={rate}, batch={batch}"] for batch in axes["train.batch"]],
            xr.DataArray(axes["train.batch"], dims="batch", name="batch"),
        )
        for rate in axes["train.learning_rate"]
    ]
    rates = xr.DataArray([0.2, 0.1], dims="learning_rate", name="learning_rate")
    expected = xr.concat(by_rate, rates).sortby("complexity_n")
    with opened(plan) as data:
        assert set(data.data_vars) == {
            "mu3", "complexity", "log_eigenvalues", "run", "status", "seed", "trained_epochs",
            "diverged_epoch", "measured",
        }  # fmt: skip
        for name in ("mu3", "complexity", "log_eigenvalues"):
            assert data[name].dims[:4] == ("learning_rate", "batch", "replica", "snapshot")
            xr.testing.assert_equal(data[name], expected[name].transpose(*data[name].dims))
            assert data[name].attrs["units"] == "1"
            assert data[name].attrs["source"] == expected[name].attrs["source"]
        mean = data.mu3.sel(learning_rate=0.1, batch=4).mean("replica")
        np.testing.assert_allclose(mean, [50.1, 51.1, 52.1, 53.1])
        assert (data.status == "complete").all()
        np.testing.assert_array_equal(data.seed, [0, 1])


def test_the_paper_depths_by_a_label(make: Make, tmp_path: Path) -> None:
    keys = {"network.hidden": [[3], [4, 4]], "train.batch": [2, 4]}
    plan = finish(make(axes={"depth": {"kind": "zip", "keys": keys, "labels": [3, 4]}}), tmp_path)
    with opened(plan) as data:
        assert data.mu3.sel(depth=3).mean("replica").dims == ("snapshot",)
        np.testing.assert_array_equal(data.depth, [3, 4])
        np.testing.assert_array_equal(data.batch, [2, 4])
        np.testing.assert_array_equal(data.hidden, ["3", "4-4"])
        assert data.batch.dims == data.hidden.dims == ("depth",)
        assert data.batch.attrs["long_name"] == "train.batch"
        # The shallow net has fewer eigenvalues.
        assert data.log_eigenvalues.sel(depth=3).notnull().sum("eigenvalue").max() == 3
        assert data.log_eigenvalues.sel(depth=4).notnull().sum("eigenvalue").min() == 8


def test_runs_that_measured_different_things_at_different_times(make: Make, tmp_path: Path) -> None:
    keys = {
        "observe.snapshots": [{"kind": "fixed", "every": 1}, {"kind": "fixed", "every": 3}],
        "observe.complexity_n": [[8, 2], [5, 1]],
        "train.epochs": [3, 6],
    }
    plan = finish(make(axes={"how": {"kind": "zip", "keys": keys}}), tmp_path)
    first, second = runs(plan).values()
    with opened(plan) as data:
        np.testing.assert_array_equal(data.snapshot, [0, 1, 2, 3, 6])
        np.testing.assert_array_equal(data.complexity_n, [1, 2, 5, 8])
        for how, run in enumerate((first, second)):
            for name in ("mu3", "complexity"):
                present = data[name].sel(how=how).dropna("snapshot", how="all")
                if name == "complexity":
                    present = present.dropna("complexity_n", how="all")
                xr.testing.assert_equal(
                    present.drop_vars("how").drop_vars(["snapshots", "epochs"], errors="ignore"),
                    run[name].sortby("complexity_n") if name == "complexity" else run[name],
                )
        # The dimension keeps its name, and so the key that changes along the axis has another.
        assert data["observe.complexity_n"].dims == ("how",)


def test_seeds_with_gaps_and_runs_of_more_seeds(make: Make, tmp_path: Path) -> None:
    axes = {"train.learning_rate": [0.1]}
    one = plan_sweep(make(axes=axes), tmp_path).tasks[0].config
    make_run(one.model_copy(update={"seed": 3, "replicas": 3}), tmp_path, second=99)
    plan = finish(make(axes=axes, seeds=[7, 4, 0]), tmp_path)
    assert [task.covers for task in plan.tasks] == [(0,), (7,), (4,)]
    with opened(plan) as data:
        np.testing.assert_array_equal(data.seed, [0, 4, 7])
        np.testing.assert_array_equal(data.replica, [0, 1, 2])
        first = data.mu3.isel(snapshot=0).sel(learning_rate=0.1)
        np.testing.assert_array_equal(first, [0.1, 400.1, 700.1])
    assert [row["seed"] for row in rows(plan)] == ["0", "7", "4"]


def test_what_is_not_there_yet_is_missing(make: Make, tmp_path: Path) -> None:
    sweep = make(seeds=[0, 2])
    task = plan_sweep(sweep, tmp_path).tasks[1]
    assert str(task) == "learning_rate=0.1, seed 2"
    make_tasks([task], tmp_path)
    plan = plan_sweep(sweep, tmp_path)
    write_results(plan)
    with opened(plan) as data:
        np.testing.assert_array_equal(data.mu3.notnull().any("snapshot"), [[0, 1], [0, 0]])
        np.testing.assert_array_equal(data.status, [["", "complete"], ["", ""]])
    assert len(rows(plan)) == 1
    with h5py.File(plan.folder.results) as file:
        assert np.isfinite(file["mu3"][()]).all(), "missing values are marks and not NaN"


def test_a_diverged_point(make: Make, tmp_path: Path) -> None:
    plan = plan_sweep(make(), tmp_path)
    config = plan.tasks[0].config
    make_run(config, tmp_path, status="diverged", epochs=3, diverged=(-1, 2))
    make_tasks([plan.tasks[1]], tmp_path)
    plan = plan_sweep(make(), tmp_path)
    write_results(plan)
    with opened(plan) as data:
        present = data.mu3.sel(learning_rate=0.1).notnull()
        np.testing.assert_array_equal(present, [[1, 1, 1, 1], [1, 1, 0, 0]])
        chosen = data.sel(learning_rate=0.1)
        assert list(chosen.status.values) == ["complete", "diverged"]  # by replica, not by run
        assert list(chosen.diverged_epoch.values) == [-1, 2]
    assert [row["mu3"] for row in rows(plan)] == ["3.1", "", "3.2", "103.2"]


def test_a_replica_that_stopped_ends_with_its_own_last_snapshot(make: Make, tmp_path: Path) -> None:
    plan = plan_sweep(make(), tmp_path)
    make_run(plan.tasks[0].config, tmp_path, epochs=2, stopped=(2, 1))  # of three
    make_tasks([plan.tasks[1]], tmp_path)
    plan = plan_sweep(make(), tmp_path)
    assert not plan.todo, "it needs no more training"
    write_results(plan)
    with opened(plan) as data:
        chosen = data.sel(learning_rate=0.1)
        np.testing.assert_array_equal(chosen.mu3.notnull(), [[1, 1, 1, 0], [1, 1, 0, 0]])
        assert list(chosen.status.values) == ["complete", "complete"]
        assert list(chosen.trained_epochs.values) == [2, 1]
        np.testing.assert_allclose(at_last(data.mu3, data), [[2.1, 101.1], [3.2, 103.2]])
    assert [row["mu3"] for row in rows(plan)] == ["2.1", "101.1", "3.2", "103.2"]
    assert [row["trained_epochs"] for row in rows(plan)] == ["2", "1", "3", "3"]


def test_a_run_has_the_snapshots_that_it_measured(make: Make, tmp_path: Path) -> None:
    plan = finish(
        make(
            axes={"train.epochs": [3, 5]}, set={"observe.snapshots": {"kind": "fixed", "every": 2}}
        ),
        tmp_path,
    )
    with opened(plan) as data:
        assert list(data.snapshot.values) == [0, 2, 4]
        assert data.measured.dims == ("epochs", "replica", "snapshot")
        assert data.measured.dtype == bool
        np.testing.assert_array_equal(data.measured, data.mu3.notnull())
        assert data.measured.sum("snapshot").values.tolist() == [[2, 2], [3, 3]]


# --- coordinates -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "coordinates"),
    [
        ([True, False], [True, False]),
        ([False], [False]),
    ],
)
def test_truth_values(
    values: list[bool], coordinates: list[bool], make: Make, tmp_path: Path
) -> None:
    plan = finish(make(axes={"train.shuffle": values}), tmp_path)
    with opened(plan) as data:
        assert data.shuffle.dtype == bool
        np.testing.assert_array_equal(data.shuffle, coordinates)
        assert data.mu3.sel(shuffle=values[-1]).notnull().all()
    with h5py.File(plan.folder.results) as file:
        assert file["shuffle"].dtype == np.int8, "netCDF has no truth values"


@pytest.mark.parametrize(
    ("axis", "name", "coordinates"),
    [
        ({"data.train_samples": [None, 6]}, "train_samples", ["null", "6"]),
        ({"network.activation": ["tanh", "identity"]}, "activation", ["tanh", "identity"]),
        (
            {"train.batch": {"kind": "values", "values": [2, 4], "labels": [True, "größer\n"]}},
            "batch",
            ["true", "größer\\x0a"],
        ),
        ({"train.learning_rate": [0.5, 10**30]}, "learning_rate", [0.5, 1e30]),
        ({"train.learning_rate": [10**30, 1]}, "learning_rate", [1e30, 1.0]),
        ({"train.optimiser": [{"kind": "sgd"}]}, "optimiser", ["kind=sgd"]),
    ],
)
def test_labels(axis: Any, name: str, coordinates: list[Any], make: Make, tmp_path: Path) -> None:
    plan = finish(make(axes=axis), tmp_path)
    with opened(plan) as data:
        assert list(data[name].values) == coordinates
        assert data.mu3.sel({name: coordinates[0]}).notnull().all()


@pytest.mark.parametrize(
    ("axes", "names", "columns"),
    [
        # A dimension, and a variable, of the runs themselves.
        ({"observe.complexity_n": [[2], [8]]}, ["axis_complexity_n"], []),
        ({"mu3": {"kind": "values", "key": "train.batch", "values": [2, 4]}}, ["axis_mu3"], []),
        # A section as a whole, with names of its own.
        (
            {"train": {"kind": "values", "values": [{"epochs": 1}], "labels": ["short"]}},
            ["train"],
            ["axis_train"],
        ),
        # Two keys with one last part.
        (
            {
                "a": {"kind": "zip", "keys": {"loss.kind": ["boundary", "bulk"]}},
                "b": {"kind": "zip", "keys": {"network.kind": ["layered"]}},
            },
            ["a", "b"],
            ["kind", "network.kind"],
        ),
        ({"train.epochs": [1, 2]}, ["epochs"], []),
    ],
)
def test_names_do_not_meet(
    axes: Any, names: list[str], columns: list[str], make: Make, tmp_path: Path
) -> None:
    plan = finish(make(axes=axes), tmp_path)
    with opened(plan) as data:
        assert data.mu3.dims == (*names, "replica", "snapshot")
        assert all(column in data.variables for column in columns)
        assert data.complexity.dims[-1] == "complexity_n"
    header = plan.folder.table.read_text().splitlines()[0].split(",")
    assert len(set(header)) == len(header)
    assert header[: len(names)] == names


# --- the table ---------------------------------------------------------------------------------


def test_the_table_has_the_last_values(make: Make, tmp_path: Path) -> None:
    keys = {"train.batch": [2, 4], "network.hidden": [[3], [4, 4]]}
    plan = finish(make(axes={"how": {"kind": "zip", "keys": keys}}), tmp_path)
    assert list(rows(plan)[0]) == [
        "how", "train.batch", "network.hidden", "seed", "status", "trained_epochs", "run",
        "mu3", "complexity_2", "complexity_8",
    ]  # fmt: skip
    last = rows(plan)[-1]
    assert last["run"] == f"made/{plan.tasks[-1].found.folder.path.name}"
    del last["run"]
    assert last == {
        "how": "1",
        "train.batch": "4",
        "network.hidden": "4-4",
        "seed": "1",
        "status": "complete",
        "trained_epochs": "3",
        "mu3": "103.1",
        "complexity_2": "2103.1",
        "complexity_8": "8103.1",
    }


def test_any_label_stays_on_its_line(make: Make, tmp_path: Path) -> None:
    axis = {"kind": "values", "values": [2, 4], "labels": [True, "a\r\nb"]}
    plan = finish(make(axes={"train.batch": axis}), tmp_path)
    assert {row["batch"] for row in rows(plan)} == {"true", "a\\x0d\\x0ab"}
    assert len(rows(plan)) == 4


# --- when they are written ---------------------------------------------------------------------


def test_written_only_when_something_has_changed(make: Make, tmp_path: Path) -> None:
    plan = finish(make(), tmp_path)
    assert not write_results(plan)
    before = plan.folder.results.read_bytes(), plan.folder.table.read_bytes()
    plan.folder.table.unlink()
    assert write_results(plan)
    assert (plan.folder.results.read_bytes(), plan.folder.table.read_bytes()) == before
    plan.folder.results.write_bytes(b"damaged")
    assert write_results(plan_sweep(make(), tmp_path))
    assert plan.folder.results.read_bytes() == before[0]
    os.utime(plan.tasks[0].found.folder.results)
    assert write_results(plan_sweep(make(), tmp_path)), "a run was written anew"


def test_results_of_an_earlier_sweep_are_not_taken_for_those_of_this(
    make: Make, tmp_path: Path
) -> None:
    finish(make(), tmp_path)
    changed = plan_sweep(make(axes={"train.learning_rate": [0.3]}), tmp_path)
    changed.folder.write_config(changed.sweep)
    write_results(changed)  # no run of it has ended
    with pytest.raises(RunError, match="must be of the sweep as it is, but is of an earlier one"):
        open_results(changed.folder.path)


def test_results_in_another_form_are_written_anew(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = finish(make(), tmp_path)
    monkeypatch.setattr("nnuniverse.sweeps.gather.FORMAT", 99)
    assert write_results(plan)
    assert not write_results(plan)


def test_nothing_has_ended(make: Make, tmp_path: Path) -> None:
    plan = plan_sweep(make(), tmp_path)
    assert not write_results(plan)
    assert not plan.folder.results.exists()


def test_a_reader_keeps_what_it_has_opened(make: Make, tmp_path: Path) -> None:
    plan = finish(make(), tmp_path)
    with opened(plan) as data:
        finish(make(seeds=5), tmp_path)
        assert data.mu3.load().sizes["replica"] == 2
    with opened(plan) as data:
        assert data.mu3.sizes["replica"] == 5


def test_half_a_sweep_is_refreshed_while_it_runs(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnuniverse.sweeps.execution.REFRESH_SECONDS", 0.0)
    monkeypatch.setattr("nnuniverse.sweeps.execution.REFRESH_SHARE", 1e9)
    done = 0

    def replicas_in_results() -> int:
        results = tmp_path / "made" / "sweep.h5"
        if not results.exists():
            return 0
        with xr.open_dataset(results, engine="h5netcdf") as data:
            return int(data.mu3.notnull().any("snapshot").sum())

    def answer(task: Any) -> Report:
        nonlocal done
        deadline = time.monotonic() + 60.0
        while replicas_in_results() < done:
            assert time.monotonic() < deadline, f"results without the {done} replicas that are done"
            time.sleep(0.01)
        done += 2
        return Report("complete", run=str(make_run(task.config, tmp_path)))

    sweep = make(axes={"train.learning_rate": [0.1, 0.2, 0.3]})
    run_sweep(sweep, tmp_path, MemoryEngine(answer, workers=1), Heard())
    assert replicas_in_results() == done == 6


@pytest.mark.parametrize("blocks", [0, 1, 8, 25])
def test_a_full_disk_is_one_line_and_keeps_what_was_there(
    blocks: int, make: Make, tmp_path: Path
) -> None:
    """No file may grow beyond so many blocks of 1024 bytes; ``sweep.h5`` takes some 30."""
    plan = finish(make(seeds=20), tmp_path)
    before = plan.folder.results.read_bytes()
    assert len(before) > 26 * 1024
    plan.folder.write_config(plan.sweep)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from nnuniverse.errors import RunError\n"
        "from nnuniverse.sweeps import plan_sweep, read_sweep, write_results\n"
        "folder = Path(sys.argv[1])\n"
        "plan = plan_sweep(read_sweep(folder), folder.parent)\n"
        "plan.folder.table.unlink()\n"
        "try:\n    write_results(plan)\n"
        "except RunError as error:\n    print(error)\n"
    )
    limited = f'ulimit -f {blocks}; exec {sys.executable} -c "$0" "$@"'
    done = subprocess.run(
        ["bash", "-c", limited, code, str(plan.folder.path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "must be writable, but writing sweep." in done.stdout
    assert done.stdout.count("\n") == 1
    assert plan.folder.results.read_bytes() == before
    assert not list(plan.folder.path.glob(".*.tmp"))


def test_a_folder_that_is_gone(make: Make, tmp_path: Path) -> None:
    plan = finish(make(), tmp_path)
    plan.folder.table.unlink()
    plan.tasks[0].found.folder.results.write_bytes(b"")
    with pytest.raises(RunError, match=r"results\.h5"):
        write_results(plan)
