"""Data and graphs under names that are no files: refused at once, whichever reader it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nnuniverse.config import load_config, parse_config
from nnuniverse.data import file_digest
from nnuniverse.data.idx import read_idx
from nnuniverse.data.npz import load_npz, load_pairs
from nnuniverse.errors import ConfigError, DataError
from nnuniverse.experiments.assemble import build_mask


def read_mask(mask: dict[str, str]) -> object:
    return build_mask(parse_config({"network": {"kind": "graph", "mask": mask}}).network)


READERS: dict[str, Callable[[Path], object]] = {
    "npz": load_npz,
    "idx": read_idx,
    "pairs": lambda path: load_pairs(path, 3),
    "digest": lambda path: file_digest(path, "data.path"),
    "npz graph": lambda path: read_mask({"kind": "npz", "path": str(path)}),
    "graphml": lambda path: read_mask({"kind": "graphml", "path": str(path)}),
    "config": load_config,
}


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), Path.mkdir])
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_is_refused(
    reader: str, make: Callable[[Path], object], tmp_path: Path
) -> None:
    path = tmp_path / "file"
    make(path)
    with pytest.raises((ConfigError, DataError), match=r"Not a regular file|Is a directory"):
        READERS[reader](path)


def test_a_config_may_come_from_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell hands it over: ``nnu train <(a command)``."""
    read, write = os.pipe()
    os.write(write, b"seed: 3\n")
    os.close(write)
    try:
        assert load_config(f"/dev/fd/{read}").seed == 3
    finally:
        os.close(read)
