"""tensorflow-datasets without TensorFlow: reading, and what cannot be read."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tfds_sets import Digits, as_examples, png, prepare, run_python, sorted_rows, tfds

from nnuniverse.data.tfds.load import PACKAGES, load_tfds
from nnuniverse.errors import ConfigError, DataError

# With the tests of preparing: the package is imported once.
pytestmark = pytest.mark.xdist_group("tfds")


# --- reading ----------------------------------------------------------------------------------


def test_reads_a_prepared_set(prepared: Path, digits: Digits) -> None:
    dataset = load_tfds("tiny", data_dir=prepared)
    assert (dataset.name, dataset.classes, dataset.shape) == ("tiny", 10, (28, 28))
    assert dataset.source == f"tiny in {prepared}/tiny/1.0.0"
    assert dataset.train.inputs.dtype == np.uint8
    assert dataset.train.inputs.shape == (40, 784)
    assert sorted_rows(dataset.train.inputs, dataset.train.labels) == sorted_rows(*digits[:2])
    assert sorted_rows(dataset.test.inputs, dataset.test.labels) == sorted_rows(*digits[2:])


def test_the_order_is_not_that_of_the_source_but_always_the_same(
    prepared: Path, digits: Digits
) -> None:
    dataset = load_tfds("tiny:1.0.0", data_dir=str(prepared))
    assert not np.array_equal(dataset.train.labels, digits[1])
    assert dataset.fingerprint == load_tfds("tiny", data_dir=prepared).fingerprint


def test_reads_parts_of_splits_in_blocks(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load_tfds("tiny", data_dir=prepared)
    monkeypatch.setattr("nnuniverse.data.tfds.load._BLOCK", 7)
    part = load_tfds("tiny", data_dir=prepared, train_split="train[:17]", test_split="train[17:]")
    np.testing.assert_array_equal(part.train.inputs, whole.train.inputs[:17])
    np.testing.assert_array_equal(part.test.labels, whole.train.labels[17:])


def test_finds_image_and_label_without_supervised_keys_and_keeps_colours(prepared: Path) -> None:
    halves = {"train_split": "only[:4]", "test_split": "only[4:]"}
    dataset = load_tfds("coloured", data_dir=prepared, **halves)  # type: ignore[arg-type]
    assert dataset.shape == (3, 4, 3)
    first = int(dataset.train.labels[0])
    np.testing.assert_array_equal(dataset.train.inputs[0], np.arange(36) + 36 * first)


def test_does_not_import_tensorflow_and_keeps_quiet(prepared: Path, tmp_path: Path) -> None:
    result, seconds = run_python(
        f"dataset = load_tfds('tiny', data_dir={str(prepared)!r}); print(dataset.fingerprint)",
        tmp_path,
    )
    fingerprint, modules = result.stdout.splitlines()
    assert fingerprint == load_tfds("tiny", data_dir=prepared).fingerprint
    assert "tensorflow_datasets" in modules.split()
    assert "tensorflow" not in modules.split()
    assert result.stderr == ""
    assert seconds < 30


# --- what cannot be read ----------------------------------------------------------------------


@pytest.mark.parametrize("key", ["train_split", "test_split"])
@pytest.mark.parametrize("split", ["validation", "train[:", "train[:0]", "train[a:b]"])
def test_a_wrong_split(prepared: Path, key: str, split: str) -> None:
    with pytest.raises(ConfigError, match=f"`data.{key}` must be a split of tiny") as caught:
        load_tfds("tiny", data_dir=prepared, **{key: split})  # type: ignore[arg-type]
    assert f"is {split}. Try one of test, train." in str(caught.value)


@pytest.mark.parametrize("name", ["", "my set", "huggingface:mnist", "../mnist", "a/b/c", "tiny:1"])
def test_a_name_that_is_none(prepared: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"`data.name` must be the name of a set"):
        load_tfds(name, data_dir=prepared)


def test_an_unknown_set_configuration_or_version(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"`data.name` must be a set of tensorflow-datasets, or"):
        load_tfds("no_such_set", data_dir=tmp_path)
    with pytest.raises(ConfigError, match=r"name a configuration \(balanced, .* is emnist/runes"):
        load_tfds("emnist/runes", data_dir=tmp_path)
    with pytest.raises(ConfigError, match=r"a version that mnist has, but is mnist:9.9.9"):
        load_tfds("mnist:9.9.9", data_dir=tmp_path)
    with pytest.raises(ConfigError, match=r"name a configuration \(none\) .* is mnist/letters"):
        load_tfds("mnist/letters", data_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_set_needs_tensorflow_to_be_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"cifar10 .* must be prepared as array_record") as caught:
        load_tfds("cifar10", data_dir=tmp_path)
    for remedy in ("tfds build cifar10 --file_format=array_record", "data.data_dir", "data.kind="):
        assert remedy in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_set_is_prepared_by_its_stock_builder_where_tensorflow_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for a machine with TensorFlow; the builder itself is not run here."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    message = "cifar10 .* must be downloaded .* `data.download` is false. Try data.download=true"
    with pytest.raises(DataError, match=message):
        load_tfds("cifar10", data_dir=tmp_path, download=False)


def test_a_set_prepared_in_another_format(prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared / "tiny", tmp_path / "tiny")
    path = tmp_path / "tiny" / "1.0.0" / "dataset_info.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"fileFormat": "tfrecord"}))
    with pytest.raises(DataError, match=r"as array_record in .*, but is prepared as tfrecord"):
        load_tfds("tiny", data_dir=tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: os.truncate(folder / "tiny-train.array_record-00000-of-00001", 70000),
        lambda folder: os.truncate(folder / "tiny-train.array_record-00000-of-00001", 0),
        lambda folder: (folder / "tiny-train.array_record-00000-of-00001").unlink(),
        lambda folder: (folder / "dataset_info.json").unlink(),
        lambda folder: (folder / "dataset_info.json").write_text("{"),
        lambda folder: (folder / "features.json").write_text("{"),
    ],
)
def test_a_damaged_set(prepared: Path, tmp_path: Path, damage: Callable[[Path], object]) -> None:
    shutil.copytree(prepared / "tiny", tmp_path / "tiny")
    damage(tmp_path / "tiny" / "1.0.0")
    with pytest.raises(DataError, match=r"tiny .* must be readable where it is prepared") as caught:
        load_tfds("tiny", data_dir=tmp_path)
    assert "\n" not in str(caught.value)


def test_a_set_that_cannot_even_be_opened(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Any) -> None:
        raise PermissionError("not yours\nto read")

    module = importlib.import_module("tensorflow_datasets.core.data_sources.array_record")
    monkeypatch.setattr(module.ArrayRecordDataSource, "__post_init__", refuse)
    message = r"must be readable where it is prepared, but cannot \(PermissionError: not yours\)"
    with pytest.raises(DataError, match=message):
        load_tfds("tiny", data_dir=prepared)


def test_images_of_several_sizes(tmp_path: Path) -> None:
    features = {
        "image": tfds.features.Image(shape=(None, None, 1)),
        "label": tfds.features.ClassLabel(num_classes=2),
    }
    sizes = [{"image": png(np.zeros((n, 3), np.uint8)), "label": 0} for n in (3, 4)]
    prepare(tmp_path, "sizes", features, {"train": sizes, "test": sizes})
    with pytest.raises(DataError, match=r"sizes .* must have images of one size, but has some of"):
        load_tfds("sizes", data_dir=tmp_path)


def test_a_set_without_classes(tmp_path: Path) -> None:
    features = {"image": tfds.features.Image(shape=(2, 2, 1)), "age": np.int64}
    examples = [{"image": png(np.zeros((2, 2), np.uint8)), "age": 3}]
    prepare(tmp_path, "ages", features, {"train": examples, "test": examples})
    with pytest.raises(DataError, match=r"one image and one class .* has the features age, image"):
        load_tfds("ages", data_dir=tmp_path)


def test_a_split_without_labels(tmp_path: Path, digits: Digits) -> None:
    """Where labels are withheld, tensorflow-datasets writes -1."""
    features = {
        "image": tfds.features.Image(shape=(28, 28, 1)),
        "label": tfds.features.ClassLabel(num_classes=10),
    }
    withheld = [{"image": png(digits[2][0]), "label": -1}]
    splits = {"train": as_examples(*digits[:2]), "test": withheld}
    prepare(tmp_path, "withheld", features, splits)
    with pytest.raises(DataError, match=r"test split of withheld .* include -1 .* that has labels"):
        load_tfds("withheld", data_dir=tmp_path)


@pytest.mark.parametrize("module", ["tensorflow_datasets", "array_record", "PIL"])
def test_missing_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DataError, match=r"must find the packages tensorflow-datasets") as caught:
        load_tfds("mnist", data_dir=tmp_path)
    assert f"pip install {' '.join(PACKAGES)}" in str(caught.value)
