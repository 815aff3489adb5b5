"""Programs that the workers of a sweep compile once for all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from made_runs import make_sweep

from nnuniverse.sweeps.engines.compiled import make_cache, remove_cache, use_cache

NOBODY = 2**22 + 1
"""No process has a number beyond the largest that Linux gives."""

TWO_RATES = """
import sys
from pathlib import Path
from nnuniverse.config import load_sweep
from nnuniverse.experiments.train import start_run
from nnuniverse.sweeps.engines.compiled import use_cache
from nnuniverse.sweeps.grid import sweep_points

class Listener:
    def begin(self, *args): pass
    def message(self, text): pass
    def segment(self, segment): pass

cache, sweep, root = map(Path, sys.argv[1:])
use_cache(cache)
for point in sweep_points(load_sweep(sweep)):
    start_run(point.config, root, Listener(), lambda: False)
"""


def without_cache(folder: Path) -> dict[str, str]:
    """Return an environment in which nobody has set a cache, and temporary files go to a folder."""
    kept = {key: value for key, value in os.environ.items() if "COMPILATION_CACHE" not in key}
    return kept | {"TMPDIR": str(folder)}


@pytest.fixture
def sweep_file(data_file: Path, tmp_path: Path) -> Path:
    """A sweep over what is no part of a compiled program: the rate, the width of the weights."""
    axes = {"train.learning_rate": [0.1, 0.2], "network.initialiser.gain": [1.0, 2.0]}
    path = tmp_path / "sweep.yaml"
    path.write_text(json.dumps(make_sweep(data_file, axes=axes).model_dump(mode="json")))
    return path


def test_one_program_for_all_rates(sweep_file: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    command = [sys.executable, "-c", TWO_RATES, str(cache), str(sweep_file), str(tmp_path)]
    subprocess.run(command, env=without_cache(tmp_path), check=True)
    assert len(list(cache.glob("jit__segment-*"))) == 1


def test_the_users_own_cache_is_left_to_him(sweep_file: Path, tmp_path: Path) -> None:
    cache, own = tmp_path / "cache", tmp_path / "own"
    command = [sys.executable, "-c", TWO_RATES, str(cache), str(sweep_file), str(tmp_path)]
    chosen = {"JAX_COMPILATION_CACHE_DIR": str(own)}
    subprocess.run(command, env=without_cache(tmp_path) | chosen, check=True)
    assert list(own.iterdir())
    assert not cache.exists()


def test_a_sweep_leaves_nothing_behind(sweep_file: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nnuniverse", "sweep", str(sweep_file), "--out", str(tmp_path)]
    with tempfile.TemporaryDirectory() as short:  # the path of a socket has at most 108 characters
        temporary = Path(short)
        subprocess.run(command, env=without_cache(temporary), check=True)
        assert list(temporary.iterdir()) == []


def test_what_killed_sweeps_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in (f"nnu-compiled-{NOBODY}-a", f"nnu-compiled-{os.getppid()}-b", "nnu-compiled-c"):
        (tmp_path / name).mkdir()
    mine = make_cache()
    assert mine is not None
    assert {path.name for path in tmp_path.iterdir()} == {
        mine.name,
        f"nnu-compiled-{os.getppid()}-b",
        "nnu-compiled-c",
    }
    (mine / "program").write_bytes(b"")
    remove_cache(mine)
    assert not mine.exists()


def test_without_room_for_it_all_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    assert make_cache() is None
    use_cache(None)
