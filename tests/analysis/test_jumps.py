"""Jumps and plateaus of curves that were made with or without them."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.analysis.jumps import MIN_FALL, find_jumps
from nnuniverse.analysis.plateaus import find_plateaus
from nnuniverse.analysis.smooth_curves import BINS_PER_E_FOLD

EPOCHS = np.arange(1, 10_001)


def power_law(exponent: float = 0.5, level: float = 2.0) -> np.ndarray:
    return level * EPOCHS**-exponent


def noisy(losses: np.ndarray, seed: int, size: float = 0.03) -> np.ndarray:
    return losses * np.exp(size * np.random.default_rng(seed).normal(size=losses.shape))


@pytest.mark.parametrize("at", [300, 2000, 6000])
@pytest.mark.parametrize("fall", [0.2, 0.7])
def test_step_in_a_power_law_is_found(at: int, fall: float) -> None:
    losses = power_law() * np.where(at <= EPOCHS, np.exp(-fall), 1.0)
    jumps = find_jumps(EPOCHS, noisy(losses, at))
    assert len(jumps.epoch) == 1
    np.testing.assert_allclose(jumps.epoch, at, rtol=2.0 / BINS_PER_E_FOLD)
    np.testing.assert_allclose(jumps.fall, fall, atol=0.1)


def test_two_steps_are_two_jumps() -> None:
    losses = power_law() * np.where(EPOCHS >= 200, 0.6, 1.0) * np.where(EPOCHS >= 3000, 0.7, 1.0)
    jumps = find_jumps(EPOCHS, noisy(losses, 0, 0.01))
    np.testing.assert_allclose(jumps.epoch, [200.0, 3000.0], rtol=0.1)
    assert (jumps.score > 5.0).all()


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
    assert not len(find_jumps(EPOCHS, losses).epoch)


def test_power_law_stays_one_in_bins() -> None:
    from nnuniverse.analysis.smooth_curves import smooth_log_curve
    curve = smooth_log_curve(EPOCHS, power_law(0.8, 3.0))
    np.testing.assert_allclose(
        curve.log_loss, np.log(3.0) - 0.8 * np.log(curve.epoch), rtol=0, atol=1e-12
    )
    assert curve.points.sum() == len(EPOCHS)
    # Every epoch up to 20 has a bin of its own; later ones hold a twentieth of the time so far.
    np.testing.assert_allclose(curve.epoch[:20], np.arange(1, 21), rtol=1e-14)
    late = np.diff(np.log(curve.epoch[-21:-1]))  # the last bin is not full
    np.testing.assert_allclose(late, 1.0 / BINS_PER_E_FOLD, rtol=0.01)


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


def test_steady_fall_has_no_plateau() -> None:
    assert not len(find_plateaus(EPOCHS, power_law(0.5)).first)
    # At an exponent of 0.1, the band of 5 % is a factor e^0.5 = 1.6 wide, and 1.5 is enough.
    assert len(find_plateaus(EPOCHS, power_law(0.1)).first) > 0


def test_losses_without_a_logarithm_are_left_out() -> None:
    losses = noisy(power_law() * np.where(EPOCHS >= 2000, 0.5, 1.0), 4)
    holes = losses.copy()
    holes[[10, 500]] = 0.0, -1.0
    holes[[700, 3000]] = np.nan, np.inf
    bad = [10, 500, 700, 3000]
    without = np.delete(EPOCHS, bad), np.delete(losses, bad)
    np.testing.assert_array_equal(find_jumps(EPOCHS, holes), find_jumps(*without))
    np.testing.assert_array_equal(find_plateaus(EPOCHS, holes), find_plateaus(*without))
    with_start = np.append(0, EPOCHS), np.append(50.0, losses)  # epoch 0 has no logarithm either
    np.testing.assert_array_equal(find_jumps(*with_start), find_jumps(EPOCHS, losses))


@pytest.mark.parametrize("points", [0, 1, 2, 20])
def test_short_curves_have_no_jumps(points: int) -> None:
    losses = np.where(np.arange(points) < points // 2, 1.0, 0.1)
    assert [len(part) for part in find_jumps(EPOCHS[:points], losses)] == [0, 0, 0, 0]
    find_plateaus(EPOCHS[:points], losses)
    missing = np.full(points, np.nan)
    assert not len(find_plateaus(EPOCHS[:points], missing).first)


def test_unit_of_the_loss_does_not_matter() -> None:
    losses = noisy(power_law() * np.where(EPOCHS >= 2000, 0.6, 1.0), 6)
    plain, scaled = find_jumps(EPOCHS, losses), find_jumps(EPOCHS, 1e4 * losses)
    assert len(plain.epoch) == 1
    np.testing.assert_allclose(scaled, plain, rtol=1e-8)
    plain, scaled = find_plateaus(EPOCHS, losses), find_plateaus(EPOCHS, 1e4 * losses)
    np.testing.assert_allclose(scaled.first, plain.first)
    np.testing.assert_allclose(scaled.level, 1e4 * plain.level)
