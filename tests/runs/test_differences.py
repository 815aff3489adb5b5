"""In what runs differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made import begin

from nnuniverse.runs import differing_values, list_runs


def differing(root: Path) -> dict[str, list[Any]]:
    return differing_values(list(list_runs(root)))


def test_runs_of_one_config_do_not_differ(tmp_path: Path) -> None:
    begin(tmp_path)
    begin(tmp_path, second=1)
    assert differing(tmp_path) == {}
    assert differing_values(list(list_runs(tmp_path))[:1]) == {}


def test_keys_of_the_config(tmp_path: Path) -> None:
    begin(tmp_path, "train.learning_rate=0.5", "network.hidden=[3]")
    begin(tmp_path, "network.hidden=[3, 4]", "train.optimiser={kind: momentum}", second=1)
    assert differing(tmp_path) == {
        "network.hidden": [[3], [3, 4]],
        "train.learning_rate": [0.5, 0.1],
        "train.optimiser.kind": ["sgd", "momentum"],
        "train.optimiser.decay": [None, 0.9],
        "train.optimiser.nesterov": [None, False],
    }


def test_data_and_what_it_was_made_with(tmp_path: Path) -> None:
    source = {"commit": "c0", "diff": ""}
    begin(tmp_path, packages={"jax": "1", "numpy": "2"}, device="cpu", source=source)
    begin(
        tmp_path,
        fingerprint="other",
        packages={"jax": "3", "numpy": "2"},
        device="gpu",
        source={"commit": "c0", "diff": "changed"},
        second=1,
    )
    assert differing(tmp_path) == {
        "data.fingerprint": ["f", "other"],
        "packages.jax": ["1", "3"],
        "device": ["cpu", "gpu"],
        "uncommitted": [None, True],
    }


@pytest.mark.parametrize(
    "content",
    ["", "[", "[]", "{}", '{"segments": [1]}', '{"segments": [{"packages": 1}], "data": 2}'],
)
def test_a_provenance_that_says_nothing(content: str, tmp_path: Path) -> None:
    begin(tmp_path, packages={"jax": "1"}, source=None)
    begin(tmp_path, second=1).provenance.write_text(content)
    found = differing(tmp_path)
    assert found["packages.jax"] == ["1", None]
    assert found["data.fingerprint"] == ["f", None]
    json.dumps(found, allow_nan=False)
