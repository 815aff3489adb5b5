"""Printed numbers against one more run."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nnuniverse.analysis.prediction import holm, prediction_p_value, runs_to_differ

VALUES = np.array([1.0, 2.0, 3.0, 4.0, 5.0])


def test_it_is_the_t_test_of_a_sample_of_one() -> None:
    other = 9.0  # pooled with a sample of one, the variance is that of ours
    expected = stats.ttest_ind(VALUES, [other], equal_var=True).pvalue
    np.testing.assert_allclose(prediction_p_value(VALUES, other), expected, rtol=1e-12)


def test_the_prediction_interval_ends_where_p_is_five_per_cent() -> None:
    half = stats.t.ppf(0.975, 4) * VALUES.std(ddof=1) * np.sqrt(1.2)
    for end in (3.0 - half, 3.0 + half):
        np.testing.assert_allclose(prediction_p_value(VALUES, end), 0.05, rtol=1e-12)
    assert prediction_p_value(VALUES, 3.0 + half + 0.05, half_digit=0.05) == pytest.approx(0.05)


def test_rounding_alone_is_no_difference() -> None:
    assert prediction_p_value(VALUES, 3.04, half_digit=0.05) == 1.0
    assert prediction_p_value(np.full(3, 2.0), 2.0) == 1.0
    assert prediction_p_value(np.full(3, 2.0), 2.5) == 0.0
    assert np.isnan(prediction_p_value(np.array([1.0, np.nan]), 1.0))


def test_the_number_of_runs_that_would_decide() -> None:
    runs = runs_to_differ(VALUES, 9.0, 0.01)
    assert runs is not None
    spread, freedom = VALUES.std(ddof=1), np.array([runs - 1, runs])
    error = spread * np.sqrt(1.0 + 1.0 / freedom)
    fewer, enough = 2.0 * stats.t.sf(6.0 / error, freedom - 1)
    assert enough <= 0.01 < fewer
    assert runs_to_differ(VALUES, 3.1, 0.01) is None


def test_holm_by_a_worked_example() -> None:
    # 4 x .01 = .04; 3 x .02 = .06; 2 x .022 = .044, which may not be below its predecessor
    p_values = np.array([0.022, 0.01, 0.5, 0.02])
    np.testing.assert_allclose(holm(p_values), [0.06, 0.04, 0.5, 0.06])


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20), st.floats(0.001, 0.2))
def test_holm_steps_down_and_stops(drawn: list[float], level: float) -> None:
    p_values = np.array(drawn)
    called = np.zeros(len(p_values), bool)
    for step, index in enumerate(np.argsort(p_values, kind="stable")):
        if (len(p_values) - step) * p_values[index] > level:
            break
        called[index] = True
    np.testing.assert_array_equal(holm(p_values) <= level, called)
