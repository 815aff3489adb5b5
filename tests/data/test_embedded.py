"""The embedded part of MNIST is what it says, and nothing else passes for it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnuniverse.data import embedded
from nnuniverse.data.build_subset import SOURCE_SHA256
from nnuniverse.data.embedded import FINGERPRINT, SUBSET_FILE, load_embedded
from nnuniverse.data.idx import load_idx_directory
from nnuniverse.data.npz import load_npz
from nnuniverse.errors import DataError

PACKAGE = Path(embedded.__file__).parent


def test_is_the_recorded_one() -> None:
    """The fingerprint was taken from the original files; see the next test for the proof."""
    dataset = load_embedded()
    assert dataset.fingerprint == FINGERPRINT
    assert FINGERPRINT == "c8f1e6d87ab365d7e9a72be7d18c3fb2c0c1bdd313ca1e4b73d3dcc82bc90bc1"


def test_is_the_beginning_of_the_original_files(mnist_dir: Path) -> None:
    original = load_idx_directory(mnist_dir).take(6000, 1000)
    dataset = load_embedded()
    for split in ("train", "test"):
        ours, theirs = getattr(dataset, split), getattr(original, split)
        np.testing.assert_array_equal(ours.inputs, theirs.inputs)
        np.testing.assert_array_equal(ours.labels, theirs.labels)
    assert dataset.fingerprint == original.fingerprint


def test_what_it_holds() -> None:
    dataset = load_embedded()
    assert (dataset.name, dataset.classes, dataset.shape) == ("mnist", 10, (28, 28))
    assert dataset.train.inputs.shape == (6000, 784)
    assert dataset.test.inputs.shape == (1000, 784)
    assert dataset.train.inputs.dtype == np.uint8
    np.testing.assert_array_equal(dataset.train.labels[:10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    np.testing.assert_array_equal(dataset.test.labels[:10], [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
    counts = np.bincount(dataset.train.labels)
    np.testing.assert_array_equal(counts, [592, 671, 581, 608, 623, 514, 608, 651, 551, 601])


def test_what_is_read_once_cannot_be_changed() -> None:
    assert load_embedded() is load_embedded()
    with pytest.raises(ValueError, match="read-only"):
        load_embedded().take(10, 10).train.inputs[0] = 0


def test_is_an_ordinary_npz_file() -> None:
    assert load_npz(PACKAGE / SUBSET_FILE).fingerprint == FINGERPRINT


def test_another_file_in_its_place_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnuniverse.data.embedded.resources.files", lambda package: tmp_path)
    with pytest.raises(DataError, match=r"mnist_subset.npz must be part of the installation"):
        load_embedded()
    with np.load(PACKAGE / SUBSET_FILE) as archive:
        arrays = dict(archive)
    arrays["x_test"][0, 14, 14] ^= 1
    np.savez(tmp_path / SUBSET_FILE, **arrays)
    with pytest.raises(DataError, match=f"must have the fingerprint {FINGERPRINT[:12]}, but has"):
        load_embedded()
    content = bytearray((PACKAGE / SUBSET_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / SUBSET_FILE).write_bytes(content)
    with pytest.raises(DataError, match=r"mnist_subset.npz must hold readable arrays"):
        load_embedded()
    shutil.copy(PACKAGE / SUBSET_FILE, tmp_path / SUBSET_FILE)
    assert load_embedded().fingerprint == FINGERPRINT


def test_the_attribution_names_authors_licence_and_sources() -> None:
    text = (PACKAGE / "MNIST.md").read_text(encoding="utf-8")
    for name in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0", *SOURCE_SHA256):
        assert name in text


def test_the_source_checksums(mnist_dir: Path) -> None:
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    for name, known in zip(names, SOURCE_SHA256, strict=True):
        content = (mnist_dir / f"{name}-ubyte.gz").read_bytes()
        assert hashlib.sha256(content).hexdigest() == known


def test_importing_the_package_imports_no_framework() -> None:
    code = "import sys, nnuniverse.data as d; d.load_embedded(); print(*sorted(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {module.split(".")[0] for module in result.stdout.split()}
    assert "numpy" in loaded
    assert not loaded & {"tensorflow_datasets", "tensorflow", "jax", "pydantic", "typer", "absl"}
    assert result.stderr == ""
