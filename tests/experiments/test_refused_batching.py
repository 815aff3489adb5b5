"""Rules of mini-batches that cannot be, in one line each."""

from __future__ import annotations

import pytest

from nnuniverse.config import parse_config
from nnuniverse.errors import ConfigError
from nnuniverse.experiments.batching import build_batching
from nnuniverse.training import Batching, Doubling, NoiseScale, NormTest

DOUBLING = "train.batching={kind: doubling, every: 6, maximum: %s}"

REFUSED = {
    (DOUBLING % 400, "train.batch=70"): "`train.batch` must divide the 6000 training samples",
    (DOUBLING % 300, "train.batch=25"): "samples, 25, 50, 100, 200, but is 300",
    (DOUBLING % 800, "train.batch=25"): "samples, 25, 50, 100, 200, 400, but is 800",
    ("train.batching={kind: norm_test, maximum: 50}",): "`train.batching.maximum` must be a size",
    ("train.batching.kind=norm_test", "grand={}"): "must be fixed with grand",
    ("train.batching.kind=norm_test", "evolve={}"): "must be fixed with evolve",
    (
        "train.batching.kind=noise_scale",
        "loss.terms=[{observable: mu2, weight: 0.1}]",
    ): "must be fixed with loss.terms, which are no mean over samples",
}


@pytest.mark.parametrize("overrides", REFUSED)
def test_what_cannot_be_is_refused_in_a_line(overrides: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as error:
        build_batching(parse_config({}, overrides), 6000)
    assert REFUSED[overrides] in str(error.value)
    assert "\n" not in str(error.value)


BUILT = {
    (): None,
    (DOUBLING % 400, "train.batch=25"): Batching((25, 50, 100, 200, 400), Doubling(6), 0),
    ("train.batching={kind: noise_scale, share: 0.1, maximum: 200, rate: linear}",): Batching(
        (100, 200), NoiseScale(0.1), 1000, rate_grows=True
    ),
    ("train.batching={kind: norm_test, theta: 0.5, probe: 60}", "train.batch=2000"): Batching(
        (2000, 6000), NormTest(0.5), 60
    ),
}


@pytest.mark.parametrize("overrides", BUILT)
def test_what_a_config_asks_for(overrides: tuple[str, ...]) -> None:
    assert build_batching(parse_config({}, overrides), 6000) == BUILT[overrides]
