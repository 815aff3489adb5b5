"""``nnu perturb``: what survives, what is kept of retrainings, and what is refused."""

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
from examples_of import require_examples_hold

import nnuniverse
from nnuniverse.claims.reproduction.analysed_scalars import analysed
from nnuniverse.claims.reproduction.needed_retrainings import missing_retrainings
from nnuniverse.claims.reproduction.needed_runs import needed_points
from nnuniverse.claims.reproduction.paper_files import PaperFile, load_printed_numbers
from nnuniverse.claims.reproduction.reproducing import Selection
from nnuniverse.claims.reproduction.reproduction_plan import (
    Budget,
    ReproductionPlan,
    RunTime,
    plan_reproduction,
)
from nnuniverse.claims.reproduction.trained_runs import TrainedRuns
from nnuniverse.cli.display.retraining_epochs import show_retraining
from nnuniverse.errors import ConfigError, RunError, StoppedError
from nnuniverse.experiments.perturb import PerturbSettings, perturb_run
from nnuniverse.physics.structure.perturbed import NAMES, STRUCTURES
from nnuniverse.runs import open_run_folder, require_removable

Nnu = Callable[..., Any]
Refused = Callable[..., str]
Content = Callable[[Path], dict[str, tuple[bytes, int]]]

NOISE = ("--noise", "2,0.3", "--repeats", "1", "--draws", "9")
OTHERS = ("--delete", "0.3", "--data", "0.6", "--repeats", "1", "--draws", "9")


@pytest.fixture(scope="session")
def wires(nnu: Nnu, shared: Path) -> Path:
    """A run of two nets 4-5-4 that end in four wires each."""
    path = shared / "wires.yaml"
    content = {
        "name": "wires",
        "replicas": 2,
        "data": {
            "kind": "normal", "inputs": 4, "deviation": 0.7,
            "train_samples": 60, "test_samples": 4,
        },
        "network": {"hidden": [5], "activation": "identity"},
        "loss": {"penalty": {"l1": 0.01}},
        "train": {
            "epochs": 400, "batch": 30, "learning_rate": 0.03,
            "optimiser": {"kind": "momentum"},
        },
        "observe": {"observables": [], "complexity_n": []},
    }  # fmt: skip
    path.write_text(yaml.safe_dump(content))
    return nnu("train", path, "--out", shared / "wires").folder


@pytest.fixture(scope="session")
def printed(nnu: Nnu, wires: Path) -> Any:
    """What is printed of it on 80 columns."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLUMNS", "80")
        return nnu("perturb", wires, *NOISE)


@pytest.fixture(scope="session")
def found(nnu: Nnu, wires: Path, printed: Any) -> dict[str, Any]:
    """What is found of the same, as JSON, after it has been printed."""
    result = nnu("perturb", wires, *NOISE, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def test_a_table_and_sentences_tell_it(printed: Any) -> None:
    assert printed.code == 0, printed.err
    table, _, told = printed.out.partition("\n\nSurvival of whole chains ")
    assert max(map(len, table.splitlines())) <= 80
    assert "4-5-4, 2 replicas, 1 repeat, 400 epochs of retraining" in table
    assert told.startswith("falls below 0.95 at noise ")


def test_what_survives_noise(found: dict[str, Any]) -> None:
    values = {name: np.array(of, float) for name, of in found["values"].items()}
    assert set(values) == set(NAMES)
    told = [(one["kind"], one["strength"]) for one in found["perturbations"]]
    assert told == [("noise", 0.3), ("noise", 2)]
    assert values["survival"].shape == (2, 2, 1, len(STRUCTURES))
    assert values["instances"].tolist() == [[8, 4, 0, 0, 0]] * 2
    weak, strong = values["survival"][:, 0], values["survival"][:, 1]
    assert (weak[..., :2] == 1.0).all()
    assert (values["same_chains"][:, 0] == 4).all()
    assert (strong[..., 1] < 1.0).all()
    assert (strong[..., 1] <= strong[..., 0] + 1e-12).all()
    assert (values["retraining_diverged"] == -1).all()


def test_what_survives_deletion_and_other_data(nnu: Nnu, wires: Path, found: Any) -> None:
    result = nnu("perturb", wires, *OTHERS, "--json")
    document = json.loads(result.out)
    values = {name: np.array(of, float) for name, of in document["values"].items()}
    deleted, exchanged = values["survival"][:, 0, 0, 1], values["survival"][:, 1, 0, 1]
    assert (deleted == 0.75).all(), "a chain lost a neuron, which learns nothing without edges"
    assert (values["chains_after"][:, 0] <= 3).all()
    assert (exchanged == 0.5).all(), "the wires of the two inputs have to be laid anew"
    assert (values["chains_after"][:, 1] == 4).all()


def test_the_file_says_the_same(nnu: Nnu, found: dict[str, Any], wires: Path) -> None:
    assert nnu("perturb", wires, *NOISE).code == 0
    with xr.open_dataset(wires / "perturb.h5") as dataset:
        assert dataset["survival"].dims == ("replica", "perturbation", "repeat", "structure")
        np.testing.assert_array_equal(
            dataset["survival"], np.array(found["values"]["survival"], float)
        )
        assert dataset["perturbation"].values.tolist()[-1] == "noise 2"
        assert dataset["survival"].attrs["source"] == "2008.01540 Sec. 11"
        told = ("epochs", "matrix", "purity", "keep", "network")
        assert [dataset.attrs[name] for name in told] == [400, "weights", 0.9, "nonzero", "4-5-4"]


def test_what_has_ended_is_not_trained_again(
    found: dict[str, Any], wires: Path, content: Content
) -> None:
    before = content(wires / "perturbed")
    dataset = nnuniverse.perturb(wires, noise=(0.3,), repeats=1, draws=9, purity=0.5)
    require_examples_hold("nnuniverse.api.perturb", run=nnuniverse.open_run(wires))
    assert content(wires / "perturbed") == before
    np.testing.assert_array_equal(
        dataset["survival"][:, 0, 0], np.array(found["values"]["survival"], float)[:, 0, 0]
    )


def test_a_retraining_that_was_stopped_goes_on_to_the_same(
    found: dict[str, Any], wires: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(wires, tmp_path / "wires" / wires.name))
    shutil.rmtree(folder / "perturbed")
    settings = PerturbSettings(noise=(0.3,), repeats=1, draws=9)
    left = iter(range(2))
    with pytest.raises(StoppedError) as stopped:
        perturb_run(folder, settings, stop=lambda: next(left, None) is None)
    assert stopped.value.exit_code == 75
    [begun] = (folder / "perturbed").glob("*/*/provenance.json")
    dataset = perturb_run(folder, settings).opened()
    assert [begun] == list((folder / "perturbed").glob("*/*/provenance.json"))
    for name in ("loss_after", "survival", "survival_independent", "edges_after"):
        values = np.array(found["values"][name], float)[:, :1, :1]
        np.testing.assert_array_equal(dataset[name], values)


def test_a_net_alone_fares_as_among_others(nnu: Nnu, wires: Path, found: dict[str, Any]) -> None:
    alone = nnu("train", wires / "config.yaml", "replicas=1", "--out", "runs").folder
    dataset = nnuniverse.perturb(alone, noise=(2.0,), repeats=1, draws=9)
    for name in ("survival", "survival_independent", "chains_after", "loss_after"):
        values = np.array(found["values"][name], float)[0, 1, 0]
        np.testing.assert_array_equal(dataset[name][0, 0, 0], values)


def test_without_epochs_a_net_is_compared_as_it_was_perturbed(wires: Path) -> None:
    dataset = nnuniverse.perturb(wires, noise=(0.0, 0.1), epochs=0, repeats=1)
    assert (dataset["survival"][:, 0, 0, :2] == 1.0).all()
    assert (dataset["edges_after"][:, 0] == 8).all()
    assert (dataset["edges_after"][:, 1] == 40).all(), "noise makes every edge of the mask count"
    strongest = nnuniverse.perturb(wires, noise=(0.05,), epochs=0, repeats=1, keep="edges:8")
    assert (strongest["survival"][..., 0] == 1.0).all()


def test_what_retrainings_leave_is_a_run_s_own(found: dict[str, Any], wires: Path) -> None:
    require_removable(open_run_folder(wires))
    for foreign in ("perturbed/notes.txt", "perturbed/noise-2-0/notes.txt"):
        (wires / foreign).write_text("mine")
        with pytest.raises(ConfigError, match="hold only what a run writes") as refusal:
            require_removable(open_run_folder(wires))
        assert foreign in str(refusal.value)
        (wires / foreign).unlink()


def test_nets_that_diverge_in_retraining_survive_in_nothing(nnu: Nnu, wires: Path) -> None:
    result = nnu("perturb", wires, "--noise", "1e20", "--repeats", "1", "--json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert found["values"]["survival"] == [[[[None] * len(STRUCTURES)]]] * 2
    assert found["values"]["retraining_diverged"] == [[[1]], [[1]]]
    assert found["found"][-1].startswith("2 retrained nets diverged")


def test_a_replica_that_diverged_is_named(refused: Refused, diverged: Any) -> None:
    folder = json.loads(diverged.out)["run"]
    line = refused("perturb", folder, "--noise", "0.1", code=1)
    assert line.startswith("replica 0 (seed 7) of ")
    assert "diverged in epoch 1" in line


def test_a_printed_number_has_nets_trained_again_once(wires: Path, tmp_path: Path) -> None:
    root = tmp_path / "runs"
    folder = Path(shutil.copytree(wires, root / "wires" / wires.name))
    claims = tmp_path / "mine.yaml"
    claims.write_text(yaml.safe_dump(_claims("chain", "crossed")))
    shutil.copy(wires / "config.yaml", tmp_path / "wires.yaml")
    file = load_printed_numbers(str(claims))
    [point] = needed_points(file, seeds=2)
    there = TrainedRuns.below(root).of(point)
    with pytest.raises(RunError, match=r"the retraining noise-0.7-0 of wires/.* must have ended"):
        analysed(there.records[0][0], file.paper.numbers[0].quantity)
    assert plan(file, root).runs[0].again == 1
    [needed] = missing_retrainings(file.paper.numbers, [there])
    needed.train(lambda: False)
    assert missing_retrainings(file.paper.numbers, [there]) == []
    chains, crossed = (analysed(there.records[0][0], of.quantity) for of in file.paper.numbers)
    dataset = nnuniverse.perturb(folder, noise=(0.7,), repeats=1)
    excess = (dataset["survival"] - dataset["survival_independent"])[:, 0, 0, 1]
    assert chains.tolist() == excess.values.tolist()
    control = dataset["crossed_survival"] - dataset["crossed_survival_independent"]
    assert crossed.tolist() == control[:, 0, 0].values.tolist()


def _claims(*structures: str) -> dict[str, Any]:
    number = {"where": "here", "says": "it", "printed": "more", "sign": "+", "run": "wires"}
    scalar = {"analysis": "survival_excess", "against": "noise 0.7"}
    return {
        "paper": "mine",
        "title": "Mine",
        "runs": {"wires": {"config": "wires.yaml", "seeds": 3}},
        "numbers": [
            {"id": of, **number, "quantity": {**scalar, "variable": of}} for of in structures
        ],
    }


def plan(file: PaperFile, root: Path) -> ReproductionPlan:
    seconds = 1000.0
    return plan_reproduction(
        file, root, Selection(), 2, Budget(seconds), lambda config: RunTime(10.0, 1.0)
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "`--noise`, `--delete` or `--data` must be given"),
        (("--noise", "-0.1"), "`--noise` must be at least 0, but is -0.1"),
        (("--noise", "a"), "`--noise` must be numbers between commas"),
        (("--delete", "1.5"), "`--delete` must be a share, from 0 to 1, but is 1.5"),
        (("--data", "nan"), "`--data` must be a share, from 0 to 1, but is nan"),
        (("--noise", "0", "--purity", "0"), "`--purity` must lie above 0 and be at most 1"),
        (("--noise", "0", "--matrix", "w"), "`--matrix` must be weights or slopes"),
        (("--noise", "0", "--epochs", "-1"), "`--epochs` must be at least 0"),
        (("--noise", "0", "--repeats", "0"), "`--repeats` must be at least 1"),
        (("--noise", "0", "--keep", "loss:0.1"), "`--keep` must be nonzero or edges:K"),
        (
            ("--noise", "0", "--keep", "edges:9"),
            "`--keep` must be at most the 8 weights of",
        ),
        (("--noise", "0", "--draws", "0"), "`--draws` must be at least 1"),
        (("--noise", "0", "--seed", "-1"), "`--seed` must be at least 0"),
    ],
)
def test_wrong_options(refused: Refused, wires: Path, options: tuple, message: str) -> None:
    assert message in refused("perturb", wires, *options)


def test_lines_about_epochs_are_for_terminals(capsys: pytest.CaptureFixture[str]) -> None:
    show_retraining("noise 0.1, repeat 0", 0, 3)
    assert capsys.readouterr().err == ""
