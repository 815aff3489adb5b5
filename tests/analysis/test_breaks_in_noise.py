"""Breaks of a line whose noise is not the same everywhere, or sits in x."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.analysis.fits import fit_break

POINTS, CASES = 164, 30
TIME = np.linspace(0.0, 1.0, POINTS)
LOG_LOSS = -0.8 * np.log1p(np.geomspace(1.0, 1e4, POINTS) / 3.0)


def found(
    size: np.ndarray | float = 0.3, in_x: float = 0.0, bend: float = 0.0, correlation: float = 0.0
) -> int:
    """Return in how many of the cases a break is found in ``y = 2 x + noise``.

    ``bend``: change of the slope half way.
    """
    random = np.random.default_rng(0)
    half = POINTS // 2
    line = 2.0 * LOG_LOSS + bend * np.where(TIME >= 0.5, LOG_LOSS - LOG_LOSS[half], 0.0)
    count = 0
    for seed in range(CASES):
        noise = random.normal(size=POINTS)
        for k in range(1, POINTS):
            noise[k] = correlation * noise[k - 1] + np.sqrt(1.0 - correlation**2) * noise[k]
        x = LOG_LOSS + in_x * random.normal(size=POINTS)
        count += fit_break((x, line + size * noise), 99, seed).p_value <= 0.05
    return count


@pytest.mark.parametrize(
    "size",
    [0.3 * 5.0 ** (TIME - 0.5), 0.3 * 5.0 ** (0.5 - TIME), np.where(TIME < 2 / 3, 0.06, 0.3)],
    ids=["growing", "falling", "setting in"],
)
def test_noise_that_changes_is_no_break(size: np.ndarray) -> None:
    assert found(size) <= 4


@pytest.mark.parametrize("in_x", [0.1, 0.3])
def test_noise_of_the_loss_is_no_break(in_x: float) -> None:
    assert found(0.06, in_x) <= 4


def test_a_break_is_found_in_all_of_them() -> None:
    assert found(bend=0.3) >= 26
    assert found(correlation=0.7, bend=0.8) >= 24
    assert found(0.06, in_x=0.1, bend=0.3) >= 28
    assert found(0.3 * 5.0 ** (TIME - 0.5), bend=0.8) >= 24


def test_slopes_are_not_flattened_by_noise_in_x() -> None:
    random = np.random.default_rng(1)
    late = TIME >= 0.5
    y = np.where(late, 3.0 * LOG_LOSS - 3.0 * LOG_LOSS[late][0], LOG_LOSS - LOG_LOSS[late][0])
    breaks = [fit_break((LOG_LOSS + 0.3 * random.normal(size=POINTS), y), 99, k) for k in range(20)]
    slopes = np.array([(one.slope_before, one.slope_after) for one in breaks])
    np.testing.assert_allclose(slopes.mean(axis=0), [1.0, 3.0], atol=0.1)
