"""U_0 beside U, where the spectrum and the loss are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from record_of_arrays import record_of

from nnuniverse.analysis import AnalysisSettings, analyse, analysis_tables, document
from nnuniverse.analysis.clamped_loss import ClampedLoss
from nnuniverse.config import parse_config
from nnuniverse.runs.record import RunRecord

SETTINGS = AnalysisSettings(betas=(0.5, 2.0), resamples=99)
LOSS = np.array([[0.5, 0.25], [0.5, 1.0]])


def record(**values: object) -> RunRecord:
    theta = np.broadcast_to([1.0, -1.0], (2, 2, 2))
    return record_of("4-1", 3, log_eigenvalues=theta, epoch=[1], **values)


def mean_loss(beta: float, mass: float = 0.0) -> float:
    c = 1.0 - beta * mass
    values = np.array([np.e, 1.0 / np.e, 1.0, 1.0, 1.0])
    return float(0.5 * ((values - mass) / (c + beta * values)).sum())


def test_both_losses_and_their_ratio() -> None:
    analysis = analyse(record(bulk_loss=LOSS), SETTINGS)
    found = analysis[ClampedLoss]
    np.testing.assert_array_equal(found.clamped, LOSS)
    for column, beta in enumerate(SETTINGS.betas):
        np.testing.assert_allclose(found.ratio[..., column], mean_loss(beta) / LOSS, rtol=1e-13)
    written = document(analysis)["clamped_loss"]
    assert written["clamped_loss"]["values"] == LOSS.tolist()
    assert written["clamped_loss"]["pooled"]["value"] == [0.5, 0.625]
    np.testing.assert_allclose(
        written["mean_over_clamped_loss"]["values"][1][1][0], mean_loss(0.5), rtol=1e-13
    )
    (table,) = [t for t in analysis_tables(analysis) if t.caption.startswith("canonical U")]
    assert table.rows[0][:2] == ["beta=0.5", f"{mean_loss(0.5):.4g} ± 0"]
    assert "epoch 1; clamped, U_0 = 0.625 " in table.caption


def test_the_ensembles_are_those_of_one_loss_or_are_not_compared() -> None:
    of_boundary = record(bulk_loss=LOSS)
    assert analyse(of_boundary, replace(SETTINGS, mass=0.2))[ClampedLoss].ratio is None
    massive = parse_config({"loss": {"kind": "bulk", "mass": 0.2}})
    of_mass = replace(of_boundary, config=massive)
    assert analyse(of_mass, SETTINGS)[ClampedLoss].ratio is None
    ratio = analyse(of_mass, replace(SETTINGS, mass=0.2))[ClampedLoss].ratio
    np.testing.assert_allclose(ratio[..., 1], mean_loss(2.0, 0.2) / LOSS, rtol=1e-13)


@pytest.mark.parametrize("recorded", [{}, {"boundary_loss": LOSS}])
def test_without_a_bulk_loss_there_is_none(recorded: dict[str, np.ndarray]) -> None:
    analysis = analyse(record(**recorded), SETTINGS)
    assert document(analysis)["clamped_loss"] is None
    assert not analysis[ClampedLoss].variables()
    assert not any("U_0" in table.caption for table in analysis_tables(analysis))


def test_without_a_spectrum_there_is_the_clamped_one() -> None:
    alone = record_of(bulk_loss=LOSS, seed=[0, 1], snapshot=[0, 1], epoch=[1])
    assert [v.name for v, _ in analyse(alone)[ClampedLoss].variables()] == [
        *("clamped_loss", "clamped_loss_pooled")
    ]
