"""``nnu reproduce`` of claims on ensembles: each net that was trained is followed, and judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny_data import save_tiny_data

from nnuniverse.claims.reproduction.scalar_files import read_scalars
from nnuniverse.runs import list_runs

Nnu = Callable[..., Any]
Refused = Callable[..., str]

NET = {
    "data": {"kind": "npz", "path": "data.npz"},
    "network": {"hidden": [3]},
    "train": {"epochs": 30, "batch": 3, "learning_rate": 0.05},
    "observe": {"observables": ["boundary_loss"], "complexity_n": [3]},
}
CHANGED = {
    "evolve.members": 32,
    "evolve.steps": 24,
    "evolve.records": 6,
    "evolve.coordinates": [{"kind": "curvature", "count": 2, "relaxation": [5, 5000]}],
}


def write_paper(folder: Path, **of_ensembles: Any) -> Path:
    """Write a file of a claim on ensembles of three nets."""
    folder.mkdir(parents=True, exist_ok=True)
    save_tiny_data(folder / "data.npz")
    (folder / "net.yaml").write_text(yaml.safe_dump(NET))
    claim = {"id": "one_D", "where": "(2.1)", "says": "one D", "printed": "1", "run": "followed",
             "quantity": {"analysis": "anisotropy"}, "scale": "log"}  # fmt: skip
    content = {
        "paper": "mine",
        "title": "My own",
        "runs": {
            "net": {"config": "net.yaml", "seeds": 3},
            "followed": {"ensembles_of": "net", "set": CHANGED} | of_ensembles,
        },
        "numbers": [claim],
    }
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_every_net_is_trained_followed_and_judged(nnu: Nnu, tmp_path: Path) -> None:
    file, root = write_paper(tmp_path), tmp_path / "runs"
    asked = ("reproduce", file, "--out", root, "--json")
    plan = json.loads(nnu(*asked, "--plan").out)
    missing = {one["of"]: len(one["missing"]) for one in plan["runs"]}
    assert missing == {"net": 3, "followed": 3}
    assert plan["seconds"] > 0.0

    result = nnu(*asked, "--budget", "full", "--save", tmp_path / "kept.npz")
    assert result.code == 0, result.err
    (claim,) = json.loads(result.out)["claims"]
    assert claim["verdict"] == "differs"
    assert len(claim["measured"]["values"]) == 3
    assert all(value > 1.0 for value in claim["measured"]["values"])
    runs = list(list_runs(root))
    assert len(runs) == 4
    judged = list(root.glob("*/*/mechanics.h5"))
    assert len(judged) == 3

    again = nnu(*asked, "--budget", "full")
    assert json.loads(again.out)["claims"] == json.loads(result.out)["claims"]
    assert len(list(list_runs(root))) == len(runs)
    kept = read_scalars((tmp_path / "kept.npz").read_bytes())
    assert kept.measured["one_D"].seeds.tolist() == [0, 1, 2]
    assert str(tmp_path) not in json.dumps([run.command for run in kept.runs])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"ensembles_of": "nothing"}, "`runs.followed.ensembles_of` must name one of `runs`"),
        ({"ensembles_of": "followed"}, "`runs.followed.ensembles_of` must name one of `runs`"),
        ({"config": "net.yaml"}, "`runs.followed` must have one of config, sweep and ensembles_of"),
        ({"seeds": 4}, "`runs.followed.seeds` must be those of its nets"),
        ({"set": {"evolve.run": "x"}}, "must leave out evolve.run, which is each net"),
        ({"set": {"evolve.members": 3}}, "`evolve.members`"),
    ],
)
def test_what_ensembles_cannot_be(
    refused: Refused, tmp_path: Path, changed: dict[str, Any], told: str
) -> None:
    assert told in refused("reproduce", write_paper(tmp_path, **changed), "--judge")


def test_a_quantity_is_of_what_it_is_measured_on(refused: Refused, tmp_path: Path) -> None:
    file = write_paper(tmp_path)
    content = yaml.safe_load(file.read_text())
    (claim,) = content["numbers"]
    for quantity, told in [
        ("mu2.final", "be a scalar, as the runs are ensembles, but is 'mu2.final'"),
        ({"analysis": "layers"}, "be a scalar of ensembles, but is 'layers'"),
    ]:
        content["numbers"] = [{**claim, "quantity": quantity}]
        file.write_text(yaml.safe_dump(content))
        assert told in refused("reproduce", file, "--judge")
    content["numbers"] = [{**claim, "run": "net"}]
    file.write_text(yaml.safe_dump(content))
    assert "be a scalar of the analysis of nets" in refused("reproduce", file, "--judge")
