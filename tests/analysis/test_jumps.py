"""Jumps of curves that were made with or without them."""

from __future__ import annotations

import numpy as np
import pytest
from made_losses import EPOCHS, SNAPSHOTS, noisy, power_law

from nnuniverse.analysis.jumps import MIN_FALL, Jumps, find_jumps, search_jumps
from nnuniverse.analysis.smooth_curves import BINS_PER_E_FOLD


def snapshots_with(change: slice, factor: float, size: float = 0.001) -> np.ndarray:
    """t^-0.3 at the snapshots, some of them multiplied, in little noise."""
    losses = SNAPSHOTS**-0.3
    losses[change] *= factor
    return noisy(losses, 8, size)


@pytest.mark.parametrize("at", [300, 2000, 6000])
@pytest.mark.parametrize("fall", [0.2, 0.7])
def test_step_in_a_power_law_is_found(at: int, fall: float) -> None:
    losses = power_law() * np.where(at <= EPOCHS, np.exp(-fall), 1.0)
    jumps = find_jumps(EPOCHS, noisy(losses, at))
    assert len(jumps.epoch) == 1
    np.testing.assert_allclose(jumps.epoch, at, rtol=2.0 / BINS_PER_E_FOLD)
    np.testing.assert_allclose(jumps.fall, fall, atol=0.1)


@pytest.mark.parametrize("at", [150, 1000, 1015, 9000])
def test_the_epoch_of_a_clean_step_is_told_within_its_bin(at: int) -> None:
    epochs = np.arange(1, 30_001)
    jumps = find_jumps(epochs, epochs**-0.3 * np.where(epochs >= at, 0.8, 1.0))
    np.testing.assert_allclose(jumps.epoch, [at], rtol=0.01)
    np.testing.assert_allclose(jumps.fall, [-np.log(0.8)], rtol=1e-3)
    assert jumps.p_value[0] < 1e-12


@pytest.mark.parametrize("size", [0.0, 1e-3, 0.01])
def test_a_step_between_two_snapshots_is_found(size: float) -> None:
    jumps = find_jumps(SNAPSHOTS, snapshots_with(slice(100, None), 0.9, size))
    assert len(jumps.epoch) == 1
    assert SNAPSHOTS[98] < jumps.epoch[0] < SNAPSHOTS[101]
    np.testing.assert_allclose(jumps.fall, [-np.log(0.9)], atol=3.0 * size + 1e-9)


def test_two_steps_are_two_jumps() -> None:
    losses = power_law() * np.where(EPOCHS >= 200, 0.6, 1.0) * np.where(EPOCHS >= 3000, 0.7, 1.0)
    jumps = find_jumps(EPOCHS, noisy(losses, 0, 0.01))
    np.testing.assert_allclose(jumps.epoch, [200.0, 3000.0], rtol=0.1)
    assert (jumps.score > 5.0).all()
    assert (jumps.p_value < 1e-3).all()


def test_a_small_step_is_found_near_a_large_one() -> None:
    losses = power_law() * np.where(EPOCHS >= 500, 0.5, 1.0) * np.where(EPOCHS >= 1100, 0.9, 1.0)
    jumps = find_jumps(EPOCHS, noisy(losses, 0, 0.01))
    np.testing.assert_allclose(jumps.epoch, [500.0, 1100.0], rtol=0.02)
    np.testing.assert_allclose(jumps.fall, -np.log([0.5, 0.9]), atol=0.06)


@pytest.mark.parametrize("points", [1, 2, 5])
@pytest.mark.parametrize("factor", [1.1, 0.9, 3.0])
def test_what_goes_back_is_no_jump(points: int, factor: float) -> None:
    for begin in (60, 100, 140):
        losses = snapshots_with(slice(begin, begin + points), factor)
        assert not len(find_jumps(SNAPSHOTS, losses).epoch)


@pytest.mark.parametrize("points", [1, 2, 5])
def test_a_low_end_is_no_jump(points: int) -> None:
    for factor in (0.95, 0.8, 0.3):
        assert not len(find_jumps(SNAPSHOTS, snapshots_with(slice(-points, None), factor)).epoch)


def alarms(noise: np.ndarray) -> int:
    """How many of the rows of noise, on t^-0.3 at the snapshots, have a jump."""
    return sum(len(find_jumps(SNAPSHOTS, SNAPSHOTS**-0.3 * np.exp(one)).epoch) > 0 for one in noise)


def test_heavy_tails_are_no_jumps() -> None:
    noise = 0.03 * np.random.default_rng(0).standard_t(3, size=(40, len(SNAPSHOTS)))
    assert alarms(noise) <= 2


def test_noise_that_sets_in_or_grows_is_no_jump() -> None:
    white = 0.05 * np.random.default_rng(1).normal(size=(40, len(SNAPSHOTS)))
    at = np.random.default_rng(2).integers(40, 130, size=(40, 1))
    assert alarms(np.where(np.arange(len(SNAPSHOTS)) >= at, white, 0.01 * white)) <= 2
    assert alarms(white * np.linspace(0.0, 2.0, len(SNAPSHOTS))) <= 2


def test_a_bend_is_no_jump() -> None:
    for at in (200, 1000, 3000):
        kink = SNAPSHOTS**-0.2 * np.maximum(SNAPSHOTS / at, 1.0) ** -0.8
        decay = np.exp(-SNAPSHOTS / at) + 0.1
        for curve in (kink, 1.0 / kink, decay):
            for size in (0.0, 0.01):
                assert not len(find_jumps(SNAPSHOTS, noisy(curve, 9, size)).epoch)


def test_a_gradual_fall_is_no_jump() -> None:
    losses = np.exp(-0.5 / (1.0 + (SNAPSHOTS / 1000.0) ** -3.0))  # takes more than an e-fold
    assert not len(find_jumps(SNAPSHOTS, losses).epoch)


def test_rise_is_no_jump() -> None:
    losses = power_law() * np.where(EPOCHS >= 2000, 1.5, 1.0)
    assert not len(find_jumps(EPOCHS, noisy(losses, 1)).epoch)


def test_fall_below_the_least_is_no_jump() -> None:
    for fall, jumps in ((0.6 * MIN_FALL, 0), (3.0 * MIN_FALL, 1)):
        losses = power_law(0.01) * np.where(EPOCHS >= 2000, np.exp(-fall), 1.0)
        assert len(find_jumps(EPOCHS, noisy(losses, 2, 1e-3)).epoch) == jumps


@pytest.mark.parametrize("floor", [0.0, 0.05])
def test_smooth_curves_hardly_ever_fire(floor: float) -> None:
    random = np.random.default_rng(5)
    fired = 0
    for seed in range(100):
        exponent, size = random.uniform(0.1, 1.5), random.uniform(0.005, 0.2)
        losses = noisy(power_law(exponent) + floor, seed, size)
        fired += len(find_jumps(EPOCHS, losses).epoch)
    assert fired <= 2


@pytest.mark.parametrize("losses", [power_law(), power_law(1.5, 1e-6), power_law(0.0)])
def test_curves_without_noise_fire_nothing(losses: np.ndarray) -> None:
    jumps, seen = search_jumps(EPOCHS, losses)
    assert not len(jumps.epoch)
    assert (seen.power, seen.tells) == (1.0, True)
    assert MIN_FALL <= seen.least < 1.1 * MIN_FALL


def test_losses_without_a_logarithm_are_left_out() -> None:
    losses = noisy(power_law() * np.where(EPOCHS >= 2000, 0.5, 1.0), 4)
    holes = losses.copy()
    holes[[10, 500]] = 0.0, -1.0
    holes[[700, 3000]] = np.nan, np.inf
    bad = [10, 500, 700, 3000]
    without = np.delete(EPOCHS, bad), np.delete(losses, bad)
    np.testing.assert_array_equal(find_jumps(EPOCHS, holes), find_jumps(*without))
    with_start = np.append(0, EPOCHS), np.append(50.0, losses)  # epoch 0 has no logarithm either
    np.testing.assert_array_equal(find_jumps(*with_start), find_jumps(EPOCHS, losses))


@pytest.mark.parametrize("points", [0, 1, 2, 20])
def test_short_curves_have_no_jumps_that_could_be_told(points: int) -> None:
    losses = np.where(np.arange(points) < points // 2, 1.0, 0.1)
    jumps, seen = search_jumps(EPOCHS[:points], losses)
    assert [len(part) for part in jumps] == [0] * len(Jumps._fields)
    assert seen.power == 0.0
    assert np.isnan(seen.least)
    assert not seen.tells


def test_what_would_be_seen_depends_on_the_noise() -> None:
    seen = [search_jumps(SNAPSHOTS, noisy(SNAPSHOTS**-0.3, 3, s))[1] for s in (0.01, 0.03, 0.1)]
    assert [one.tells for one in seen] == [True, True, False]
    # By simulation (benchmarks/statistics/jumps.py), 95 % of steps of 10 % are seen in 3 % noise.
    assert 0.8 < seen[1].power < 1.0
    assert MIN_FALL < seen[0].least < seen[1].least < -np.log(0.9) < seen[2].least < -np.log(0.5)


def test_unit_of_the_loss_does_not_matter() -> None:
    losses = noisy(power_law() * np.where(EPOCHS >= 2000, 0.6, 1.0), 6)
    plain, scaled = find_jumps(EPOCHS, losses), find_jumps(EPOCHS, 1e4 * losses)
    assert len(plain.epoch) == 1
    np.testing.assert_allclose(scaled, plain, rtol=1e-8)
