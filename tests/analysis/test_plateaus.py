"""Plateaus of curves that were made with or without them."""

from __future__ import annotations

import numpy as np
import pytest
from made_losses import EPOCHS, SNAPSHOTS, noisy, power_law

from nnuniverse.analysis.plateaus import Plateaus, find_plateaus, search_plateaus


def with_plateau(epochs: np.ndarray, begin: float, end: float, exponent: float) -> np.ndarray:
    """t^-exponent that stands still for a while."""
    return np.asarray((epochs / np.clip(epochs / begin, 1.0, end / begin)) ** -exponent)


def test_constant_is_one_plateau() -> None:
    plateaus = find_plateaus(EPOCHS, np.full(len(EPOCHS), 0.3))
    np.testing.assert_array_equal(plateaus.first, [1.0])
    np.testing.assert_allclose(plateaus.level, [0.3], rtol=1e-14)
    assert len(plateaus.last) == 1
    assert 0.95 * EPOCHS[-1] < plateaus.last[0] <= EPOCHS[-1]


def test_known_plateaus_are_found() -> None:
    # Falls as 1/t outside of two stretches; a fall of 5 % passes within 5 % of the time.
    log_t = np.log(EPOCHS)
    flat = ((EPOCHS > 20) & (EPOCHS < 100)) | ((EPOCHS > 500) & (EPOCHS < 5000))
    log_loss = -np.cumsum(np.where(flat, 0.0, 1.0) * np.diff(log_t, prepend=0.0))
    plateaus = find_plateaus(EPOCHS, noisy(np.exp(log_loss), 3, 0.003))
    np.testing.assert_allclose(plateaus.first, [20.0, 500.0], rtol=0.1)
    np.testing.assert_allclose(plateaus.last, [100.0, 5000.0], rtol=0.1)
    levels = np.exp(log_loss[[50, 1000]])
    np.testing.assert_allclose(plateaus.level, levels, rtol=0.02)


def test_a_clean_plateau_has_its_edges() -> None:
    plateaus = find_plateaus(SNAPSHOTS, with_plateau(SNAPSHOTS, 300.0, 950.0, 0.3))
    np.testing.assert_allclose(plateaus.first, [300.0], rtol=0.06)
    np.testing.assert_allclose(plateaus.last, [950.0], rtol=0.06)
    np.testing.assert_allclose(plateaus.level, [300.0**-0.3], rtol=1e-3)
    assert plateaus.p_value[0] < 1e-12


def test_half_a_decade_is_found_in_noise() -> None:
    curve = with_plateau(SNAPSHOTS, 400.0, 400.0 * np.sqrt(10.0), 0.3)
    found = [find_plateaus(SNAPSHOTS, noisy(curve, seed, 0.05)) for seed in range(10)]
    assert sum(len(one.first) == 1 for one in found) >= 8
    firsts, lasts = (np.concatenate([getattr(one, k) for one in found]) for k in ("first", "last"))
    np.testing.assert_allclose(np.median(firsts), 400.0, rtol=0.1)
    np.testing.assert_allclose(np.median(lasts), 1265.0, rtol=0.1)


def test_levels_between_jumps_are_plateaus() -> None:
    levels = 0.8 ** np.array([EPOCHS >= 100, EPOCHS >= 1000]).sum(axis=0)
    plateaus = find_plateaus(EPOCHS, noisy(0.5 * levels, 2, 0.01))
    np.testing.assert_allclose(plateaus.last[1:], [1000.0, 10_000.0], rtol=0.07)
    np.testing.assert_allclose(plateaus.first[1:], [100.0, 1000.0], rtol=0.07)
    np.testing.assert_allclose(plateaus.level[1:], [0.4, 0.32], rtol=0.005)


@pytest.mark.parametrize("exponent", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("size", [0.0, 0.005, 0.05])
def test_steady_fall_has_no_plateau(exponent: float, size: float) -> None:
    for seed in range(10):
        assert not len(find_plateaus(SNAPSHOTS, noisy(SNAPSHOTS**-exponent, seed, size)).first)
    assert not len(find_plateaus(EPOCHS, noisy(power_law(exponent), 0, size)).first)


def test_a_valley_is_no_plateau() -> None:
    # Falls and rises by 20 % around epoch 1000: the slope over both is zero.
    there = np.clip(np.abs(np.log(SNAPSHOTS / 1000.0)), 0.0, 0.7)
    losses = with_plateau(SNAPSHOTS, 500.0, 2000.0, 0.5) * np.exp(0.3 * there)
    plateaus = find_plateaus(SNAPSHOTS, noisy(losses, 0, 0.001))
    assert not np.any((plateaus.first < 800.0) & (plateaus.last > 1250.0))


def test_losses_without_a_logarithm_are_left_out() -> None:
    losses = noisy(with_plateau(EPOCHS, 100.0, 800.0, 0.5), 4)
    holes = losses.copy()
    holes[[10, 500]] = 0.0, -1.0
    holes[[700, 3000]] = np.nan, np.inf
    bad = [10, 500, 700, 3000]
    without = np.delete(EPOCHS, bad), np.delete(losses, bad)
    np.testing.assert_array_equal(find_plateaus(EPOCHS, holes), find_plateaus(*without))


@pytest.mark.parametrize("points", [0, 1, 2, 7])
def test_short_curves_have_none_that_could_be_told(points: int) -> None:
    for losses in (np.linspace(2.0, 1.0, points), np.full(points, np.nan)):
        plateaus, seen = search_plateaus(EPOCHS[:points], losses)
        assert [len(part) for part in plateaus] == [0] * len(Plateaus._fields)
        assert seen.power == 0.0
        assert np.isnan(seen.least)


def test_what_would_be_seen_depends_on_the_noise() -> None:
    curves = [noisy(SNAPSHOTS**-0.3, 3, size) for size in (0.005, 0.05, 0.2)]
    seen = [search_plateaus(SNAPSHOTS, curve)[1] for curve in curves]
    assert [one.tells for one in seen] == [True, True, False]
    assert 1.5 <= seen[0].least < 2.0 < seen[1].least < 4.0 < seen[2].least


def test_unit_of_the_loss_does_not_matter() -> None:
    losses = noisy(with_plateau(EPOCHS, 100.0, 800.0, 0.5), 6)
    plain, scaled = find_plateaus(EPOCHS, losses), find_plateaus(EPOCHS, 1e4 * losses)
    assert len(plain.first) == 1
    np.testing.assert_allclose(scaled.first, plain.first)
    np.testing.assert_allclose(scaled.level, 1e4 * plain.level)
