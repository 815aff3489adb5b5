"""Numbers are the same whatever JAX and NumPy have been told; and why JAX does not start."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import jax
import numpy as np
import pytest

from nnuniverse.config import RunConfig, parse_config
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments.assemble import plan_replicas
from nnuniverse.experiments.ensemble import EnsembleSettings, measure_ensemble
from nnuniverse.experiments.measure import measure_run
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.experiments.spectrum import examine
from nnuniverse.experiments.train import resume_run, start_run
from nnuniverse.precision import in_float64

HOSTILE: dict[str, Any] = {
    "jax_check_tracer_leaks": True,
    "jax_debug_infs": True,
    "jax_debug_nans": True,
    "jax_default_matmul_precision": "bfloat16",
    "jax_default_prng_impl": "rbg",
    "jax_disable_jit": True,
    "jax_enable_x64": True,
    "jax_error_checking_behavior_nan": "raise",
    "jax_explicit_x64_dtypes": "error",
    "jax_legacy_prng_key": "error",
    "jax_no_execution": True,
    "jax_numpy_dtype_promotion": "strict",
    "jax_numpy_rank_promotion": "raise",
    "jax_random_seed_offset": 5,
    "jax_threefry_partitionable": False,
    "jax_transfer_guard": "disallow",
}
"""What a user, or the environment, may have told JAX: each ends a run or changes its numbers."""


@pytest.fixture
def hostile() -> Iterator[None]:
    """Everything in `HOSTILE`, and NumPy raising for everything; afterwards as before."""
    guards = [f"jax_transfer_guard_{way}" for way in ("host_to_device", "device_to_device")]
    before = {
        name: jax.config.values[name]
        for name in [*HOSTILE, *guards, "jax_transfer_guard_device_to_host"]
    }
    with np.errstate(all="raise"):
        for name, value in HOSTILE.items():
            jax.config.update(name, value)
        try:
            yield
        finally:
            for name, value in before.items():
                jax.config.update(name, value)


def a_config(**train: Any) -> RunConfig:
    return parse_config(
        {
            "name": "pinned",
            "data": {"train_samples": 20, "test_samples": 10},
            "network": {"hidden": [3]},
            "train": {"epochs": 2, "batch": 10, **train},
            "observe": {
                "complexity_n": [20],
                "observables": ["mu2", "boundary_loss"],
                "weights": "snapshots",
            },
        }
    )


def numbers(results: Path) -> dict[str, bytes]:
    with h5py.File(results) as file:
        return {name: dataset[()].tobytes() for name, dataset in file.items()}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What everything gives when nobody has told JAX anything."""
    folder = start_run(a_config(), tmp_path_factory.mktemp("reference")).folder
    trained = numbers(folder.results)
    spectrum = examine(folder.path)
    measure_run(folder.path, ["mu3"])
    return {
        "trained": trained,
        "measured": numbers(folder.results),
        "spectrum": str(spectrum),
        "ensemble": str(measure_ensemble(*ensemble_of(folder.path.parent))),
    }


def ensemble_of(root: Path) -> tuple[Any, ...]:
    """Return what to take the ensemble of: two connected neurons in a file."""
    path = root / "net.npz"
    np.savez(path, weights=np.array([[0.0, 0.3], [0.2, 0.0]]), bias=np.array([0.1, -0.2]))
    return path, (), EnsembleSettings(betas=(1.0,), method="quadrature")


@pytest.mark.usefixtures("hostile")
def test_a_run_and_all_that_is_made_of_it(reference: dict[str, Any], tmp_path: Path) -> None:
    folder = start_run(a_config(), tmp_path).folder
    assert numbers(folder.results) == reference["trained"]
    assert str(examine(folder.path)) == reference["spectrum"]
    measure_run(folder.path, ["mu3"])
    assert numbers(folder.results) == reference["measured"]


@pytest.mark.usefixtures("hostile")
def test_a_resumed_run(reference: dict[str, Any], tmp_path: Path) -> None:
    asked = iter([False, True])
    begun = start_run(a_config(), tmp_path, stop=lambda: next(asked))
    if begun.status == "interrupted":
        resume_run(begun.folder.path)
    assert numbers(begun.folder.results) == reference["trained"]


@pytest.mark.usefixtures("hostile")
def test_an_ensemble(reference: dict[str, Any], tmp_path: Path) -> None:
    assert str(measure_ensemble(*ensemble_of(tmp_path))) == reference["ensemble"]


@pytest.mark.usefixtures("hostile")
def test_a_plan() -> None:
    assert plan_replicas(a_config(), load_dataset(a_config())) > 0


@pytest.mark.usefixtures("hostile")
def test_what_is_computed_in_float64() -> None:
    @in_float64
    def third() -> tuple[str, float]:
        value = jax.numpy.ones((2, 2)) @ jax.numpy.ones(2) / 3.0 + jax.numpy.float32(0.0)
        return str(value.dtype), float(value[0])

    assert third() == ("float64", 2.0 / 3.0)


def test_nothing_stays_changed(hostile: None) -> None:
    before = dict(jax.config.values)
    in_float64(lambda: None)()
    assert jax.config.values == before
    assert np.geterr()["over"] == "raise"


def test_every_pinned_setting_is_one_that_jax_has() -> None:
    settings = importlib.import_module("nnuniverse.numerical_settings")
    assert {*settings.NUMERICAL_SETTINGS, *settings.HELPS_TO_DEBUG} <= set(jax.config.values)


# --- JAX that does not start -------------------------------------------------------------------


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module, as if it had not been asked yet, in an environment that tells JAX nothing."""
    module = importlib.import_module("nnuniverse.numerical_settings")
    for name in os.environ:
        if name.startswith(module.READ_BY_JAX):
            monkeypatch.delenv(name)
    for question in (module.import_jax, module.require_jax_in_workers):
        question.cache_clear()
    yield module
    for question in (module.import_jax, module.require_jax_in_workers):
        question.cache_clear()


@pytest.mark.parametrize(
    ("variables", "reason", "blamed"),
    [
        ({"JAX_PLATFORMS": "foo", "JAX_LOG_COMPILES": "0"}, "no backend 'foo'", "JAX_PLATFORMS"),
        ({"JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "no"}, "JAX_ENABLE_X64?", "JAX_ENABLE_X64"),
        ({"JAX_LOGGING_LEVEL": "x"}, "Invalid value for jax_logging_level", "JAX_LOGGING_LEVEL"),
        ({"JAX_PLATFORMS": "cuda"}, "", "JAX_PLATFORMS"),
    ],
)
def test_the_variable_at_fault(
    variables: dict[str, str],
    reason: str,
    blamed: str,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(jax, "device_put", _failing(RuntimeError(reason)))
    with pytest.raises(ConfigError, match=rf"variable {blamed} must .* Try `unset {blamed}`"):
        settings.require_jax()


def test_no_variable_at_fault(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax, "device_put", _failing(RuntimeError("x" * 100_000)))
    with pytest.raises(RunError, match="JAX must start") as caught:
        settings.require_jax()
    assert len(str(caught.value)) < 500


def _failing(error: Exception) -> Any:
    def fail(*_: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize("flags", ["--nonsense", "--xla_cpu_enable_fast_math=maybe"])
def test_flags_that_would_end_the_process(
    flags: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLA_FLAGS", flags)
    with pytest.raises(ConfigError, match="variable XLA_FLAGS must let JAX start"):
        settings.require_jax()


def test_workers_are_asked_about_what_they_inherit(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.require_jax_in_workers()
    monkeypatch.setenv("JAX_ENABLE_X64", "maybe")
    settings.require_jax_in_workers.cache_clear()
    with pytest.raises(ConfigError, match="variable JAX_ENABLE_X64 must let JAX start"):
        settings.require_jax_in_workers()


@pytest.mark.parametrize("command", ["train", "sweep", "spectrum"])
def test_commands_say_so_in_one_line_and_leave_no_run(command: str, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("name: pinned\n")
    (tmp_path / "sweep.yaml").write_text("name: s\nbase: config.yaml\naxes: {train.batch: [1]}\n")
    source = "sweep.yaml" if command == "sweep" else "config.yaml"
    where = [] if command == "spectrum" else ["--out", "runs"]
    done = subprocess.run(
        [sys.executable, "-m", "nnuniverse", command, source, *where],
        cwd=tmp_path,
        env={**os.environ, "JAX_PLATFORMS": "foo"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nnu: the environment variable JAX_PLATFORMS must let JAX start")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()
