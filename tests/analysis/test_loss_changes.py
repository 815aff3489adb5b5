"""Changes of both losses from epoch to epoch, of curves whose changes are known."""

from __future__ import annotations

import numpy as np
import pytest
from record_of_arrays import record_of

from nnuniverse.analysis import AnalysisSettings, analyse, analysis_tables, document
from nnuniverse.analysis.compared_changes import compare_changes, log_changes
from nnuniverse.analysis.loss_changes import LossChanges, free_energy_change_sd
from nnuniverse.runs.record import Recorded, RunRecord

SETTINGS = AnalysisSettings(betas=(1.0,), resamples=99)
EPOCHS, REPLICAS = 100, 2
MOVES = np.arange(EPOCHS) % 2 == 1


def record(bulk: float, correlated: float = 1.0) -> RunRecord:
    """A run whose bulk loss changes ``bulk`` times as much as its boundary loss; moves at times."""
    random = np.random.default_rng(0)
    changes = random.normal(0.0, 0.02, (2, REPLICAS, EPOCHS))
    changes[:, :, MOVES] *= 10.0
    boundary = changes[0]
    other = bulk * (correlated * boundary + np.sqrt(1.0 - correlated**2) * changes[1])
    curves = [np.exp(np.cumsum(np.pad(c, ((0, 0), (1, 0))), axis=1)) for c in (boundary, other)]
    theta = np.zeros((REPLICAS, EPOCHS + 1, 2))
    theta[:, ::2, 0] = 1.0
    made = record_of(
        "4-1",
        3,
        log_eigenvalues=theta,
        epoch=np.arange(1, EPOCHS + 1),
        boundary_loss=curves[0],
        bulk_loss=curves[1],
    )
    accepted = np.zeros((REPLICAS, EPOCHS, 2))
    accepted[:, MOVES, 1] = 1.0
    dims = ("replica", "epoch", "hidden_layer")
    made.variables["birth_accepted"] = Recorded(accepted, dims, {})  # type: ignore[index]
    made.variables["death_accepted"] = Recorded(0.0 * accepted, dims, {})  # type: ignore[index]
    return made


def test_a_loss_that_follows_the_other_has_its_changes() -> None:
    found = analyse(record(bulk=0.5), SETTINGS)[LossChanges].values
    for name in ("ratio", "jump_ratio"):
        np.testing.assert_allclose(found[name], 0.5, rtol=1e-9)
    np.testing.assert_allclose(found["correlation"], 1.0, rtol=1e-12)
    np.testing.assert_allclose(found["reference_sd"], [[0.02, 0.2]] * 2, rtol=0.3)
    np.testing.assert_allclose(found["sd"], 0.5 * found["reference_sd"], rtol=1e-9)


def test_epochs_with_moves_are_told_apart() -> None:
    made = record(bulk=1.0)
    found = analyse(made, SETTINGS)[LossChanges].values
    changes = log_changes(made["boundary_loss"])[0, 10:]
    np.testing.assert_allclose(found["reference_sd"][0, 0], changes[~MOVES[10:]].std(), rtol=1e-12)
    np.testing.assert_allclose(found["reference_sd"][0, 1], changes[MOVES[10:]].std(), rtol=1e-12)


def test_independent_changes_have_no_correlation() -> None:
    found = analyse(record(bulk=1.0, correlated=0.0), SETTINGS)[LossChanges].values
    assert np.all(np.abs(found["correlation"]) < 4.0 / np.sqrt(45.0))
    assert np.all(found["jump_ratio"] < 0.8)  # jumps are those of the boundary loss
    np.testing.assert_allclose(found["ratio"], 1.0, rtol=0.4)


def test_free_energy_alternates_by_a_known_step() -> None:
    analysis = analyse(record(bulk=1.0), SETTINGS)
    # lambda_1 is e and 1 in turn, so F changes by half of log((1 + e)/2), up and down.
    step = 0.5 * np.log(0.5 * (1.0 + np.e))
    states_change = analysis[LossChanges].free_energy
    assert states_change is not None
    np.testing.assert_allclose(states_change[..., 0], 0.0, atol=1e-12)
    whole = free_energy_change_sd(
        step * (np.arange(41.0)[None, :, None] % 2), np.ones((1, 1, 40), bool)
    )
    np.testing.assert_allclose(whole, step, rtol=1e-12)


def test_kurtosis_is_that_of_the_distribution() -> None:
    two_points = np.tile([1.0, -1.0], 50)
    found = compare_changes(two_points, np.random.default_rng(1).normal(size=100))
    assert found.kurtosis == pytest.approx(-2.0)
    assert abs(found.reference_kurtosis) < 1.5


def test_what_is_found_is_told() -> None:
    analysis = analyse(record(bulk=0.5), SETTINGS)
    (table,) = [t for t in analysis_tables(analysis) if t.caption.startswith("changes of the log")]
    assert [row[0] for row in table.rows] == ["N fixed", "N changes"]
    assert table.rows[0][4].startswith("0.5 ")
    told = document(analysis)["loss_changes"]
    np.testing.assert_allclose(told["jump_ratio"]["values"], 0.5, rtol=1e-9)


def test_runs_with_few_neighbouring_snapshots_have_none() -> None:
    made = record(bulk=0.5)
    made.variables["snapshot"] = Recorded(2 * np.arange(EPOCHS + 1), ("snapshot",), {})  # type: ignore[index]
    analysis = analyse(made, SETTINGS)
    assert analysis[LossChanges].variables() == []
    assert document(analysis)["loss_changes"] is None
