"""A checkpoint whose digest is right, but whose content is not a state of the run, is damaged."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnuniverse import parse_config, resume_run, start_run
from nnuniverse.errors import RunError
from nnuniverse.runs import open_results

Arrays = dict[str, Any]
EPOCHS = 4


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with a checkpoint after the last epoch, and one before; nobody writes here."""
    root = tmp_path_factory.mktemp("trained")
    config = {
        "data": {"train_samples": 20, "test_samples": 10},
        "network": {"hidden": []},
        "train": {"epochs": EPOCHS, "batch": 10},
        "observe": {
            "observables": ["mu2"],
            "complexity_n": [],
            "snapshots": {"kind": "fixed", "every": 2},
        },
        "checkpoint": {"seconds": 0},
    }
    return start_run(parse_config(config), root).folder.path


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "a" / trained.name
    folder.mkdir(parents=True)
    for file in trained.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    return folder


def stored(path: Path) -> Arrays:
    with np.load(io.BytesIO(path.read_bytes()[:-32])) as archive:
        return dict(archive)


def newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("checkpoint.*.npz"), key=lambda path: -int(stored(path)["epoch"]))


def seal(path: Path, content: bytes) -> None:
    path.write_bytes(content + hashlib.sha256(content).digest())


def packed(arrays: Arrays) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def weights(arrays: Arrays) -> str:
    return next(name for name in arrays if name.startswith("state/.parameters"))


def each_state(arrays: Arrays, change: Callable[[np.ndarray], np.ndarray]) -> Arrays:
    return {n: change(a) if n.startswith("state/") else a for n, a in arrays.items()}


WRONG: dict[str, Callable[[Arrays], Arrays]] = {
    "no state": lambda arrays: (
        each_state({}, np.copy) | {k: arrays[k] for k in ("epoch", "run_hash")}
    ),
    "an array less": lambda arrays: {n: a for n, a in arrays.items() if n != weights(arrays)},
    "other shapes": lambda arrays: each_state(arrays, lambda a: a[:0]),
    "other types": lambda arrays: each_state(arrays, lambda a: a.astype(np.complex128)),
    "text": lambda arrays: each_state(arrays, lambda a: a.astype(str)),
    "no epoch": lambda arrays: {n: a for n, a in arrays.items() if n != "epoch"},
    "an epoch to come": lambda arrays: {**arrays, "epoch": np.int64(EPOCHS + 1)},
    "a negative epoch": lambda arrays: {**arrays, "epoch": np.int64(-1)},
    "a fraction of an epoch": lambda arrays: {**arrays, "epoch": np.float64(EPOCHS)},
    "text for an epoch": lambda arrays: {**arrays, "epoch": np.asarray(str(EPOCHS))},
    "many epochs": lambda arrays: {**arrays, "epoch": np.arange(2)},
    "no run": lambda arrays: {n: a for n, a in arrays.items() if n != "run_hash"},
    "another run": lambda arrays: {**arrays, "run_hash": np.asarray("0" * 64)},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_the_one_before_is_used(
    change: Callable[[Arrays], Arrays], trained: Path, run: Path
) -> None:
    newest = newest_first(run)[0]
    seal(newest, packed(change(stored(newest))))
    outcome = resume_run(run)
    assert outcome.status == "complete"
    assert (
        f"{newest.name} is damaged; continuing from the checkpoint before"
        in (run / "log.txt").read_text()
    )
    with open_results(trained) as whole, open_results(run) as again:
        for name in whole:
            np.testing.assert_array_equal(whole[name][()], again[name][()])


def encrypted(content: bytes) -> bytes:
    """Say of the first member that it is encrypted, both before it and in the list of members."""
    changed = bytearray(content)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[content.index(mark) + flags] |= 1
    return bytes(changed)


def empty_zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w"):
        pass
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"text", b"PK\x03\x04", empty_zip(), b"\x93NUMPY\x01\x00\x00\x00", b"PK\x05\x06" * 9],
)
def test_what_is_no_archive(content: bytes, run: Path) -> None:
    for path in run.glob("checkpoint.*.npz"):
        seal(path, content)
    with pytest.raises(RunError, match=r"must be whole, but .* cannot be read"):
        resume_run(run)


def test_members_that_cannot_be_read(run: Path) -> None:
    one, other = newest_first(run)
    seal(one, encrypted(one.read_bytes()[:-32]))
    whole = other.read_bytes()[:-32]
    seal(other, whole.replace(b"NUMPY", b"NUMPX"))
    with pytest.raises(RunError, match=r"must be whole, but .* cannot be read"):
        resume_run(run)


def test_a_pipe_is_no_checkpoint(run: Path) -> None:
    one, other = newest_first(run)
    for path in (one, other):
        path.unlink()
        os.mkfifo(path)
    with pytest.raises(RunError, match=r"must be whole, but .* cannot be read"):
        resume_run(run)
