"""What is found of an ensemble, put together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_findings import made_ensemble

from nnuniverse.physics.mechanics.findings import entropy_change_of, motion_of, spread_part


@pytest.mark.filterwarnings("error")
def test_an_ensemble_may_start_at_one_point() -> None:
    ensemble = made_ensemble(64)
    positions = ensemble.positions.copy()
    positions[:, 0, 0] = 5.0
    at_a_point = replace(ensemble, positions=positions)
    assert len(spread_part(ensemble).record_step) == 26
    assert spread_part(at_a_point).record_step[0] == 16
    change, motion = entropy_change_of(at_a_point), motion_of(at_a_point, 0)
    assert change.entropy.value.shape == change.production.total.value.shape == (26,)
    assert change.rate.value.shape == (25,)
    assert np.isnan(change.entropy.value[0])
    assert np.isfinite(change.entropy.value[1:]).all()
    np.testing.assert_allclose(
        change.entropy.value[1:], entropy_change_of(ensemble).entropy.value[1:]
    )
    assert np.isfinite(motion.shape.excess_kurtosis.value).all()
    np.testing.assert_array_equal(motion.variance.value[0], 0.0)
