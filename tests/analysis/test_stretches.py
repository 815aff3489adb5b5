"""Lines through all stretches of a curve, against numpy's least squares one at a time."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.analysis.smooth_curves import SmoothCurve
from nnuniverse.analysis.stretches import Lines, Stretches

BINS, FIRST, LAST, HOLE = 30, 3, 26, 14


@pytest.fixture(scope="module")
def curve() -> SmoothCurve:
    random = np.random.default_rng(0)
    x = np.cumsum(random.uniform(0.02, 0.1, BINS))
    return SmoothCurve(np.exp(x), random.normal(size=BINS), random.integers(1, 9, BINS))


def one(bin_: int) -> np.ndarray:
    return np.array([bin_])


def whole(curve: SmoothCurve) -> tuple[Stretches, Lines]:
    stretches = Stretches(curve)
    return stretches, stretches.lines(one(FIRST), one(LAST))


def squares(curve: SmoothCurve, extra: np.ndarray | None = None) -> float:
    """Of a line, and of one with ``extra`` without the hole."""
    kept = np.arange(FIRST, LAST + 1)
    terms = [np.ones(BINS), np.log(curve.epoch)]
    if extra is not None:
        kept, terms = kept[kept != HOLE], [*terms, extra]
    weight = np.sqrt(curve.points[kept])
    matrix, y = np.stack(terms, axis=1)[kept] * weight[:, None], curve.log_loss[kept] * weight
    best = np.linalg.lstsq(matrix, y, rcond=None)[0]
    return float(((y - matrix @ best) ** 2).sum())


def test_a_line_is_that_of_least_squares(curve: SmoothCurve) -> None:
    _, lines = whole(curve)
    kept = slice(FIRST, LAST + 1)
    x, y, w = np.log(curve.epoch)[kept], curve.log_loss[kept], np.sqrt(curve.points[kept])
    (slope, at_zero), covariance = np.polyfit(x, y, 1, w=w, cov="unscaled")
    np.testing.assert_allclose(lines.slope, slope, rtol=1e-10)
    np.testing.assert_allclose(lines.at(np.zeros(1)), at_zero, rtol=1e-10)
    np.testing.assert_allclose(lines.squares, squares(curve), rtol=1e-10)
    np.testing.assert_allclose(1.0 / lines.width, covariance[0, 0], rtol=1e-10)
    np.testing.assert_allclose(lines.leverage(np.zeros(1)), covariance[1, 1], rtol=1e-10)
    assert lines.free == LAST - FIRST - 1


@pytest.mark.parametrize("at", [3, 4, 10, 14, 20, 25, 26])
def test_a_bend_is_one_more_term(curve: SmoothCurve, at: int) -> None:
    stretches, lines = whole(curve)
    x = np.log(curve.epoch)
    np.testing.assert_allclose(
        stretches.bent_squares(lines, one(at), one(HOLE)),
        squares(curve, np.maximum(x - x[at], 0.0)),
        rtol=1e-8,
    )


@pytest.mark.parametrize(("first", "last"), [(3, 3), (5, 9), (14, 14), (12, 18), (26, 26), (3, 26)])
def test_a_shift_is_one_more_term(curve: SmoothCurve, first: int, last: int) -> None:
    stretches, lines = whole(curve)
    shifted = np.zeros(BINS)
    shifted[first : last + 1] = 1.0
    np.testing.assert_allclose(
        stretches.shifted_squares(lines, one(first), one(last), one(HOLE)),
        squares(curve, shifted),
        rtol=1e-8,
    )


def test_correlation_inflates_the_noise() -> None:
    random = np.random.default_rng(1)
    white = random.normal(size=500)
    correlated = np.zeros(500)
    for k in range(1, 500):
        correlated[k] = 0.5 * correlated[k - 1] + white[k]
    x = np.exp(np.arange(500) * 0.05)
    first, last = one(0), one(499)
    plain, inflated = (
        Stretches(SmoothCurve(x, y, np.ones(500)), 20).lines(first, last).inflation
        for y in (white, correlated)
    )
    assert 1.0 <= plain < 1.2
    assert 1.6 < inflated < 3.0  # 3 in the limit of long stretches
