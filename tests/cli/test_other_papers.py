"""The file of claims about another paper that comes with the package, on nets that take no time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny_data import save_tiny_data

from nnuniverse.claims.reproduction.needed_runs import needed_points
from nnuniverse.claims.reproduction.paper_files import load_printed_numbers

Nnu = Callable[..., Any]

FILE = Path(__file__).parents[2] / "configs" / "claims" / "2212.02083.yaml"


def on_tiny_nets(folder: Path) -> Path:
    """Write the file's claims, of nets with 27 weights and biases; return it."""
    save_tiny_data(folder / "data.npz")
    claims = yaml.safe_load(FILE.read_text("utf-8"))
    config = {
        "name": "tiny",
        "data": {"kind": "npz", "path": "data.npz"},
        "network": {"hidden": [3]},
        "train": {"epochs": 2, "batch": 4},
    }
    (folder / "tiny.yaml").write_text(yaml.safe_dump(config))
    changed = claims["runs"]["mnist"]["set"]
    observed = {"observe.observables": changed["observe.observables"], "observe.complexity_n": []}
    claims["runs"] = {"mnist": {"config": "tiny.yaml", "set": observed, "seeds": 3}}
    for number in claims["numbers"]:
        del number["requires"], number["recorded"]
    (folder / "claims.yaml").write_text(yaml.safe_dump(claims))
    return folder / "claims.yaml"


def test_its_runs_are_ten_nets_of_our_deep_one() -> None:
    file = load_printed_numbers(str(FILE))
    (point,) = needed_points(file)
    assert (point.config.train.epochs, len(point.seeds)) == (300, 10)
    assert point.config.network.hidden == (40, 20)
    assert [number.kind for number in file.paper.numbers] == ["count"] * 3
    assert all(number.recorded for number in file.paper.numbers)


def test_a_claim_of_it_is_judged_by_gradients_of_runs(nnu: Nnu, tmp_path: Path) -> None:
    pytest.importorskip("powerlaw")
    file, runs = on_tiny_nets(tmp_path), tmp_path / "runs"
    changed = yaml.safe_load(file.read_text("utf-8"))["runs"]["mnist"]["set"]
    overrides = [f"{key}={json.dumps(value)}" for key, value in changed.items()]
    trained = nnu("train", tmp_path / "tiny.yaml", "replicas=3", *overrides, "--out", runs)
    assert trained.code == 0, trained.err
    asked = ("--claim", "across-weights", "--out", runs)
    judged = nnu("reproduce", file, "--judge", *asked, "--json")
    assert judged.code == 0, judged.err
    (claim,) = json.loads(judged.out)["claims"]
    assert set(claim["measured"]["values"]) <= {0.0, 1.0}
    assert claim["verdict"] in ("agrees", "differs", "undecided")
