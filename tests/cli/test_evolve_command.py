"""``nnu evolve``: ensembles of trained nets, by a config or a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from nnuniverse.runs import read_run

Nnu = Callable[..., Any]
Result = Any

QUICK = (
    "evolve.members=32",
    "evolve.steps=12",
    "evolve.records=6",
    "evolve.start={kind: trained}",
    "evolve.coordinates=[{kind: gradient, of: loss}, {kind: parameters, names: ['bias_2[1]']}]",
)


@pytest.fixture(scope="module")
def ensemble(nnu: Nnu, finished: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ensemble of the second replica of a run of two."""
    out = tmp_path_factory.mktemp("ensembles")
    result = nnu("evolve", finished.folder, *QUICK, "evolve.replica=1", "--out", out)
    assert result.code == 0, result.err
    return result.folder


def test_the_table_says_what_linear_theory_expects(
    nnu: Nnu, ensemble: Path, finished: Result
) -> None:
    assert ensemble.parent.name == "tiny-evolve"
    record = read_run(ensemble)
    assert record.config.evolve is not None
    assert record.config.evolve.run == str(finished.folder.absolute())
    again = nnu("evolve", "--resume", ensemble)
    assert again.code == 0
    assert "already complete" in again.err
    heading, first, second = again.out.splitlines()[-4:-1]
    assert heading.split() == ["coordinate", "h", "spread", "k", "D", "variance", "1/k"]
    assert first.split()[0] == "gradient_of_loss"
    assert second.split()[0] == "bias_2[1]"
    assert float(second.split()[1]) == pytest.approx(record["curvature"][1], rel=5e-3)


def test_json(nnu: Nnu, ensemble: Path) -> None:
    found = json.loads(nnu("evolve", "--resume", ensemble, "--json").out)
    assert (found["status"], found["steps"], found["replicas"]) == ("complete", 12, 32)
    assert [row["coordinate"] for row in found["coordinates"]] == ["gradient_of_loss", "bias_2[1]"]
    assert found["diverged"] == {}


def test_runs_lists_it_with_its_steps(nnu: Nnu, ensemble: Path) -> None:
    (run,) = json.loads(nnu("runs", "--out", ensemble.parents[1], "--json").out)
    assert (run["status"], run["epochs"], run["replicas"]) == ("complete", 12, 32)


def test_a_config_trains_its_net_first(nnu: Nnu, config: Path, tmp_path: Path) -> None:
    values = yaml.safe_load(config.read_text()) | {"replicas": 1, "evolve": {}}
    path = tmp_path / "ensemble.yaml"
    path.write_text(yaml.safe_dump(values))
    result = nnu("evolve", path, *QUICK)
    assert result.code == 0, result.err
    assert "training the net first" in result.err
    assert len(list(Path("runs").glob("tiny/*"))) == len(list(Path("runs").glob("tiny-net/*"))) == 1


@pytest.mark.parametrize(
    "command",
    [
        ("analyze",),
        ("plot", "loss"),
        ("plot", "spectrum"),
        ("measure",),
        ("spectrum",),
        ("ensemble",),
        ("train", "--resume"),
    ],
)
def test_what_is_of_training_names_mechanics(
    refused: Callable[..., str], ensemble: Path, command: tuple[str, ...]
) -> None:
    line = refused(*command, ensemble)
    assert "must have trained a net, but is an ensemble. Try `nnu mechanics" in line


def test_what_is_no_ensemble(
    refused: Callable[..., str], ensemble: Path, finished: Result, config: Path
) -> None:
    assert "must have an `evolve` section, but has none" in refused("evolve", config)
    assert "must be given a CONFIG or RUN" in refused("evolve")
    assert "must stand alone" in refused("evolve", config, "--resume", ensemble)
    assert "is an ensemble already" in refused("evolve", ensemble)
    assert "must be an ensemble, but trained a net" in refused(
        "evolve", "--resume", finished.folder
    )
    assert "`evolve` must be left out of the config of a training" in refused(
        "train", config, "evolve={}"
    )
    assert "`network.start` must be a run that has trained a net" in refused(
        "train", config, f"network.start={ensemble}"
    )


def test_a_diverging_ensemble_says_when(nnu: Nnu, finished: Result, tmp_path: Path) -> None:
    """Nesterov momentum has no edge of stability that could refuse such a rate."""
    result = nnu(
        *("evolve", finished.folder, *QUICK, "network.activation=identity"),
        *("train.optimiser={kind: momentum, nesterov: true}", "train.learning_rate=1e30"),
        *("--out", tmp_path),
    )
    assert result.code == 1
    assert "positions must stay finite, but those of 32 replicas are not" in result.err
    (folder,) = tmp_path.glob("*/*")
    assert read_run(folder)["diverged_step"].min() >= 0
    assert np.isnan(read_run(folder)["positions"][:, -1]).all()


def test_a_sweep_of_ensembles(nnu: Nnu, finished: Result, config: Path, tmp_path: Path) -> None:
    base = yaml.safe_load(config.read_text())
    del base["name"], base["replicas"]
    base["evolve"] = {"run": str(finished.folder), "members": 32, "steps": 12, "records": 4}
    base["evolve"] |= {"start": {"kind": "trained"}, "coordinates": [{"kind": "gradient"}]}
    values = {"name": "grid", "seeds": 2, "base": base}
    values["axes"] = {"evolve.sampling": ["independent", "shuffled"]}
    path = tmp_path / "sweep.yaml"
    path.write_text(yaml.safe_dump(values))
    result = nnu("sweep", path, "--workers", "1")
    assert result.code == 0, result.err
    runs = [read_run(folder) for folder in Path("runs/grid").glob("2*")]
    assert len(runs) == 4
    assert len({run["positions"].tobytes() for run in runs}) == 4
    assert nnu("sweep", path).code == 0
    del base["evolve"]["run"]
    path.write_text(yaml.safe_dump(values | {"name": "other"}))
    assert "`evolve.run` must be given in a sweep" in nnu("sweep", path).err


def test_a_common_start_has_no_density_to_judge(nnu: Nnu, ensemble: Path) -> None:
    result = nnu("mechanics", ensemble)
    assert result.code == 0, result.err
    assert "bias_2[1] is undecided: a mixture" in result.out
    assert nnu("plot", "mechanics", ensemble).code == 0


def test_what_changes_the_free_energy_needs_a_stationary_state(nnu: Nnu, ensemble: Path) -> None:
    short = nnu("mechanics", ensemble, "--free-energy", "1", "--json")
    assert (short.code, short.out) == (2, "")
    assert "must have a coordinate that is stationary" in short.err
