"""Numbers of jumps that printed numbers name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnuniverse.claims.reproduction import jump_scalars
from nnuniverse.claims.reproduction.analysed_scalars import analysed
from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar
from nnuniverse.config import RunConfig
from nnuniverse.errors import RunError
from nnuniverse.runs import RunFolder, RunRecord
from nnuniverse.runs.record import Recorded

EPOCHS = 60


def run(every: int = 1) -> RunRecord:
    """A run of two replicas whose bulk loss changes 0.8 and 0.4 times as much as its other loss."""
    random = np.random.default_rng(0)
    logs = np.cumsum(random.normal(0.0, 0.1, (2, EPOCHS)), axis=1)
    values = {
        "boundary_loss": np.exp(logs),
        "bulk_loss": np.exp(np.array([[0.8], [0.4]]) * logs),
        "log_eigenvalues": np.zeros((2, EPOCHS, 2)),
    }
    dims = ("replica", "snapshot", "eigenvalue")
    recorded = {
        name: Recorded(of, dims[: of.ndim], {"unit_eigenvalues": 3}) for name, of in values.items()
    }
    recorded["snapshot"] = Recorded(every * np.arange(EPOCHS), ("snapshot",), {})
    recorded["epoch"] = Recorded(np.arange(1, every * EPOCHS), ("epoch",), {})
    recorded["seed"] = Recorded(np.arange(2), ("replica",), {})
    folder = RunFolder(Path("nowhere"))
    return RunRecord("made/it", folder, RunConfig(), {}, {"network": "4-1"}, recorded)


def value(record: RunRecord, **keys: str) -> np.ndarray:
    asked = {"analysis": "change_in_epochs", **keys}
    return analysed(record, AnalysedScalar.model_validate(asked))


def test_changes_in_epochs_are_those_of_the_analysis() -> None:
    for name in ("ratio", "jump_ratio"):
        found = value(run(), variable=name, against="N fixed")
        np.testing.assert_allclose(found, [0.8, 0.4], rtol=1e-9)
    assert np.isnan(value(run(), variable="ratio", against="N changes")).all()


def test_changes_at_moves_are_compared_replica_by_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    before = np.ones((2, 40))
    logs = random.normal(0.0, 0.1, (2, 40))
    after = {"boundary": np.exp(logs), "bulk": np.exp(np.array([[0.7], [1.2]]) * logs)}

    from nnuniverse.experiments.moved_losses import MovedLosses

    made = MovedLosses(np.arange(2), np.arange(40), {"boundary": before, "bulk": before}, after)
    monkeypatch.setattr(jump_scalars, "_moves", lambda path: made)
    asked = {"analysis": "change_at_moves", "variable": "jump_ratio"}
    found = analysed(run(), AnalysedScalar.model_validate(asked))
    np.testing.assert_allclose(found, [0.7, 1.2], rtol=1e-9)


def test_what_there_is_not_is_said() -> None:
    with pytest.raises(RunError, match="'height'"):
        value(run(), variable="height", against="N fixed")
    with pytest.raises(RunError, match="'N grows'"):
        value(run(), variable="ratio", against="N grows")
    with pytest.raises(RunError, match="have both losses at every epoch"):
        value(run(every=2), variable="ratio", against="N fixed")
