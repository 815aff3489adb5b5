"""beta from the loss and from the gap, solved again by trying everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from record_of_arrays import record_of

from nnuniverse.analysis.gaps import Gaps
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.temperatures import beta_from_loss, temperatures

logs = st.lists(st.floats(-6.0, 6.0), min_size=0, max_size=8)


@given(theta=logs, units=st.integers(0, 5), loss=st.floats(1e-3, 1e3))
def test_beta_from_loss_is_the_largest_solution(
    theta: list[float], units: int, loss: float
) -> None:
    assume(theta or units)
    eigenvalues = np.exp([*theta, *[0.0] * units])
    ratios = 2.0 * loss / np.arange(1, len(eigenvalues) + 1)
    # A tie between lambda and 1/beta is decided by rounding.
    assume((np.abs(eigenvalues[:, None] / ratios - 1.0) > 1e-12).all())
    beta = beta_from_loss(np.asarray(loss), np.array(theta), units)
    # N_> = 2 beta U is a whole number, so these are all candidates.
    solutions = [1.0 / r for k, r in enumerate(ratios, start=1) if (eigenvalues > r).sum() == k]
    if solutions:
        np.testing.assert_allclose(beta, max(solutions), rtol=1e-12)
    else:
        assert np.isnan(beta)


def test_exact_ones_alone() -> None:
    # N_> = n for beta > 1, so U = n/2 beta needs U < n/2.
    losses = np.array([2.0, 2.5, 3.0])
    actual = beta_from_loss(losses, np.empty((3, 0)), 5)
    np.testing.assert_allclose(actual, [1.25, np.nan, np.nan])


@pytest.mark.parametrize("loss", [0.0, -1.0, np.nan])
def test_no_beta_from_a_loss_that_is_not_positive(loss: float) -> None:
    assert np.isnan(beta_from_loss(np.asarray(loss), np.array([1.0, -1.0]), 3))


def test_no_beta_from_a_missing_spectrum() -> None:
    theta = np.array([[[1.0, -1.0], [np.nan, np.nan]]])
    beta = beta_from_loss(np.array([[0.1, 0.1]]), theta, 3)
    np.testing.assert_array_equal(np.isnan(beta), [[False, True]])


def test_temperatures_by_their_origin() -> None:
    theta = np.array([[[2.0, -2.0], [1.0, -1.0]]])
    record = record_of(log_eigenvalues=theta, bulk_loss=[[0.5, 0.2]], units=3)
    gaps = Gaps(
        np.array([[-2.3, -2.5]]), *np.array([[[1.0, 1.0]], [[9, 9]], [[0.01, 0.2]], [[0.9, 0.9]]])
    )
    betas = temperatures(record, gaps, AnalysisSettings(betas=(0.5, 1.4)))
    assert list(betas) == ["beta=0.5", "beta=1.4", "gap, printed", "gap, exact", "U = N_>/2 beta"]
    np.testing.assert_array_equal(betas["beta=1.4"], [[1.4, 1.4]])
    # Of the second gap, the p-value is too large.
    np.testing.assert_allclose(betas["gap, printed"], [[1.470, np.nan]], atol=5e-4)
    np.testing.assert_allclose(betas["gap, exact"], [[0.760, np.nan]], atol=5e-4)
    expected = beta_from_loss(np.array([[0.5, 0.2]]), theta, 3)
    np.testing.assert_array_equal(betas["U = N_>/2 beta"], expected)


def test_bulk_loss_stands_for_u_before_the_boundary_loss() -> None:
    theta = np.array([[[2.0, -2.0]]])
    nothing = Gaps(*np.full((5, 1, 1), np.nan))
    settings = AnalysisSettings()
    both = record_of(log_eigenvalues=theta, bulk_loss=[[0.5]], boundary_loss=[[0.1]])
    only = record_of(log_eigenvalues=theta, boundary_loss=[[0.1]])
    assert temperatures(both, nothing, settings)["U = N_>/2 beta"] == 1.0
    assert temperatures(only, nothing, settings)["U = N_>/2 beta"] == 10.0
    none = temperatures(record_of(log_eigenvalues=theta), nothing, settings)
    assert "U = N_>/2 beta" not in none
