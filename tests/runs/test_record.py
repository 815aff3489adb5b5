"""What a run folder holds is read whole, or is one line that says why not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from changing import changed
from tiny_data import save_tiny_data

from nnuniverse import parse_config, start_run
from nnuniverse.analysis import analyse, compare, document
from nnuniverse.errors import ConfigError, NNUniverseError, RunError
from nnuniverse.observables import OBSERVABLES
from nnuniverse.runs import read_run

Copied = Callable[[], Path]
Damage = Callable[[h5py.File], object]

DIMS = {
    "replica": ("replica",),
    "epoch": ("epoch",),
    "snapshot": ("snapshot",),
    "eigenvalue": ("eigenvalue",),
    "complexity_n": ("complexity_n",),
    "power": ("power",),
    "seed": ("replica",),
    "diverged_epoch": ("replica",),
    "running_boundary_loss": ("replica", "epoch"),
    "log_eigenvalues": ("replica", "snapshot", "eigenvalue"),
    "mu2": ("replica", "snapshot"),
    "mu3": ("replica", "snapshot"),
    "mu2_per_eigenvalue": ("replica", "snapshot"),
    "mu3_per_eigenvalue": ("replica", "snapshot"),
    "complexity": ("replica", "snapshot", "complexity_n"),
    "power_norms": ("replica", "snapshot", "power"),
    "boundary_loss": ("replica", "snapshot"),
    "error_rate": ("replica", "snapshot"),
    "test_boundary_loss": ("replica", "snapshot"),
    "test_error_rate": ("replica", "snapshot"),
}
"""All that the run below records but its weights."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of the net 4-3-3; nobody writes into it."""
    root = tmp_path_factory.mktemp("trained")
    save_tiny_data(root / "data.npz")
    config = {
        "name": "tiny",
        "seed": 5,
        "replicas": 2,
        "data": {"kind": "npz", "path": str(root / "data.npz")},
        "network": {"hidden": [3]},
        "train": {"epochs": 3, "batch": 4},
        "observe": {
            "complexity_n": [2, 8],
            "snapshots": {"kind": "fixed", "every": 2},
            "observables": [name for name in DIMS if name in OBSERVABLES],
        },
    }
    return start_run(parse_config(config), root).folder.path


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Copied:
    """Copy the finished run, to be damaged, and return the folder of the copy."""
    return lambda: Path(shutil.copytree(trained, tmp_path / "tiny" / trained.name))


def line_of(error: type[NNUniverseError], action: Callable[[], object]) -> str:
    """Return the one line of the exception, of exactly this class, that ``action`` raises."""
    with pytest.raises(NNUniverseError) as caught:
        action()
    assert caught.type is error
    line = str(caught.value)
    assert line.isprintable()
    assert " must " in line
    assert ". Try " in line
    return line


# --- what is read ------------------------------------------------------------------------------


def test_everything_but_the_weights_is_read_as_it_is_stored(trained: Path) -> None:
    record = read_run(trained)
    with h5py.File(trained / "results.h5") as file:
        assert set(file) - set(record.variables) == {
            *("weights_1", "bias_1", "weights_2", "bias_2"),
            *("layer_0", "layer_1", "layer_2"),
        }
        assert {name: record.variable(name).dims for name in record.variables} == DIMS
        for name in DIMS:
            np.testing.assert_array_equal(record[name], file[name][()], strict=True)
        assert record.attributes == dict(file.attrs)
    assert record.attributes["network"] == "4-3-3"
    attributes = record.variable("log_eigenvalues").attributes
    assert attributes["unit_eigenvalues"] == 1
    assert attributes["long_name"] == "dynamical eigenvalues of log G"


def test_what_a_record_says_of_the_run(trained: Path) -> None:
    record = read_run(str(trained))
    assert record.name == f"tiny/{trained.name}"
    assert record.folder.path == trained
    assert record.config.seeds == (5, 6)
    assert (record.replicas, record.epochs, record.unit_eigenvalues) == (2, 3, 1)
    np.testing.assert_array_equal(record["seed"], [5, 6])
    np.testing.assert_array_equal(record["replica"], [0, 1])
    np.testing.assert_array_equal(record["epoch"], [1, 2, 3])
    np.testing.assert_array_equal(record["snapshot"], [0, 2, 3])
    np.testing.assert_array_equal(record["eigenvalue"], np.arange(1, 10))
    np.testing.assert_array_equal(record["complexity_n"], [2, 8])
    np.testing.assert_array_equal(record["power"], [2])
    assert "mu2" in record
    assert "bulk_loss" not in record


def test_the_layers_are_those_of_the_network(trained: Path) -> None:
    record = read_run(trained)
    assert record.layer_sizes == (4, 3, 3)
    graph = parse_config({"network": {"kind": "graph", "neurons": 3, "mask": {"kind": "full"}}})
    assert replace(record, config=graph).layer_sizes is None


@pytest.mark.parametrize("network", ["", "conv", "4", "4-0-3", "4--3", "4-3.5"])
def test_layers_that_have_no_name(network: str, trained: Path) -> None:
    record = replace(read_run(trained), attributes={"network": network})
    assert f"must name its network, but has {network!r}" in line_of(
        RunError, lambda: record.layer_sizes
    )


def test_the_name_is_that_of_the_folders_however_it_is_reached(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trained)
    assert read_run(".").name == f"tiny/{trained.name}"


def test_variables_are_found_by_their_first_dimensions(trained: Path) -> None:
    record = read_run(trained)
    assert record.over("replica", "epoch") == ["running_boundary_loss"]
    assert set(record.over("replica", "snapshot")) == {
        name for name, dims in DIMS.items() if dims[:2] == ("replica", "snapshot")
    }
    assert set(record.over("replica")) == {
        name for name, dims in DIMS.items() if dims[0] == "replica" and name != "replica"
    }
    assert record.over("snapshot") == [], "a coordinate is not over itself"


# --- what is missing ---------------------------------------------------------------------------


def test_what_a_diverged_run_lacks_is_nan(tmp_path: Path) -> None:
    config = {
        "seed": 7,
        "replicas": 2,
        "data": {"train_samples": 20, "test_samples": 10},
        "network": {"hidden": [], "activation": "identity"},
        "train": {"epochs": 3, "batch": 10, "learning_rate": 1e30},
        "observe": {"observables": ["mu2", "boundary_loss"], "complexity_n": []},
    }
    outcome = start_run(parse_config(config), tmp_path)
    assert outcome.status == "diverged"
    record = read_run(outcome.folder.path)
    diverged = record["diverged_epoch"]
    np.testing.assert_array_equal(diverged, [outcome.diverged[0], outcome.diverged[1]])
    for name, axis in (
        ("running_boundary_loss", "epoch"),
        ("mu2", "snapshot"),
        ("boundary_loss", "snapshot"),
    ):
        missing = record[axis] >= diverged[:, None]
        assert missing.any()
        np.testing.assert_array_equal(np.isnan(record[name]), missing)
        assert np.isfinite(record[name][~missing]).all()


def test_a_variable_that_was_not_recorded_names_the_option(trained: Path) -> None:
    record = read_run(trained)
    line = line_of(RunError, lambda: record["bulk_loss"])
    assert line.startswith(f"the run tiny/{trained.name} must have recorded `bulk_loss`")
    assert "holds only seed, " in line
    assert "Try a run whose observe.observables names bulk_loss; observe.observables=all" in line


@pytest.mark.parametrize("folder", ["none", "empty", "file"])
def test_what_is_no_run_folder(folder: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("not a folder")
    line = line_of(ConfigError, lambda: read_run(tmp_path / folder))
    assert line.startswith(f"RUN {str(tmp_path / folder)!r} must be a run folder")


def test_a_run_without_results_yet(copied: Copied) -> None:
    folder = copied()
    (folder / "results.h5").unlink()
    assert "is not there" in line_of(RunError, lambda: read_run(folder))


# --- damage ------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 7, 100, 5_000, 20_000])
def test_truncated_results(length: int, copied: Copied) -> None:
    results = copied() / "results.h5"
    results.write_bytes(results.read_bytes()[:length])
    assert repr(str(results)) in line_of(RunError, lambda: read_run(results.parent))


def test_results_that_are_not_hdf5(copied: Copied) -> None:
    results = copied() / "results.h5"
    results.write_text("epoch,loss\n1,0.5\n")
    assert repr(str(results)) in line_of(RunError, lambda: read_run(results.parent))


def put(name: str, value: object) -> Damage:
    def damage(file: h5py.File) -> None:
        del file[name]
        file[name] = value

    return damage


def put_group(name: str) -> Damage:
    def damage(file: h5py.File) -> None:
        del file[name]
        file.create_group(name)

    return damage


def reshape(name: str, shape: tuple[int, ...]) -> Damage:
    """Let a variable be over its dimensions still, but be of another shape."""

    def damage(file: h5py.File) -> None:
        attributes = dict(file[name].attrs)
        del file[name]
        dataset = file.create_dataset(name, data=np.ones(shape))
        dataset.attrs["unit_eigenvalues"] = attributes.get("unit_eigenvalues", 1)
        for number, dim in enumerate(DIMS[name]):
            dataset.dims[number].attach_scale(file[dim])

    return damage


def set_units(value: object) -> Damage:
    return lambda file: file["log_eigenvalues"].attrs.create("unit_eigenvalues", value)


def drop_units(file: h5py.File) -> None:
    del file["log_eigenvalues"].attrs["unit_eigenvalues"]


def drop(name: str) -> Damage:
    return lambda file: file.pop(name)


DAMAGE: dict[str, Damage] = {
    "no seeds": drop("seed"),
    "no epochs": drop("epoch"),
    "no snapshots": drop("snapshot"),
    "no replicas": drop("replica"),
    "no ranks": drop("eigenvalue"),
    "no number of exact ones": drop_units,
    "number of exact ones is text": set_units("one"),
    **{
        f"{name} is a {kind}": put_group(name) if kind == "group" else put(name, value)
        for name in ("seed", "epoch", "snapshot", "log_eigenvalues", "complexity_n", "mu2")
        for kind, value in (
            ("group", None),
            ("text", "text"),
            ("scalar", 1.0),
            ("vector of one", np.ones(1)),
            ("cube", np.ones((2, 3, 9))),
        )
    },
    "fewer snapshots of a variable": reshape("mu2", (2, 2)),
    "fewer replicas of a variable": reshape("log_eigenvalues", (1, 3, 9)),
    "fewer eigenvalues than ranks": reshape("log_eigenvalues", (2, 3, 8)),
    "fewer epochs of a variable": reshape("running_boundary_loss", (2, 2)),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_results_are_one_line(damage: Damage, copied: Copied) -> None:
    """At the latest when what is damaged is asked for; no other exception comes through."""
    folder = copied()
    with changed(folder / "results.h5") as file:
        damage(file)

    def use() -> None:
        analysis = analyse(folder)
        document(analysis)
        compare([analysis])

    line_of(RunError, use)


def test_a_damaged_config(copied: Copied) -> None:
    folder = copied()
    (folder / "config.yaml").write_text("replicas: none\n")
    assert "`replicas`" in line_of(ConfigError, lambda: read_run(folder))


# --- provenance --------------------------------------------------------------------------------


def test_the_commit_is_that_of_every_segment_once(copied: Copied) -> None:
    folder = copied()
    sources = ["{}", '{"source": {"commit": "abc"}}', '{"source": null}'] * 2
    sources.append('{"source": {"commit": "def", "diff": ""}}')
    (folder / "provenance.json").write_text(f'{{"segments": [{", ".join(sources)}]}}')
    record = read_run(folder)
    assert record.commit == "abc, def"
    assert len(record.provenance["segments"]) == 7


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe\x00",
        b'{"segments": 3}',
        b'{"segments": [1, null, {"source": "text"}, {"source": {"commit": null}}]}',
        b"[" * 100_000,
    ],
    ids=["empty", "half", "list", "binary", "number", "odd segments", "nested too deeply"],
)
def test_results_do_not_need_a_provenance(content: bytes, copied: Copied) -> None:
    folder = copied()
    (folder / "provenance.json").write_bytes(content)
    record = read_run(folder)
    assert record.commit == "unknown"
    assert record.epochs == 3


def test_no_provenance_at_all(copied: Copied) -> None:
    folder = copied()
    (folder / "provenance.json").unlink()
    assert read_run(folder).commit == "unknown"


# --- while the run goes on ---------------------------------------------------------------------


def test_a_record_stays_what_it_was_when_the_run_goes_on(copied: Copied) -> None:
    """The next checkpoint replaces the file: who has read keeps the old one, whole."""
    folder = copied()
    before = read_run(folder)
    kept = before["mu2"].copy()
    later = folder / "later.h5"
    shutil.copyfile(folder / "results.h5", later)
    with changed(later) as file:
        file["mu2"][...] = kept + 1.0
    with h5py.File(folder / "results.h5") as reader:
        later.replace(folder / "results.h5")
        np.testing.assert_array_equal(reader["mu2"][()], kept)
        np.testing.assert_array_equal(read_run(folder)["mu2"], kept + 1.0)
    np.testing.assert_array_equal(before["mu2"], kept)


def test_reading_leaves_nothing_open_or_changed(copied: Copied) -> None:
    folder = copied()
    before = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    read_run(folder)
    with h5py.File(folder / "results.h5", "r+"):
        pass  # HDF5 refuses to write what somebody reads
    assert before == {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
