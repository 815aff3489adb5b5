"""Which gradients of a run are tested for a power law, and what is told of them."""

from __future__ import annotations

import numpy as np
import pytest
from record_of_arrays import record_of

from nnuniverse.analysis import gradient_tails
from nnuniverse.analysis.gradient_tails import (
    gradient_power_laws,
    gradient_samples,
    gradient_tail_exponents,
)
from nnuniverse.errors import RunError
from nnuniverse.runs import RunRecord

DRAWS = 600


@pytest.fixture(scope="module")
def record() -> RunRecord:
    """Three nets at two snapshots: power laws, then normal numbers, then one that has diverged."""
    random = np.random.default_rng(3)
    signs = random.choice([-1.0, 1.0], (3, 5, DRAWS))
    laws = signs[0] * random.random((5, DRAWS)) ** (-1.0 / 1.5)
    normal = random.normal(size=(5, DRAWS))
    last = np.stack([laws, normal, np.full_like(normal, np.nan)])
    last[:2, 0, ::3] = 0.0  # a weight that a third of the batches leave where it is
    last[:2, 1] = 0.0  # and one that none moves
    values = np.stack([signs, last], axis=1)
    return record_of(gradients_across_weights=values[:, :, 2:], gradients_across_batches=values)


def test_most_samples_of_a_net_decide(record: RunRecord) -> None:
    pytest.importorskip("powerlaw")
    np.testing.assert_array_equal(gradient_power_laws(record, "weights"), [1.0, 0.0, np.nan])


def test_exponents_are_those_of_the_samples(record: RunRecord) -> None:
    law, _, diverged = gradient_tail_exponents(record, "weights")
    assert abs(law - 2.5) < 0.3
    assert np.isnan(diverged)


def test_weights_that_few_batches_move_are_passed_over(record: RunRecord) -> None:
    across, noise = (gradient_samples(record, over) for over in ("batches", "noise"))
    rows = np.abs(record["gradients_across_batches"][:2, -1, 2:])
    np.testing.assert_array_equal(np.stack(across[:2]), rows)
    mean = record["gradients_across_batches"][0, -1, 2].mean()
    signed = record["gradients_across_batches"][0, -1, 2]
    np.testing.assert_allclose(noise[0][0], np.abs(signed - mean))
    assert across[2] == []


def test_what_is_not_there_is_told(record: RunRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunError, match="gradients must be over weights, batches, noise"):
        gradient_samples(record, "neurons")
    with pytest.raises(RunError, match="have recorded `gradients_across_weights`"):
        gradient_samples(record_of(boundary_loss=np.ones((1, 1))), "weights")
    monkeypatch.setattr(gradient_tails, "find_spec", lambda name: None)
    with pytest.raises(RunError, match=r"pip install 'nnuniverse\[powerlaw\]'"):
        gradient_power_laws(record, "weights")
