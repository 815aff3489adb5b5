from dataclasses import replace

import numpy as np
import pytest

from nnuniverse.errors import CheckError
from nnuniverse.physics.mechanics.synthetic import (
    Setting,
    deterministic_flow,
    nelson,
    ornstein_uhlenbeck,
    window,
)
from nnuniverse.physics.mechanics.verdict.marginals import Sample, sample_of
from nnuniverse.physics.mechanics.verdict.nesting import CONTAINED, check_nesting, fit_models


def sample(make: type, seed: int = 3) -> Sample:
    ensemble = make(Setting(64, seed, window()))
    return sample_of(ensemble.at_records[..., 0], ensemble.record_step)


@pytest.mark.parametrize("make", [ornstein_uhlenbeck, nelson, deterministic_flow])
def test_what_contains_another_fits_no_worse(make: type) -> None:
    fits = fit_models(sample(make))
    for inner, outer in CONTAINED:
        if outer != "kramers":
            assert fits[outer].loss <= fits[inner].loss + 1e-6


def test_a_fit_worse_than_one_it_contains_is_a_failure() -> None:
    fits = fit_models(sample(ornstein_uhlenbeck))
    failed = replace(fits["closure"], loss=fits["fokker_planck"].loss + 0.1)
    with pytest.raises(CheckError, match="fit of closure must be as likely as that of fokker"):
        check_nesting({**fits, "closure": failed})


def test_records_of_a_common_start_are_left_out() -> None:
    positions = np.random.default_rng(0).normal(size=(40, 5)) * np.array([0.0, 1.0, 2.0, 2.0, 2.0])
    found = sample_of(positions, np.arange(5) * 10)
    np.testing.assert_allclose(found.clock.time, [0.25, 0.5, 0.75, 1.0])
    assert found.positions.shape == (40, 4)
