"""What an analysis says of betas and error rates that differ much between the replicas."""

from __future__ import annotations

import numpy as np
import pytest
from record_of_arrays import record_of

from nnuniverse.analysis import Analysis, AnalysisSettings, analyse, compare, document
from nnuniverse.analysis.states import ThermodynamicStates
from nnuniverse.analysis.tables import analysis_tables, comparison_table
from nnuniverse.analysis.temperatures import Temperatures

FROM_LOSS = "U = N_>/2 beta"


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    """Five replicas whose losses, and so their betas, are log-normal."""
    random = np.random.default_rng(3)
    theta = random.uniform(0.5, 3.0, (5, 2, 6))
    return analyse(
        record_of(
            units=8,
            epoch=np.arange(1, 2),
            log_eigenvalues=np.concatenate([theta, -theta], axis=-1),
            bulk_loss=np.exp(1.2 * random.normal(size=(5, 2)) - 9.0),
            boundary_loss=np.exp(random.normal(size=(5, 2)) - 8.0),
            error_rate=np.array([[0.5, 0.02], [0.9, 0.11], [0.98, 0.0], [0.99, 0.01], [1.0, 0.0]]),
        ),
        AnalysisSettings(resamples=99),
    )


def test_betas_are_positive(analysis: Analysis) -> None:
    column = analysis[Temperatures].names.index(FROM_LOSS)
    betas = analysis[ThermodynamicStates].at("beta", FROM_LOSS)
    half = 2.7764451 * betas.std(axis=0, ddof=1) / np.sqrt(5.0)
    assert (half > betas.mean(axis=0)).any(), "an example of the kind"
    pooled = document(analysis)["thermodynamics"]["beta"]["pooled"]
    mean, low = (np.array(pooled[end], float)[:, column] for end in ("value", "low"))
    assert (low > 0.0).all()
    np.testing.assert_allclose(mean, betas.mean(axis=0))
    (row,) = compare([analysis])
    assert row[f"beta from {FROM_LOSS}"].low == pytest.approx(low[-1], rel=1e-12)


@pytest.mark.parametrize("epoch", [0, 1])
def test_error_rates_are_shares(analysis: Analysis, epoch: int) -> None:
    (row,) = compare([analysis], epoch)
    assert 0.0 < row["error rate"].low < row["error rate"].value < row["error rate"].high < 1.0
    assert row["boundary loss"].low > 0.0


def test_what_is_printed_is_possible(analysis: Analysis) -> None:
    tables = [*analysis_tables(analysis), comparison_table(compare([analysis]), ["a"])]
    cells = [str(cell) for table in tables for row in table.rows for cell in row]
    assert any(" +" in cell and " -" in cell for cell in cells), "an interval with two ends"
