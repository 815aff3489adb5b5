"""``nnu data``: what the samples of a config are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnuniverse.data import load_embedded, load_npz

Nnu = Callable[..., Any]


def test_show(config: Path, data_file: Path, nnu: Nnu) -> None:
    result = nnu("data", "show", config)
    assert (result.code, result.err) == (0, "")
    facts = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    assert facts == {
        "name": "data",
        "train_samples": "12",
        "test_samples": "6",
        "shape": "[4]",
        "classes": "3",
        "fingerprint": load_npz(data_file).fingerprint,
    }


def test_show_as_json(config: Path, data_file: Path, nnu: Nnu) -> None:
    result = nnu("data", "show", config, "data.train_samples=5", "--json")
    assert (result.code, result.err) == (0, "")
    facts = json.loads(result.out)
    assert facts["train_samples"] == 5
    assert facts["shape"] == [4]
    assert facts["fingerprint"] != load_npz(data_file).fingerprint


def test_show_the_embedded_digits(nnu: Nnu) -> None:
    Path("config.yaml").write_text("data: {kind: embedded}\n")
    facts = json.loads(nnu("data", "show", "config.yaml", "--json").out)
    assert facts["train_samples"] == 6000
    assert facts["test_samples"] == 1000
    assert facts["shape"] == [28, 28]
    assert facts["classes"] == 10
    assert facts["fingerprint"] == load_embedded().fingerprint


def test_wrong_config(config: Path, refused: Callable[..., str]) -> None:
    assert "`data.path` must name a readable file" in refused(
        "data", "show", config, "data.path=none.npz"
    )
    assert "`data.directory` must be a known key" in refused(
        "data", "show", config, "data.directory=x"
    )
