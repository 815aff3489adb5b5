"""What is computed is the same with the cache and without; and JAX afterwards is as before."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path

import h5py
import jax
import numpy as np
import pytest
from jax._src import compilation_cache as jax_cache
from warm_processes import QUICK_VARIABLE

from nnuniverse.numerical_settings import numerical_settings
from nnuniverse.precision import in_float64
from nnuniverse.program_cache import ENVIRONMENT_VARIABLE, program_cache

COMPUTE_ALL = Path(__file__).parent / "computing_all.py"
RUN = "import runpy, sys; runpy.run_path(sys.argv.pop(1), run_name='__main__')"


def environment(cache: Path | str, **variables: str) -> dict[str, str]:
    quickly = {QUICK_VARIABLE: "yes"}  # with the cache and without, and what is kept says how
    return {**os.environ, ENVIRONMENT_VARIABLE: str(cache), **quickly, **variables}


def compute_all(warm: Path, cache: Path | str, root: Path) -> dict[str, dict[str, str]]:
    root.mkdir()
    done = subprocess.run(
        [warm / "python", "-c", RUN, COMPUTE_ALL, root],
        env=environment(cache),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.xdist_group("kept_programs")
def test_everything_is_the_same_without_cold_and_warm(warm: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    without = compute_all(warm, "off", tmp_path / "without")
    cold = compute_all(warm, cache, tmp_path / "cold")
    written = {path: path.read_bytes() for path in cache.iterdir()}
    assert any(path.name.startswith("jit__segment-") for path in written)
    again = compute_all(warm, cache, tmp_path / "warm")
    assert without == cold == again
    assert {path: path.read_bytes() for path in cache.iterdir()} == written  # nothing was compiled


# --- a run -------------------------------------------------------------------------------------

CONFIG = {
    "name": "kept",
    "replicas": 2,
    "data": {"train_samples": 20, "test_samples": 10},
    "network": {"hidden": [3]},
    "train": {"epochs": 2, "batch": 10},
    "observe": {"complexity_n": [20], "observables": ["mu2"]},
}


def train(
    warm: Path, cache: Path | str, root: Path, **variables: str
) -> tuple[dict[str, bytes], subprocess.CompletedProcess[str]]:
    """Return the numbers of a run by ``nnu train``, and what it said."""
    root.mkdir()
    (root / "config.yaml").write_text(json.dumps(CONFIG))
    done = subprocess.run(
        [warm / "nnu", "train", "config.yaml", "--out", "runs"],
        cwd=root,
        env=environment(cache, **variables),
        capture_output=True,
        text=True,
        check=True,
    )
    (results,) = root.glob("runs/*/*/results.h5")
    with h5py.File(results) as file:
        return {name: dataset[()].tobytes() for name, dataset in file.items()}, done


def segments(cache: Path) -> set[str]:
    return {path.name for path in cache.glob("jit__segment-*")}


def test_damaged_programs_and_other_threads(warm: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    numbers, quiet = train(warm, cache, tmp_path / "whole")
    assert len(segments(cache)) == 1
    for path in cache.iterdir():
        content = path.read_bytes()
        path.write_bytes(content[:200] + bytes(byte ^ 255 for byte in content[200:]))
    again, said = train(warm, cache, tmp_path / "damaged")
    assert again == numbers
    assert said.stderr.count("\n") == quiet.stderr.count("\n")
    # A program is compiled for a number of threads, and for devices; neither is taken for another.
    for number, variables in enumerate(
        ({"NPROC": "1"}, {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}), 1
    ):
        train(warm, cache, tmp_path / str(number), **variables)
        assert len(segments(cache)) == 1 + number


def test_a_folder_of_all_costs_a_line_and_no_run(warm: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    _, done = train(warm, cache, tmp_path / "run")
    first, *others = done.stderr.splitlines()
    assert first.startswith("nnu: compiled programs are not kept: the environment variable")
    assert not any("not kept" in line for line in others)
    assert list(cache.iterdir()) == []


# --- JAX in a process that computes something else, too ------------------------------------------


def compile_something(factor: float) -> None:
    """Compile a program that there was not before."""
    jax.jit(lambda x: x * factor)(np.arange(3.0)).block_until_ready()


def kept(folder: Path) -> int:
    return len(list(folder.glob("*.program")))


def test_only_what_is_computed_inside_is_kept(chosen: Path) -> None:
    before = jax_cache._cache
    with numerical_settings():
        in_float64(compile_something)(1.1)
        many = kept(chosen)
        compile_something(1.2)
        assert kept(chosen) > many > 0
    many = kept(chosen)
    compile_something(1.3)
    assert kept(chosen) == many
    assert jax_cache._cache is before is None


def test_the_users_own_cache_stays_the_only_one(chosen: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    before = jax.config.values["jax_compilation_cache_dir"]
    jax.config.update("jax_compilation_cache_dir", str(own))
    try:
        with numerical_settings():
            compile_something(1.4)
        assert own.is_dir()
        assert not chosen.exists()
    finally:
        jax.config.update("jax_compilation_cache_dir", before)
        jax_cache.reset_cache()


def test_a_cache_that_jax_has_already_stays(chosen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Own:
        def get(self, key: str) -> None:
            return None

        def put(self, key: str, value: bytes) -> None:
            pass

    own = Own()
    monkeypatch.setattr(jax_cache, "_cache", own)
    with numerical_settings():
        assert jax_cache._cache is own
    assert jax_cache._cache is own


def test_resetting_it_inside_harms_nothing(chosen: Path) -> None:
    with numerical_settings():
        jax_cache.reset_cache()
        compile_something(1.5)
    assert jax_cache._cache is None


def test_threads_leave_it_to_the_last(chosen: Path) -> None:
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with numerical_settings():
            inside.set()
            leave.wait()

    thread = threading.Thread(target=stay)
    thread.start()
    inside.wait()
    with numerical_settings():
        pass
    assert jax_cache._cache is program_cache()
    leave.set()
    thread.join()
    assert jax_cache._cache is None
