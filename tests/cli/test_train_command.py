"""``nnu train``: exit codes, one line for what is wrong, and results on stdout."""

from __future__ import annotations

import gzip
import json
import signal
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr
import yaml

from nnuniverse.cli import main
from nnuniverse.config import load_config

ESCAPE = "\x1b"
Refused = Callable[..., str]


def parse_json(text: str) -> Any:
    """Parse JSON as everybody does: NaN and Infinity are no part of it."""

    def refuse(token: str) -> None:
        raise AssertionError(f"{token} is not JSON")

    return json.loads(text, parse_constant=refuse)


# --- wrong usage and wrong configs -------------------------------------------------------------


def test_no_config(refused: Refused) -> None:
    line = refused("train")
    assert line == (
        "`nnu train` must be given a CONFIG, but got none. Try `nnu train configs/quickstart.yaml`."
    )


def test_overrides_alone(refused: Refused) -> None:
    assert "must be given a CONFIG" in refused("train", "train.epochs=3")


@pytest.mark.parametrize("name", ["none.yaml", "none/none.yaml", "a\nb.yaml"])
def test_config_that_is_not_there(name: str, refused: Refused) -> None:
    line = refused("train", name)
    assert line.startswith(f"CONFIG {name!r} must be a readable file, but No such file")


def test_config_that_is_a_folder(tmp_path: Path, refused: Refused) -> None:
    assert "must be a readable file, but Is a directory" in refused("train", tmp_path)


def test_a_config_whose_path_holds_an_equals_sign(config: Path, refused: Refused) -> None:
    folder = Path("learning_rate=0.1")
    folder.mkdir()
    (folder / "config.yaml").write_text(config.read_text())
    line = refused("train", folder / "config.yaml", "train.batch=0")
    assert line.startswith("`train.batch` must be greater than 0")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["train.batch=0"], "`train.batch` must be greater than 0, but is 0."),
        (["train.bach=3"], "`train.bach` must be a known key, but there is no such key."),
        (["train.batch"], "an override must look like KEY=VALUE"),
        (["train.batch=["], "the value of `train.batch` must be plain YAML"),
        (["name=../x"], "`name` must match"),
        (["seed=1", "seed=x"], "`seed` must be an integer, but is 'x'."),
        (["a\nb=["], "the value of `a"),
        (["\x1b[31m=3"], "must be a known key"),
    ],
)
@pytest.mark.parametrize("command", [["train"], ["config", "show"], ["config", "validate"]])
def test_a_wrong_override(
    command: list[str], overrides: list[str], message: str, config: Path, refused: Refused
) -> None:
    assert message in refused(*command, config, *overrides)
    assert not Path("runs").exists()


@pytest.mark.parametrize("arguments", [["--no-such-option"], ["config.yaml", "--out"]])
def test_wrong_options(arguments: list[str], nnu: Callable[..., Any]) -> None:
    result = nnu("train", *arguments)
    assert result.code == 2
    assert result.out == ""
    assert arguments[-1] in result.err.splitlines()[-1]


IMPOSSIBLE = [
    (["train.batch=13"], "`train.batch` must be at most the 12 training samples, but is 13."),
    (["data.train_samples=3"], "`train.batch` must be at most the 3 training samples, but is 4."),
    (["data.train_samples=13"], "`data.train_samples` must be between 1 and the 12 samples"),
    (["data.test_samples=7"], "`data.test_samples` must be between 1 and the 6 samples"),
    (["observe.complexity_n=[11]"], "must be at most the 10 neurons of 4-3-3, but holds 11."),
    (["network.hidden=[]"], "must be at most the 7 neurons of 4-3, but holds 8."),
    (["observe.complexity_n=[2, 2]"], "must name each n once, but is [2, 2]."),
    (["observe.observables=[mu2, mu4]"], "`observe.observables` must name observables, but names"),
    (["data.path=none.npz"], "`data.path` must name a readable file, but is /"),
    (["data={kind: idx, directory: none}"], "`data.directory` must name a folder"),
    (["data={kind: tfds, name: ../x}"], "`data.name` must be the name of a set"),
    (["train.epochs=" + "9" * 400], "`train.epochs` must be less than"),
    (["observe.snapshots.count=1000000000000000"], "`observe.snapshots.count` must be less than"),
]


@pytest.mark.parametrize(("overrides", "message"), IMPOSSIBLE)
def test_what_does_not_fit_together(
    overrides: list[str], message: str, config: Path, refused: Refused
) -> None:
    line = refused("train", config, *overrides, "--out", "out")
    assert message in line
    assert not Path("out").exists()


def test_the_remedy_is_taken(config: Path, refused: Refused, nnu: Callable[..., Any]) -> None:
    line = refused("train", config, "train.batch=13", "--out", "out")
    remedy = line.rpartition("Try ")[2].removesuffix(".")
    assert remedy == "train.batch=12"
    assert nnu("config", "validate", config, remedy).code == 0


def test_a_net_that_fits_into_no_memory(config: Path, refused: Refused) -> None:
    refused("train", config, f"network.hidden=[{10**15}]", "--out", "out", code=1)


# --- data --------------------------------------------------------------------------------------


def write_idx(folder: Path) -> None:
    """Write a whole set of IDX files: eight samples of 2 x 2 pixels."""
    folder.mkdir()
    images = struct.pack(">4B3I", 0, 0, 8, 3, 8, 2, 2) + bytes(range(32))
    labels = struct.pack(">4BI", 0, 0, 8, 1, 8) + bytes([0, 1, 2, 0, 1, 2, 0, 1])
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(images)
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("train-images-idx3-ubyte", "must hold the 32 bytes its header announces, but holds only"),
        ("train-labels-idx1-ubyte.gz", "must be readable to its end, but is not"),
    ],
)
@pytest.mark.parametrize("command", [["train"], ["data", "show"]])
def test_a_truncated_data_file(
    command: list[str], file: str, problem: str, config: Path, refused: Refused
) -> None:
    write_idx(Path("digits"))
    path = Path("digits") / file
    path.write_bytes(path.read_bytes()[:-9])
    line = refused(*command, config, "data={kind: idx, directory: digits}", code=1)
    assert line.startswith(f"{path.absolute()} must ")
    assert problem in line
    assert not Path("runs").exists()


def test_data_that_is_something_else(config: Path, refused: Refused) -> None:
    Path("data.npz").write_text("not an archive")
    line = refused("train", config, "data.path=data.npz", "--out", "out", code=1)
    assert line.startswith(f"{Path('data.npz').absolute()} must be an .npz file, but is not a zip")
    assert not Path("out").exists()


def test_data_that_lacks_an_array(config: Path, refused: Refused) -> None:
    np.savez("data.npz", x_train=np.zeros((3, 2)))
    line = refused("train", config, "data.path=data.npz", "--out", "out", code=1)
    assert "must hold the arrays x_train, y_train, x_test, y_test, but holds x_train." in line


# --- where to write ----------------------------------------------------------------------------


@pytest.mark.parametrize("out", ["file", "file/below", "/proc", "/dev/full", "x" * 300])
def test_a_folder_that_cannot_be_made(out: str, config: Path, refused: Refused) -> None:
    Path("file").write_text("not a folder")
    line = refused("train", config, "--out", out, code=1)
    assert line.startswith(f"the run folder '{out}/tiny/")
    assert "must be writable, but cannot be made: " in line
    assert line.endswith("Try another --out.")
    assert Path("file").read_text() == "not a folder"


# --- a run -------------------------------------------------------------------------------------


def test_results_on_stdout_and_progress_on_stderr(finished: Any) -> None:
    assert finished.code == 0
    caption, *table, last = finished.out.splitlines()
    assert table[0].split()[:3] == ["epoch", "mu2", "mu3"]
    assert [row.split()[0] for row in table[1:]] == ["0", "1", "2", "3"]
    assert "4 of 4 snapshots; means over 2 replicas, ± or + - their 95 % interval" in caption
    assert last == f"run folder: {finished.folder}"
    assert finished.folder.is_dir()

    assert finished.err.splitlines()[0] == f"4-3-3, 2 replicas  {finished.folder}"
    assert finished.err.splitlines()[-1].startswith("epoch 3/3")
    assert "run folder" not in finished.err
    assert ESCAPE not in finished.out + finished.err


def test_what_a_run_leaves(finished: Any, config: Path) -> None:
    names = {path.name for path in finished.folder.iterdir()}
    assert names >= {"config.yaml", "results.h5", "provenance.json", "log.txt", "figures"}
    assert load_config(finished.folder / "config.yaml") == load_config(config)
    assert parse_json((finished.folder / "provenance.json").read_text())["segments"]


def test_the_table_is_what_is_stored(finished: Any) -> None:
    table = finished.out.splitlines()
    with xr.open_dataset(finished.folder / "results.h5", engine="h5netcdf") as results:
        last = results["mu2"].values[:, -1]
    mean, factor = last.mean(), np.exp(12.7062047 * abs(last[0] - last[1]) / 2.0 / last.mean())
    up, down = f"+{mean * factor - mean:.2g}", f"-{mean - mean / factor:.2g}"
    assert table[5].split()[:4] == ["3", f"{mean:.4g}", up, down]


def test_a_run_on_a_terminal(
    config: Path, terminal: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = ["train.epochs=2", "observe.observables=[mu2, log_eigenvalues]"]
    monkeypatch.setattr(sys, "argv", ["nnu", "train", str(config), *overrides])
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    screen = terminal()
    with pytest.raises(SystemExit) as stop:
        main()
    assert not stop.value.code
    panel, erased, rest = screen.getvalue().rpartition(f"{ESCAPE}[2K")
    assert erased, "the panel is taken away at the end"
    for shown in ("4-3-3, 2 replicas", "epoch", "0/2", "2/2", "running loss", "mu2", "log λ"):
        assert shown in panel
    assert "3 of 3 snapshots" in rest
    (folder,) = Path("runs/tiny").iterdir()
    assert f"run folder: {folder}" in rest


# --- resuming ----------------------------------------------------------------------------------


def test_resuming_what_is_no_run(tmp_path: Path, refused: Refused) -> None:
    for path in (tmp_path, tmp_path / "none"):
        line = refused("train", "--resume", path)
        assert line.startswith(f"RUN {str(path)!r} must be a run folder, but holds no config.yaml.")


def test_resuming_a_finished_run_changes_nothing(
    finished: Any, nnu: Callable[..., Any], content: Callable[[Path], Any]
) -> None:
    before = content(finished.folder)
    result = nnu("train", "--resume", finished.folder)
    assert result.code == 0
    assert result.err == f"already complete: {finished.folder}\n"
    assert result.out == finished.out
    assert content(finished.folder) == before


def test_resuming_a_finished_run_with_its_config_and_as_json(
    finished: Any, config: Path, nnu: Callable[..., Any], content: Callable[[Path], Any]
) -> None:
    before = content(finished.folder)
    result = nnu("train", config, "--resume", finished.folder, "--json")
    assert result.code == 0
    assert content(finished.folder) == before

    document = parse_json(result.out)
    assert set(document) == {"run", "status", "epochs", "diverged", "stopped", "snapshots"}
    assert document["run"] == str(finished.folder)
    assert (document["status"], document["epochs"]) == ("complete", 3)
    assert document["diverged"] == {}
    snapshots = document["snapshots"]
    assert snapshots["snapshot"] == [0, 1, 2, 3]
    assert {"mu2", "mu3", "C_2", "C_8", "boundary_loss", "error_rate"} <= set(snapshots)
    with h5py.File(finished.folder / "results.h5") as file:
        np.testing.assert_array_equal(snapshots["mu2"], file["mu2"][()])
        np.testing.assert_array_equal(snapshots["C_8"], file["complexity"][:, :, 1])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.epochs=2", "`train.epochs` must be at least the 3 of"),
        ("seed=1", "`seed` must stay 0 to resume"),
        ("network.hidden=[4]", "`network.hidden` must stay [3] to resume"),
        ("train.optimiser.kind=adam", "`train.optimiser.kind` must stay 'sgd' to resume"),
        ("observe.observables=[mu2]", "`observe.observables` must stay 'quick' to resume"),
    ],
)
def test_resuming_with_another_config(
    override: str,
    message: str,
    finished: Any,
    config: Path,
    refused: Refused,
    content: Callable[[Path], Any],
) -> None:
    before = content(finished.folder)
    line = refused("train", config, override, "--resume", finished.folder)
    assert line.startswith(message)
    assert content(finished.folder) == before


def test_resuming_with_other_data(copied: Callable[[], Path], refused: Refused) -> None:
    folder = copied()
    stored = yaml.safe_load((folder / "config.yaml").read_text())
    with np.load(stored["data"]["path"]) as archive:
        np.savez("other.npz", **{**archive, "x_test": archive["x_test"][::-1]})
    stored["data"]["path"] = "other.npz"
    (folder / "config.yaml").write_text(yaml.safe_dump(stored))
    line = refused("train", "--resume", folder)
    assert line.startswith(f"the data of {str(folder)!r} must be what the run was trained with")


def test_resuming_with_damaged_results(copied: Callable[[], Path], refused: Refused) -> None:
    folder = copied()
    whole = (folder / "results.h5").read_bytes()
    half = len(whole) // 2
    for damaged in (whole[:3000] + bytes(half) + whole[3000 + half :], whole[:half]):
        (folder / "results.h5").write_bytes(damaged)
        line = refused("train", "--resume", folder, code=1)
        assert line.startswith(f"'{folder}/results.h5' must be what was written, but is damaged")


# --- diverging ---------------------------------------------------------------------------------


def test_a_diverging_run_fails_in_one_line(diverged: Any) -> None:
    assert diverged.code == 1
    last = diverged.err.splitlines()[-1]
    assert last.startswith("nnu: the weights must stay finite, but ")
    assert "replica 0 in epoch 1" in last
    assert "1 in epoch 1" in last
    assert last.endswith("Try a smaller train.learning_rate.")
    assert "replica 1 (seed 8) diverged in epoch 1 and has been stopped" in diverged.err
    assert "Traceback" not in diverged.err
    assert ESCAPE not in diverged.err


def test_a_diverging_run_in_json(diverged: Any) -> None:
    document = parse_json(diverged.out)
    assert document["status"] == "diverged"
    assert document["diverged"] == {"0": 1, "1": 1}
    assert document["snapshots"]["snapshot"][0] == 0
    for name in ("mu2", "boundary_loss"):
        for replica in document["snapshots"][name]:
            assert isinstance(replica[0], float)
            assert set(replica[1:]) <= {None}


def test_no_nan_is_stored_as_data(diverged: Any) -> None:
    path = Path(parse_json(diverged.out)["run"]) / "results.h5"
    floats = 0
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["diverged_epoch"], [1, 1])
        for dataset in file.values():
            if np.issubdtype(dataset.dtype, np.floating):
                floats += 1
                assert np.isfinite(dataset[()]).all(), dataset.name
    assert floats > 3
    with xr.open_dataset(path, engine="h5netcdf") as results:
        assert np.isfinite(results["mu2"].values[:, 0]).all()
        assert np.isnan(results["running_boundary_loss"].values).all()
        assert np.isfinite(results["weights_1"].values).all()


def test_resuming_a_diverged_run_says_so_again(
    diverged: Any, nnu: Callable[..., Any], content: Callable[[Path], Any]
) -> None:
    folder = Path(parse_json(diverged.out)["run"])
    before = content(folder)
    result = nnu("train", "--resume", folder, "--json")
    assert result.code == 1
    assert result.out == diverged.out
    assert result.err.splitlines()[-1] == diverged.err.splitlines()[-1]
    assert content(folder) == before
