"""The curve through spacings: exact where it is true, and what lies above it."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from nnuniverse.analysis.spacings import SpacingCurve, spacing_curve

N = 30


def curve(*left_out: int) -> SpacingCurve:
    """The curve for N values without the spacings that have these numbers below."""
    made = spacing_curve(N, np.isin(np.arange(1, N), left_out))
    assert made is not None
    return made


def on_a_curve(a: float, b: float, c: float) -> np.ndarray:
    u = np.arange(1, N) / N
    return np.asarray(np.exp(a) * u**b * (1.0 - u) ** c)[None]


def test_spacings_on_a_curve_have_no_excess() -> None:
    spacings = on_a_curve(-3.0, -1.4, 0.7)
    expected = curve().expected(spacings)
    np.testing.assert_allclose(expected, np.log(spacings), rtol=1e-7)
    np.testing.assert_allclose(curve().excess(spacings, expected), 0.0, atol=1e-6)


def test_the_curve_is_the_most_likely_one() -> None:
    spacings = np.random.default_rng(1).exponential(size=(1, N - 1)) * on_a_curve(0.0, -1.0, 0.0)
    terms = curve().terms

    def unlikely(parameters: np.ndarray) -> float:
        logs = terms @ parameters
        return float((logs + spacings[0] * np.exp(-logs))[:-1].sum())  # not through the last

    found = minimize(unlikely, np.zeros(3), method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(curve().expected(spacings)[0], terms @ found.x, atol=1e-4)


def test_excess_does_not_depend_on_the_curve() -> None:
    # So one set of exponential spacings serves all smooth densities.
    draws = np.random.default_rng(2).exponential(size=(20, N - 1))
    bent = draws * on_a_curve(2.0, -1.6, 1.1)
    plain = curve(10).excess(draws, curve(10).expected(draws))
    np.testing.assert_allclose(curve(10).excess(bent, curve(10).expected(bent)), plain, atol=1e-5)


def test_a_spacing_left_out_does_not_move_the_curve() -> None:
    spacings = np.random.default_rng(3).exponential(size=(1, N - 1))
    wide = spacings.copy()
    wide[0, 9] *= 100.0
    before, after = (curve(10).expected(one) for one in (spacings, wide))
    np.testing.assert_allclose(before, after, rtol=1e-12)
    risen = curve(10).excess(wide, after) - curve(10).excess(spacings, before)
    np.testing.assert_allclose(risen[0, 9], np.log(100.0), rtol=1e-12)


def test_excess_is_over_the_curve_through_all_others() -> None:
    # To first order in what the spacing pulls at the curve: where it is near the curve.
    spacings = on_a_curve(0.0, -1.0, 0.0)
    spacings[0, 4] *= 1.02
    without = np.log(spacings) - curve(5).expected(spacings)
    with_it = curve().excess(spacings, curve().expected(spacings))
    np.testing.assert_allclose(with_it[0, 4], without[0, 4], rtol=0.02)


def test_spacings_of_zero_leave_a_finite_curve() -> None:
    spacings = np.random.default_rng(4).exponential(size=(3, N - 1))
    spacings[0, ::2], spacings[1, :20], spacings[2, 10:] = 0.0, 0.0, 0.0
    expected = curve().expected(spacings)
    assert np.isfinite(expected).all()
    excess = curve().excess(spacings, expected)
    assert not np.isnan(excess).any()
    assert (excess[spacings == 0.0] == -np.inf).all()


def test_too_few_spacings_have_no_curve() -> None:
    assert spacing_curve(5, np.zeros(4, bool)) is not None
    assert spacing_curve(4, np.zeros(3, bool)) is None
    assert spacing_curve(5, np.array([False, True, False, False])) is None
