"""``nnu train --resume RUN train.epochs=N``: a run made longer is a run of N epochs in one go."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from nnuniverse.runs import look_at, open_results, open_run_folder
from nnuniverse.runs.checkpoint import SLOTS

Nnu = Callable[..., Any]
Refused = Callable[..., str]

SHORT, LONG = 12, 20

# Each begins with the state that the epochs behind have left in it.
KINDS = {
    "momentum, exponential": {
        "optimiser": {"kind": "momentum"},
        "schedule": {"kind": "exponential", "half_life": 7.0},
    },
    "adam": {"optimiser": {"kind": "adam"}},
    "a bath and patience": {
        "noise": {"temperature": 1e-3},
        "early_stopping": {"patience": 7},
    },
}
LOG, FIXED = {"kind": "log", "count": 14}, {"kind": "fixed", "every": 2}


def stored(folder: Path) -> dict[str, np.ndarray]:
    with open_results(folder) as file:
        return {name: dataset[()] for name, dataset in file.items()}


def provenance(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "provenance.json").read_text())
    return content


def recorded(folder: Path, name: str) -> Any:
    with open_results(folder) as file:
        return file.attrs[name]


def require_same_numbers(longer: Path, whole: Path) -> None:
    """Weights and losses agree, and so does what both have measured, in every bit."""
    one, other = stored(longer), stored(whole)
    assert one.keys() == other.keys()
    _, mine, its = np.intersect1d(one["snapshot"], other["snapshot"], return_indices=True)
    assert len(mine) > 5
    with open_results(longer) as file:
        measured = {name for name in file if "snapshot" in str(dims(file[name])[1:2])}
    assert {"mu2", "test_error_rate"} <= measured
    for name in one.keys() - {"snapshot"}:
        here, there = one[name], other[name]
        if name in measured:
            here, there = here[:, mine], there[:, its]
        np.testing.assert_array_equal(here, there, err_msg=name)


def dims(dataset: Any) -> list[str]:
    return [dim[0].name.removeprefix("/") for dim in dataset.dims if len(dim)]


@pytest.mark.optimised
@pytest.mark.parametrize("kind", KINDS)
def test_a_longer_run_is_one_of_as_many_epochs_in_one_go(
    kind: str, config: Path, nnu: Nnu, tmp_path: Path
) -> None:
    content = yaml.safe_load(config.read_text())
    content["train"] |= KINDS[kind]
    content["observe"]["snapshots"] = FIXED if "patience" in kind else LOG
    content["observe"]["observables"] = ["mu2", "test_boundary_loss", "test_error_rate"]
    Path("config.yaml").write_text(yaml.safe_dump(content))
    whole = nnu("train", "config.yaml", f"train.epochs={LONG}", "--out", "whole").folder
    short = nnu("train", "config.yaml", f"train.epochs={SHORT}").folder
    before, was = stored(short), provenance(short)

    result = nnu("train", "--resume", short, f"train.epochs={LONG}")
    assert result.code == 0, result.err
    assert result.folder == short
    require_same_numbers(short, whole)

    after = stored(short)["snapshot"]
    np.testing.assert_array_equal(after[: len(before["snapshot"])], before["snapshot"])
    scheduled = stored(whole)["snapshot"]
    np.testing.assert_array_equal(after[after > SHORT], scheduled[scheduled > SHORT])

    now, of_whole = provenance(short), provenance(whole)
    for key in ("run_hash", "config_hash", "family_hash", "identity"):
        assert now[key] == of_whole[key] != was[key]
    assert recorded(short, "run_hash") == of_whole["run_hash"]
    (extension,) = now["extensions"]
    assert extension["config"]["train"]["epochs"] == SHORT
    assert (extension["epoch"], extension["epochs"]) == (SHORT, LONG)
    assert extension["run_hash"] == was["run_hash"]
    assert [segment["first_epoch"] for segment in now["segments"]] == [1, SHORT + 1]
    assert look_at(open_run_folder(short)).summary.status == "complete"


def test_a_run_is_made_longer_twice_and_its_command_may_be_given_again(
    copied: Callable[[], Path], nnu: Nnu, config: Path, content: Callable[[Path], Any]
) -> None:
    folder = copied()
    assert nnu("train", "--resume", folder, "train.epochs=4", "checkpoint.seconds=0").code == 0
    assert (
        nnu("train", config, "train.epochs=6", "--resume", folder, "checkpoint.seconds=0").code == 0
    )
    assert [step["epochs"] for step in provenance(folder)["extensions"]] == [4, 6]
    assert provenance(folder)["extensions"][0]["config"]["checkpoint"]["seconds"] == 30.0
    assert yaml.safe_load((folder / "config.yaml").read_text())["checkpoint"]["seconds"] == 0.0
    np.testing.assert_array_equal(stored(folder)["snapshot"], range(7))
    before = content(folder)
    again = nnu("train", "--resume", folder, "train.epochs=6")
    assert again.err == f"already complete: {folder}\n"
    changed = {name for name, of in content(folder).items() if of[0] != before[name][0]}
    assert not changed


def test_a_longer_run_without_its_checkpoints_is_measured_where_it_was(
    config: Path, nnu: Nnu
) -> None:
    few = "observe.observables=[test_boundary_loss]"
    schedule = "observe.snapshots={kind: fixed, every: 2}"
    folder = nnu("train", config, schedule, few).folder
    assert nnu("train", "--resume", folder, "train.epochs=6").code == 0
    before = stored(folder)
    np.testing.assert_array_equal(before["snapshot"], [0, 2, 3, 4, 6])
    for slot in SLOTS:
        (folder / slot).unlink()
    assert nnu("train", "--resume", folder).code == 0
    after = stored(folder)
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name], err_msg=name)


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed=1", "`seed` must stay what the run was begun with"),
        ("train.learning_rate=0.1", "`train.learning_rate` must stay what the run was begun with"),
        ("train.epochs=2", "`train.epochs` must be at least the 3 of"),
        ("train.epochs=x", "`train.epochs` must be an integer"),
        ("train.epochs.x=4", "`train.epochs.x` must stay what the run was begun with"),
        ("checkpoint.second=3", "`checkpoint.second` must be a known key"),
    ],
)
def test_any_other_key_is_refused(
    override: str, message: str, finished: Any, refused: Refused, content: Callable[[Path], Any]
) -> None:
    before = content(finished.folder)
    assert refused("train", "--resume", finished.folder, override).startswith(message)
    assert content(finished.folder) == before


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.schedule.kind=cosine", "`train.schedule` must not depend on train.epochs for a"),
        ("train.early_stopping.patience=3", "`train.early_stopping.patience` must have counted"),
    ],
)
def test_what_depends_on_the_length_of_the_run_is_refused(
    override: str,
    message: str,
    config: Path,
    nnu: Nnu,
    refused: Refused,
    content: Callable[[Path], Any],
) -> None:
    few = "observe.observables=[test_boundary_loss]"
    schedule = "observe.snapshots={kind: fixed, every: 2}"  # the last epoch, 3, is one more
    folder = nnu("train", config, override, schedule, few).folder
    before = content(folder)
    assert refused("train", "--resume", folder, "train.epochs=5").startswith(message)
    assert content(folder) == before


def test_a_run_of_a_sweep_is_refused(copied: Callable[[], Path], refused: Refused) -> None:
    run = copied()
    (run.parent / "sweep.yaml").write_text("what the folder of a sweep holds")
    line = refused("train", "--resume", run, "train.epochs=9")
    assert "must stay what its sweep asks for" in line
    assert "network.start=" in line


def test_a_run_without_checkpoint_or_replica_is_refused(
    copied: Callable[[], Path], diverged: Any, refused: Refused
) -> None:
    folder = copied()
    for slot in SLOTS:
        (folder / slot).unlink()
    line = refused("train", "--resume", folder, "train.epochs=9")
    assert "must have a checkpoint to go on from, but has none." in line
    assert f"Try `nnu train {folder}/config.yaml train.epochs=9`" in line
    gone = json.loads(diverged.out)["run"]
    shutil.copytree(gone, "gone")
    line = refused("train", "--resume", "gone", "train.epochs=9")
    assert "must have a replica that goes on, but each has diverged or stopped early." in line


def test_a_config_edited_by_hand_extends_nothing(
    copied: Callable[[], Path], refused: Refused
) -> None:
    folder = copied()
    text = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(text.replace("epochs: 3", "epochs: 9"))
    assert "must stay 3, as the run was trained" in refused("train", "--resume", folder)
