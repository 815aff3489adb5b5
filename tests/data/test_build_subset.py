"""Building the embedded subset: the same bytes whenever it runs, only from the originals."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nnuniverse.data import build_subset
from nnuniverse.data.build_subset import main, pack
from nnuniverse.data.embedded import FINGERPRINT
from nnuniverse.data.npz import load_npz

Digits = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def test_packs_the_same_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays: dict[str, np.ndarray] = {
        "a": np.arange(1000).reshape(10, 100),
        "b": np.arange(3, dtype=np.uint8),
    }
    first = pack(arrays)
    later = time.localtime(time.time() + 5e6)
    monkeypatch.setattr(time, "localtime", lambda *given: later)
    monkeypatch.setattr(time, "time", lambda: 2e9)
    assert pack(arrays) == first
    assert pack({name: np.asfortranarray(array) for name, array in arrays.items()}) == first
    with np.load(io.BytesIO(first)) as archive:
        assert archive.files == ["a", "b"]
        for name, array in arrays.items():
            np.testing.assert_array_equal(archive[name], array)


def test_builds_the_embedded_subset(
    mnist_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "subset.npz"
    assert main([str(mnist_dir), str(output)]) == 0
    assert load_npz(output).fingerprint == FINGERPRINT
    assert FINGERPRINT in capsys.readouterr().out


def test_builds_from_nothing_but_the_originals(
    tmp_path: Path,
    digits: Digits,
    write_idx_set: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "subset.npz"
    assert main([str(write_idx_set(tmp_path / "other", *digits)), str(output)]) == 1
    assert "train-images-idx3-ubyte.gz must have SHA-256 440fcabf" in capsys.readouterr().err
    assert main([str(tmp_path / "none"), str(output)]) == 2
    assert "`DIR` must name a folder with the four IDX files" in capsys.readouterr().err
    assert not output.exists()


def test_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "subset.npz"
    output.write_text("mine")
    monkeypatch.setattr(build_subset, "read_subset", lambda directory: {"a": np.zeros(1)})
    assert main([str(tmp_path), str(output)]) == 2
    assert "OUTPUT must be a new file" in capsys.readouterr().err
    assert output.read_text() == "mine"
