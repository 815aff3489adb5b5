"""Programs that the processes of a sweep compile once for all of them."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from made_runs import make_sweep

RATES = {"train.learning_rate": [0.1, 0.2]}
WIDTHS = {"network.initialiser.gain": [1.0, 2.0]}
"""What is no part of a compiled program: the rate, the width of the weights."""


@pytest.fixture
def sweep_file(data_file: Path, tmp_path: Path) -> Callable[[dict[str, list[float]]], Path]:
    def write(axes: dict[str, list[float]]) -> Path:
        path = tmp_path / "sweep.yaml"
        path.write_text(json.dumps(make_sweep(data_file, axes=axes).model_dump(mode="json")))
        return path

    return write


def sweep(
    warm: Path, file: Path, cache: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [warm / "nnu", "sweep", str(file), "--out", str(file.parent)],
        env={**os.environ, "NNU_CACHE": str(cache), **variables},
        capture_output=True,
        text=True,
        check=True,
    )


def test_one_program_for_all_and_nothing_else_left(
    sweep_file: Callable[..., Path], tmp_path: Path, warm: Path
) -> None:
    cache = tmp_path / "cache"
    with tempfile.TemporaryDirectory() as short:  # the path of a socket has at most 107 bytes
        sweep(warm, sweep_file(RATES | WIDTHS), cache, TMPDIR=short)
        assert list(Path(short).iterdir()) == []
    assert len(list(cache.glob("jit__segment-*"))) == 1


def test_what_is_wrong_with_the_cache_is_told_once(
    sweep_file: Callable[..., Path], tmp_path: Path, warm: Path
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    done = sweep(warm, sweep_file(RATES), cache)
    assert done.stderr.count("compiled programs are not kept") == 1
