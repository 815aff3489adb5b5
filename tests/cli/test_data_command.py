"""``nnu data``: what the samples of a config are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nnuniverse.data import load_embedded, load_npz

Nnu = Callable[..., Any]


def test_show(config: Path, data_file: Path, nnu: Nnu) -> None:
    result = nnu("data", "show", config)
    assert (result.code, result.err) == (0, "")
    described, ranges, classes = result.out.split("\n\n")
    facts = dict(line.split(maxsplit=1) for line in described.splitlines())
    assert facts == {
        "name": "data",
        "train_samples": "12",
        "test_samples": "6",
        "shape": "[4]",
        "classes": "3",
        "fingerprint": load_npz(data_file).fingerprint,
        "dtype": "uint8",
        "constant_inputs": "0",
    }
    with np.load(data_file) as arrays:
        least, largest = arrays["x_train"].min(), arrays["x_train"].max()
    train = ranges.splitlines()[1].split()
    assert train[:4] == ["train", str(least), "..", str(largest)]
    assert train[4:] == [f"{least / 255:.4g}", "..", f"{largest / 255:.4g}", "0", "..", "1"]
    assert [line.split() for line in classes.splitlines()] == [
        ["class", "train", "test"],
        *([str(number), "4", "2"] for number in range(3)),
    ]


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
    assert facts["input_range"] == {"train": [0, 255], "test": [0, 255]}
    assert facts["scaled_range"] == {"train": [0, 1], "test": [0, 1]}
    assert sum(facts["samples_by_class"]["train"]) == 6000
    assert len(facts["samples_by_class"]["test"]) == 10


@pytest.mark.parametrize(
    ("overrides", "scaled", "targets"),
    [
        (["data.input_scale=symmetric"], [-1, 1], [0, 1]),
        (["data.input_scale=raw", "data.targets=plus_minus"], [0, 255], [-1, 1]),
        (["data.targets=inputs"], [0, 1], [0, 1]),
        (["data.input_scale=symmetric", "data.targets=inputs"], [-1, 1], [-1, 1]),
    ],
    ids=str,
)
def test_ranges(overrides: list[str], scaled: list[float], targets: list[float], nnu: Nnu) -> None:
    Path("config.yaml").write_text("data: {kind: embedded, train_samples: 20}\n")
    facts = json.loads(nnu("data", "show", "config.yaml", *overrides, "--json").out)
    assert facts["scaled_range"]["train"] == scaled
    assert facts["target_range"]["train"] == targets
    assert facts["constant_inputs"] > 200


def test_real_targets_have_a_range_and_no_classes(nnu: Nnu) -> None:
    x, y = np.linspace(-1, 2, 12).reshape(6, 2), np.linspace(-3, 5, 18).reshape(6, 3)
    np.savez("real.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    Path("config.yaml").write_text("data: {kind: npz, path: real.npz, targets: real}\n")
    facts = json.loads(nnu("data", "show", "config.yaml", "--json", "--sheet", "real.png").out)
    assert facts["target_range"]["train"] == [-3, 5]
    assert facts["outputs"] == 3
    assert "samples_by_class" not in facts
    assert Path("real.png").read_bytes().startswith(b"\x89PNG")
    assert "class" not in nnu("data", "show", "config.yaml").out


def test_many_classes_are_cut_short(nnu: Nnu) -> None:
    arrays = {"x": np.arange(50.0).reshape(50, 1), "y": np.arange(50)}
    np.savez("d.npz", **{f"{k}_{s}": of for k, of in arrays.items() for s in ("train", "test")})
    Path("config.yaml").write_text("data: {kind: npz, path: d.npz}\n")
    result = nnu("data", "show", "config.yaml")
    assert result.err == "nnu: 10 more classes are in --json\n"
    assert result.out.splitlines()[-1].split() == ["39", "1", "1"]


# --- the contact sheet -------------------------------------------------------------------------


def test_a_contact_sheet_is_drawn_and_never_replaced(
    config: Path, nnu: Nnu, refused: Callable[..., str]
) -> None:
    result = nnu("data", "show", config, "--sheet", "sheet.png")
    assert (result.code, result.err) == (0, "nnu: drawn into sheet.png\n")
    with Image.open("sheet.png") as image:
        assert image.width > 1000
        assert "12 of 12 training samples of data" in image.text["Description"]
    before = Path("sheet.png").read_bytes()
    assert "`--sheet` must be new, but 'sheet.png' exists" in refused(
        "data", "show", config, "--sheet", "sheet.png"
    )
    Path("link.png").symlink_to("nothing")
    assert "must be new" in refused("data", "show", config, "--sheet", "link.png")
    assert "must end with .png" in refused("data", "show", config, "--sheet", "sheet.pdf")
    assert Path("sheet.png").read_bytes() == before


def test_wrong_config(config: Path, refused: Callable[..., str]) -> None:
    assert "`data.path` must name a readable file" in refused(
        "data", "show", config, "data.path=none.npz"
    )
    assert "`data.directory` must be a known key" in refused(
        "data", "show", config, "data.directory=x"
    )
