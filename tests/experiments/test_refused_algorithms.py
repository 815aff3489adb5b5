"""Keys of a learning algorithm that mean nothing together, refused in one line."""

from __future__ import annotations

import pytest

from nnuniverse.config import parse_config
from nnuniverse.errors import ConfigError
from nnuniverse.experiments.algorithm import optimiser_of
from nnuniverse.experiments.evolve import start_evolution

TERMS = "loss.terms=[{observable: mu2, weight: 0.1}]"

REFUSED = {
    ("train.optimiser.kind=momo", "train.clip_norm=1"): "`train.clip_norm` must be null with momo",
    ("train.optimiser.kind=cocob", "train.schedule.kind=linear"): "which has no learning rate",
    (
        "train.optimiser.kind=prodigy",
        "train.schedule.kind=reduce_on_plateau",
    ): "not be reduce_on_plateau with prodigy",
    (
        "train.noise.temperature=1e-5",
        "train.schedule.kind=reduce_on_plateau",
    ): "not be reduce_on_plateau with a thermal bath",
    ("train.optimiser.kind=momo_adam", TERMS): "which may be negative with loss.terms, but is 0.",
    (
        "train.optimiser.kind=momo",
        "loss={kind: bulk, mass: 0.1}",
    ): "which may be negative with a local objective V, but is 0.",
}

ALLOWED = [
    ("train.optimiser={kind: momo, lower_bound: -1}", TERMS),
    ("train.optimiser.kind=prodigy", "train.clip_norm=1", "train.schedule.kind=cosine"),
    ("train.optimiser.kind=adam", "train.schedule.kind=reduce_on_plateau"),
]


@pytest.mark.parametrize("overrides", REFUSED)
def test_what_means_nothing_together_is_refused(overrides: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as error:
        optimiser_of(parse_config({}, overrides), 60)
    assert REFUSED[overrides] in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("overrides", ALLOWED)
def test_what_does_is_not(overrides: tuple[str, ...]) -> None:
    optimiser_of(parse_config({}, overrides), 60)


def test_an_ensemble_has_a_known_rate() -> None:
    config = parse_config({}, ["train.schedule.kind=reduce_on_plateau", "evolve={}"])
    with pytest.raises(ConfigError, match="whose rate after so many epochs is known"):
        start_evolution(config, "nowhere")


def test_an_ensemble_has_batches_of_one_size() -> None:
    config = parse_config({}, ["train.batching={kind: doubling, every: 2}", "evolve={}"])
    with pytest.raises(ConfigError, match=r"be fixed for an ensemble, .* but is doubling"):
        start_evolution(config, "nowhere")
