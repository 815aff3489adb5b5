"""A run whose snapshots take much of it says so before it starts, and how many do not."""

from __future__ import annotations

from pathlib import Path

import jax
import pytest

from nnuniverse import load_config
from nnuniverse.data import load_embedded
from nnuniverse.experiments import forecast as forecast_module
from nnuniverse.experiments.assemble import build_program
from nnuniverse.experiments.forecast import (
    MEASURED_OF,
    MOST_OF_A_RUN,
    Forecast,
    forecast,
    measured_parts,
    snapshot_warning,
)
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.experiments.train import Silent, resume_run, start_run
from nnuniverse.nets import net_of, take_measurement
from nnuniverse.observables import OBSERVABLES, Samples, Settings
from nnuniverse.precision import in_float64
from nnuniverse.training import Program

CONFIGS = Path("configs")
WIDE = ["network.hidden=[1000,500]"]
EVERY_TENTH = "observe.snapshots={kind: fixed, every: 10}"


def warning(name: str, *overrides: str) -> str | None:
    config = load_config(CONFIGS / f"{name}.yaml", list(overrides))
    return snapshot_warning(config, build_program(config, load_dataset(config)))


def expected(*overrides: str) -> Forecast:
    config = load_config(CONFIGS / "deep.yaml", list(overrides))
    return forecast(config, build_program(config, load_dataset(config)))


# --- what a run is expected to take ---------------------------------------------------------------


def test_a_wide_net_pays_ten_epochs_for_a_snapshot_and_a_narrow_one_less_than_two() -> None:
    narrow, wide = expected(), expected(*WIDE)
    assert narrow.snapshot_seconds < 2 * narrow.epoch_seconds
    assert 5 < wide.snapshot_seconds / wide.epoch_seconds < 30


def test_eight_times_the_eigenvalues_take_512_times_as_long() -> None:
    """2 n_2 + n_3 + 10 is 110, and 880 for 784-290-290-10."""
    few, many = (
        expected(f"network.hidden={hidden}", "data.train_samples=100", "data.test_samples=1")
        for hidden in ([40, 20], [290, 290])
    )
    states = [forecast.epoch_seconds - forecast_module.STEP for forecast in (few, many)]
    spectra = [
        forecast.snapshot_seconds - 1.01 * seconds
        for forecast, seconds in zip((few, many), states, strict=True)
    ]
    assert spectra[1] / spectra[0] == pytest.approx(512)


def test_share_and_what_it_affords() -> None:
    balanced = Forecast(epochs=90, snapshots=10, epoch_seconds=1.0, snapshot_seconds=1.0)
    assert balanced.share == pytest.approx(MOST_OF_A_RUN)
    assert balanced.affordable == 10


@pytest.mark.parametrize("name", OBSERVABLES)
def test_what_an_observable_takes_is_what_is_computed_for_it(
    name: str, settings_and_samples: tuple[Settings, Samples]
) -> None:
    settings, samples = settings_and_samples
    observable = OBSERVABLES[name]
    if not observable.applies(settings):
        pytest.skip("of graphs only")
    taken: set[str] = set()

    @in_float64
    def measure() -> jax.Array:
        net = net_of(settings.architecture)
        drawn = net.initialise(jax.random.key(0), "glorot_uniform", 1.0)
        measurement = take_measurement(settings, drawn, samples, samples)
        measured = observable.measure(measurement)
        taken.update(vars(measurement))
        return measured

    jax.eval_shape(measure)
    assert measured_parts([name]) == taken & set(MEASURED_OF)


@pytest.fixture(scope="module")
def settings_and_samples() -> tuple[Settings, Samples]:
    program = small_program()
    return program.settings, program.train


def small_program() -> Program:
    config = load_config(CONFIGS / "deep.yaml", SMALL)
    return build_program(config, load_embedded().take(20, 10))


SMALL = ["network.hidden=[3]", "data.train_samples=20", "data.test_samples=10"]
SMALL += ["train.batch=10", "train.epochs=2", "observe.complexity_n=[2]"]
SMALL += ["observe.observables=[log_eigenvalues]"]


# --- what is said of it ---------------------------------------------------------------------------


def test_both_sides_of_a_tenth() -> None:
    assert expected(*WIDE).share < MOST_OF_A_RUN < expected(*WIDE, "train.epochs=3000").share
    assert warning("deep", *WIDE) is None
    assert warning("deep", *WIDE, "train.epochs=3000") == (
        "snapshots may take 36% of this run: 145 of about 2.7 s, 3,000 epochs of about 0.23 s. "
        "Try observe.snapshots.count=28."
    )


@pytest.mark.parametrize("schedule", [[], [EVERY_TENTH]], ids=["log", "fixed"])
def test_who_follows_it_hears_nothing(schedule: list[str]) -> None:
    run = [*WIDE, "train.epochs=3000", *schedule]
    said = warning("deep", *run)
    assert said is not None
    remedy = said.split("Try ")[1].removesuffix(".")
    assert warning("deep", *run, remedy) is None


def test_as_few_snapshots_as_there_may_be() -> None:
    run = [*WIDE, "train.epochs=100"]
    assert str(warning("deep", *run)).endswith("Try observe.snapshots.count=2.")
    every = "observe.snapshots={kind: fixed, every: 5}"
    assert str(warning("deep", *run, every)).endswith("Try observe.snapshots.every=100.")


def test_replicas_are_counted_and_named() -> None:
    run = [*WIDE, "train.epochs=20", "observe.snapshots.count=2"]
    assert "of about 2.7 s of each replica, 20 epochs" in str(warning("deep", *run, "replicas=5"))
    assert warning("deep", *run) is None  # four snapshots, some ten seconds


def test_a_few_seconds_are_not_worth_saying() -> None:
    config = load_config(CONFIGS / "bulk.yaml")
    program = build_program(config, load_dataset(config))
    assert forecast(config, program).share > MOST_OF_A_RUN
    assert snapshot_warning(config, program) is None


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in CONFIGS.glob("*.yaml") if path.stem != "permutation")
)
def test_no_config_that_comes_with_the_package_says_it(name: str) -> None:
    assert warning(name) is None


def test_nothing_is_said_of_an_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert warning("deep", *WIDE, "train.epochs=3000") is None


class Listener(Silent):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def message(self, text: str) -> None:
        self.heard.append(text)


def test_a_new_run_tells_and_notes_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast_module, "WORTH_SAYING", 0.0)
    monkeypatch.setattr(forecast_module, "MOST_OF_A_RUN", 0.0)
    listener = Listener()
    config = load_config(CONFIGS / "deep.yaml", SMALL)
    asked = iter([False, True])
    outcome = start_run(config, tmp_path, listener, lambda: next(asked))
    assert outcome.status == "interrupted"
    (told,) = listener.heard
    assert told.startswith("snapshots may take ")
    notes = outcome.folder.log.read_text().splitlines()
    assert notes[0].endswith(told)
    assert notes[1].endswith("training from epoch 1")
    resume_run(outcome.folder.path, listener)
    assert listener.heard == [told]


def test_what_is_measured_decides() -> None:
    of_states, of_spectra = (
        expected(f"observe.observables=[{name}]") for name in ("boundary_loss", "mu2")
    )
    difference = of_spectra.snapshot_seconds - of_states.snapshot_seconds
    assert difference == pytest.approx(forecast_module.SINGULAR_VALUE * 110**3)
