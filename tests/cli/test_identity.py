"""Whatever reads a run again must find config, data and files as they were."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from nnuniverse.config import load_config
from nnuniverse.experiments.samples import identify, load_dataset
from nnuniverse.experiments.train import start_run
from nnuniverse.runs import open_results, read_run

Refused = Callable[..., str]

OLD_RUNS = Path(__file__).parent.parent / "runs" / "version_0_1_0"

NUMBERS_ONLY = ("analyze", "report", "plot loss")
"""Commands that read the config and what was recorded."""

WITH_DATA = ("measure", "spectrum", "ensemble", "train --resume")
"""Commands that read data and files too."""


@pytest.fixture(scope="module")
def kept(nnu, config: Path, shared: Path) -> Path:
    """A run that kept its weights; nobody writes into its folder."""
    few = ("observe.weights=snapshots", "observe.observables=[boundary_loss,log_eigenvalues]")
    return nnu("train", config, *few, "--out", shared / "kept").folder


@pytest.fixture
def run(kept: Path, tmp_path: Path) -> Path:
    """A copy of that run."""
    return Path(shutil.copytree(kept, tmp_path / "copy" / "tiny" / kept.name))


def edit(run: Path, key: str, value: Any) -> None:
    """Change a key in the config of a run."""
    path = run / "config.yaml"
    content = yaml.safe_load(path.read_text())
    section = content
    *sections, last = key.split(".")
    for name in sections:
        section = section[name]
    section[last] = value
    path.write_text(yaml.safe_dump(content))


# --- the config ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [*NUMBERS_ONLY, *WITH_DATA])
@pytest.mark.parametrize(
    ("key", "value", "stay"),
    [
        ("network.activation", "relu", "stay 'tanh'"),
        ("data.input_scale", "symmetric", "stay 'unit'"),
        ("network.hidden", [2], "stay [3]"),
    ],
)
def test_an_edited_config_is_refused(
    command: str,
    key: str,
    value: Any,
    stay: str,
    run: Path,
    refused: Refused,
    content: Callable[[Path], Any],
) -> None:
    edit(run, key, value)
    before = content(run)
    line = refused(*command.split(), run)
    assert line.startswith(f"`{key}` of {str(run)!r} must {stay}, as the run was trained, but is ")
    assert content(run) == before


@pytest.mark.parametrize(("key", "value"), [("name", "other"), ("checkpoint.seconds", 1.0)])
def test_what_changes_no_number_may_be_edited(key: str, value: Any, run: Path, nnu) -> None:
    edit(run, key, value)
    assert nnu("analyze", run).code == 0
    assert nnu("spectrum", run).code == 0


def test_flags_of_xla_that_round_otherwise(
    run: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true --xla_dump_to=")
    line = refused("spectrum", run)
    assert "the setting `XLA_FLAGS`" in line
    assert "is '--xla_cpu_enable_fast_math=true'" in line


# --- the data ------------------------------------------------------------------------------------


@pytest.fixture
def own_data(data_file: Path, tmp_path: Path) -> Path:
    """A copy of the data that a test may change."""
    return Path(shutil.copy(data_file, tmp_path / "own.npz"))


def rewrite(archive: Path, **changed: np.ndarray) -> None:
    with np.load(archive) as arrays:
        content = {**arrays, **changed}
    np.savez(archive, **content)


@pytest.mark.parametrize("command", WITH_DATA)
def test_replaced_data_are_refused(
    command: str,
    nnu,
    config: Path,
    own_data: Path,
    refused: Refused,
    content: Callable[[Path], Any],
) -> None:
    trained = nnu("train", config, f"data.path={own_data}", "observe.weights=snapshots").folder
    with np.load(own_data) as arrays:
        other = arrays["x_train"][::-1]
    rewrite(own_data, x_train=other)
    before = content(trained)
    line = refused(*command.split(), trained)
    assert line.startswith(f"the data of {str(trained)!r} must be what the run was trained with")
    assert content(trained) == before


def test_data_that_lie_elsewhere_now(nnu, config: Path, own_data: Path, refused: Refused) -> None:
    trained = nnu("train", config, f"data.path={own_data}", "observe.weights=snapshots").folder
    moved = own_data.rename(own_data.with_name("moved.npz"))
    line = refused("spectrum", trained)
    assert "`data.path` must name a readable file" in line
    assert "`nnu train --resume RUN data.path=FILE`" in line
    assert nnu("train", "--resume", trained, "data.path=moved.npz").code == 0
    assert load_config(trained / "config.yaml").data.path == str(moved)
    assert nnu("spectrum", trained).code == 0
    assert nnu("measure", trained, "bulk_loss").code == 0


def test_only_files_can_move(finished, data_file: Path, own_data: Path, refused: Refused) -> None:
    line = refused("train", "--resume", finished.folder, "train.batch=4")
    assert line.startswith("`train.batch` must stay what the run was begun with")
    with np.load(own_data) as arrays:
        other = arrays["y_train"][::-1]
    rewrite(own_data, y_train=other)
    line = refused("train", "--resume", finished.folder, f"data.path={own_data}")
    assert "must be what the run was trained with" in line
    assert load_config(finished.folder / "config.yaml").data.path == str(data_file)


# --- files that the config names -----------------------------------------------------------------


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Interactions of the 10 neurons of the tiny net."""
    path = tmp_path / "pairs.npz"
    np.savez(path, pairs=np.full((10, 10), 0.01))
    return path


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    """A graph of 9 neurons."""
    path = tmp_path / "mask.npz"
    np.savez(path, weights=np.eye(9, k=-1))
    return path


@pytest.fixture(params=["pairs", "mask"])
def named(request: pytest.FixtureRequest, pairs: Path, mask: Path) -> tuple[list[str], Path]:
    """Overrides that name a file, and the file."""
    kept = "observe.weights=snapshots"
    few = "observe.observables=[boundary_loss]"
    if request.param == "pairs":
        return [f"loss={{kind: bulk, pairs: {pairs}}}", kept, few], pairs
    network = f"network={{kind: graph, mask: {{kind: npz, path: {mask}}}}}"
    return [network, kept, few], mask


def change(archive: Path) -> None:
    with np.load(archive) as arrays:
        np.savez(archive, **{name: 0.5 * array for name, array in arrays.items()})


@pytest.mark.parametrize("command", ["measure", "spectrum", "train --resume"])
def test_a_changed_file_is_refused(
    command: str,
    named: tuple[list[str], Path],
    nnu,
    config: Path,
    refused: Refused,
    content: Callable[[Path], Any],
) -> None:
    overrides, file = named
    trained = nnu("train", config, *overrides).folder
    change(file)
    before = content(trained)
    key = "loss.pairs" if file.name == "pairs.npz" else "network.mask.path"
    line = refused(*command.split(), trained)
    assert line.startswith(f"the file of `{key}` of {str(trained)!r} must be what the run was")
    assert content(trained) == before


def test_a_sweep_does_not_reuse_runs_with_another_file(
    named: tuple[list[str], Path], nnu, make_sweep: Callable[..., Path]
) -> None:
    overrides, file = named
    sweep = make_sweep("files", seeds=1)
    assert nnu("sweep", sweep, *overrides).code == 0
    states = json.loads(nnu("sweep", sweep, *overrides, "--status", "--json").out)["counts"]
    assert states == {"done": 2}
    change(file)
    states = json.loads(nnu("sweep", sweep, *overrides, "--status", "--json").out)["counts"]
    assert states == {"pending": 2}


# --- where files lie -----------------------------------------------------------------------------


def test_relative_paths_start_at_the_config(
    nnu, config: Path, own_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    content = yaml.safe_load(config.read_text())
    content["data"]["path"] = "../own.npz"
    (folder / "relative.yaml").write_text(yaml.safe_dump(content))
    trained = nnu("train", folder / "relative.yaml", "observe.weights=snapshots").folder.absolute()
    monkeypatch.chdir("/")
    assert nnu("spectrum", trained).code == 0
    assert nnu("train", "--resume", trained).code == 0
    assert own_data.samefile(load_config(trained / "config.yaml").data.path)


def test_where_a_run_and_its_files_lie_is_no_part_of_what_it_is(
    config: Path, own_data: Path, data_file: Path
) -> None:
    here = load_config(config)
    there = load_config(config, [f"data.path={own_data}", "name=other", "checkpoint.seconds=3"])
    assert identify(here, load_dataset(here)) == identify(there, load_dataset(there))


def test_a_sweep_finds_its_runs_from_another_folder(
    nnu, config: Path, data_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = {}
    for place in ("one", "two"):
        folder = tmp_path / place
        folder.mkdir()
        shutil.copy(data_file, folder / "data.npz")
        content = yaml.safe_load(config.read_text())
        content["data"]["path"] = "data.npz"
        del content["replicas"]
        (folder / "base.yaml").write_text(yaml.safe_dump(content))
        sweep = {"name": "both", "base": "base.yaml", "axes": {"train.epochs": [3, 4]}}
        (folder / "sweep.yaml").write_text(yaml.safe_dump(sweep))
        monkeypatch.chdir(folder)
        if place == "one":
            assert nnu("sweep", "sweep.yaml", "--out", tmp_path / "runs").code == 0
        shown = nnu("sweep", "sweep.yaml", "--out", tmp_path / "runs", "--status", "--json").out
        status[place] = json.loads(shown)["counts"]
    assert status["one"] == status["two"] == {"done": 2}


# --- what a run says of itself -------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["deleted", "emptied", "without its header"])
def test_a_lost_header_is_restored(lost: str, run: Path, nnu) -> None:
    path = run / "provenance.json"
    header = json.loads(path.read_text())
    if lost == "deleted":
        path.unlink()
    elif lost == "emptied":
        path.write_text("")
    else:
        path.write_text(json.dumps({"segments": header["segments"]}))
    assert nnu("measure", run, "mu2").code == 0
    restored = json.loads(path.read_text())
    for key in ("run_hash", "config_hash", "family_hash", "seeds", "data", "identity"):
        assert restored[key] == header[key]


def test_a_run_that_was_killed_at_its_very_end_has_ended_when_resumed(run: Path, nnu) -> None:
    path = run / "provenance.json"
    record = json.loads(path.read_text())
    record["segments"][-1]["status"] = "running"
    path.write_text(json.dumps(record))
    assert nnu("train", "--resume", run).code == 0
    last = json.loads(path.read_text())["segments"][-1]
    assert (last["status"], last["last_epoch"]) == ("complete", 3)


def test_a_run_that_fails_says_how_far_it_came(config: Path, tmp_path: Path) -> None:
    class Failing:
        def begin(self, *_: object) -> None: ...

        def message(self, text: str) -> None: ...

        def segment(self, segment: Any) -> None:
            if segment.last >= 1:
                raise RuntimeError("the listener fails")

    with pytest.raises(RuntimeError, match="listener"):
        start_run(load_config(config, ["checkpoint.seconds=0"]), tmp_path, Failing())
    (folder,) = tmp_path.glob("tiny/*")
    with open_results(folder) as file:
        stored = file["epoch"].shape[0]
    last = json.loads((folder / "provenance.json").read_text())["segments"][-1]
    assert (last["status"], last["last_epoch"]) == ("failed", stored)
    assert stored >= 1


# --- runs of version 0.1.0 -----------------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> Callable[[str], Path]:
    """Copy a run that version 0.1.0 has written, `finished` or `interrupted`."""

    def copy(kind: str) -> Path:
        root = tmp_path / "old"
        shutil.copytree(OLD_RUNS / kind, root / "early")
        (folder,) = (root / "early").iterdir()
        return folder

    return copy


NOTE = "is of version 0.1.0"


def test_an_old_run_is_read(old: Callable[[str], Path], nnu) -> None:
    folder = old("finished")
    assert nnu("analyze", folder).code == 0
    for command in ("spectrum", "measure"):
        result = nnu(command, folder)
        assert result.code == 0
        assert result.err.count(NOTE) == 1


def test_an_old_run_is_resumed(old: Callable[[str], Path], nnu, tmp_path: Path) -> None:
    folder = old("interrupted")
    result = nnu("train", "--resume", folder)
    assert result.code == 0
    assert result.err.count(NOTE) == 1
    again = nnu("train", folder / "config.yaml", "--out", tmp_path / "new").folder
    resumed, whole = read_run(folder), read_run(again)
    assert resumed.epochs == whole.epochs == 6
    # Its first epoch may have been computed on another kind of processor.
    np.testing.assert_allclose(resumed["mu2"], whole["mu2"], rtol=1e-4)
    assert NOTE not in nnu("train", "--resume", folder).err  # it says now what it is


def test_an_old_run_that_was_resumed_is_known_by_its_record(
    nnu, old: Callable[[str], Path]
) -> None:
    """Where its files lie may then be written into its config, whose old hash is another one."""
    folder = old("finished")
    assert nnu("spectrum", folder).code == 0
    assert nnu("train", "--resume", folder).code == 0
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("seconds: 30.0", "seconds: 20.0"))
    assert nnu("analyze", folder).code == 0
    assert "changed" not in nnu("runs", folder).out


def test_an_old_run_of_another_config_is_refused(
    old: Callable[[str], Path], refused: Refused
) -> None:
    folder = old("interrupted")
    edit(folder, "network.activation", "relu")
    for command in (*NUMBERS_ONLY, "spectrum", "train --resume"):
        assert "must be what the run was trained with" in refused(*command.split(), folder)


def test_an_old_run_on_other_data_is_refused(old: Callable[[str], Path], refused: Refused) -> None:
    folder = old("finished")
    record = json.loads((folder / "provenance.json").read_text())
    (folder / "provenance.json").write_text(json.dumps(record))
    for path in (folder / "config.yaml",):
        path.write_text(path.read_text().replace("test_samples: 20", "test_samples: 21"))
    assert "must be what the run was trained with" in refused("spectrum", folder)


def test_a_sweep_reuses_an_old_run(old: Callable[[str], Path], nnu, tmp_path: Path) -> None:
    folder = old("finished")
    base = yaml.safe_load((folder / "config.yaml").read_text())
    for key in ("name", "seed", "replicas"):
        del base[key]
    sweep = {"name": "early", "base": base, "axes": {"train.epochs": [6, 7]}}
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(sweep))
    shown = nnu("sweep", "sweep.yaml", "--out", tmp_path / "old", "--status", "--json").out
    assert json.loads(shown)["counts"] == {"done": 1, "pending": 1}


def test_a_listing_shows_what_has_changed(run: Path, nnu) -> None:
    edit(run, "network.activation", "relu")
    (row,) = json.loads(nnu("runs", run, "--json").out)
    assert row["status"] == "changed"
