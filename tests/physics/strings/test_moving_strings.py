"""Movers obey the wave equation, the action and conservation; saturating ones decay."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_strings import planted, random_weights

from nnuniverse.physics.strings.energy_momentum import (
    conservation_defect,
    conservation_residual,
    energy_momentum,
    interval,
    light_cone_differences,
)
from nnuniverse.physics.strings.found_strings import FoundStrings
from nnuniverse.physics.strings.gauge import gauge_scales, unit_string
from nnuniverse.physics.strings.identities import IDENTITIES, identity_residuals
from nnuniverse.physics.strings.lattice_action import action_gradient, lattice_action
from nnuniverse.physics.strings.movers import (
    in_unit_gauge,
    left_mover,
    linear,
    right_mover,
    windows,
)
from nnuniverse.physics.strings.saturation import tanh_decay, transported
from nnuniverse.physics.strings.smooth_strings import smooth_string
from nnuniverse.physics.strings.string_net import StringNet
from nnuniverse.physics.strings.wave_equation import relative_size, wave_defect

CYCLES = [12, 7, 5, 1]
LENGTHS = st.lists(st.integers(1, 13), min_size=1, max_size=5)
SEEDS = st.integers(0, 2**16)


def both(net: StringNet, steps: int = 20, subsystems: int = 3, seed: int = 0) -> np.ndarray:
    """Return movers that begin with even whole numbers, (2, D, steps + 1, sites)."""
    start = 2.0 * np.random.default_rng(seed).integers(-9, 10, (2, subsystems, net.sites))
    return np.stack([right_mover(net, start[0], steps), left_mover(net, start[1], steps)])


@settings(max_examples=40, deadline=None)
@given(LENGTHS, SEEDS)
def test_the_wave_equation_is_exact_in_whole_numbers(lengths: list[int], seed: int) -> None:
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], sum(lengths))
    for weights in (1.0, signs):
        net, _ = planted(lengths, weights, seed)
        movers = both(net, seed=seed)
        for states in (*movers, movers.mean(axis=0)):
            assert not wave_defect(net, states).any()
            assert not action_gradient(net, states).any()
        average = movers.mean(axis=0)
        assert not conservation_defect(net, energy_momentum(net, average)).any()


def test_the_average_of_the_four_cycles_and_a_weight_that_is_off() -> None:
    net, w = planted(CYCLES)
    average = both(net).mean(axis=0)
    around = average @ (w + w.T)[np.ix_(net.neurons, net.neurons)]
    np.testing.assert_array_equal(average[:, 2:] + average[:, :-2], around[:, 1:-1])
    off, _ = planted(CYCLES, 1.01)
    states = both(off).mean(axis=0)
    assert relative_size(wave_defect(off, states), states) > 1e-3


@settings(max_examples=25, deadline=None)
@given(LENGTHS, SEEDS)
def test_unequal_weights_move_alike_in_the_gauge(lengths: list[int], seed: int) -> None:
    net, _ = planted(lengths, random_weights(sum(lengths), seed), seed)
    movers = both(net, seed=seed)
    unit, scales = unit_string(net), gauge_scales(net)
    gauged = in_unit_gauge(net, movers)
    for own, step, scale, seen in zip(
        movers, (right_mover, left_mover), (1.0 / scales, scales), gauged, strict=True
    ):
        expected = step(unit, own[:, 0] * scale, 20)
        np.testing.assert_allclose(seen, expected, atol=1e-12 * np.abs(expected).max())


def test_small_gains_end_before_numbers_do() -> None:
    net, _ = planted([4], 1e-3)
    movers = np.stack([right_mover(net, np.ones((1, 4)), 200)])
    gauged = in_unit_gauge(net, movers)
    assert 60 < gauged.shape[-2] < 200
    np.testing.assert_allclose(gauged, 1.0, rtol=1e-11)


def test_light_cone_differences_are_those_of_one_mover() -> None:
    net, _ = planted(CYCLES)
    right, left = both(net)
    cone = light_cone_differences(net, (right + left) / 2.0)
    np.testing.assert_array_equal(cone.left[:, 1:], (left[:, 2:] - left[:, :-2]) / 2.0)
    np.testing.assert_array_equal(cone.right[:, 1:], (right[:, 2:] - right[:, :-2]) / 2.0)
    tensor = energy_momentum(net, (right + left) / 2.0)
    np.testing.assert_array_equal(tensor[0, 1:], tensor[0, :-1][:, net.after])
    np.testing.assert_array_equal(tensor[1, 1:], tensor[1, :-1][:, net.before])
    assert tensor.any()


def test_energy_is_not_conserved_off_shell() -> None:
    net, _ = planted(CYCLES)
    states = both(net).mean(axis=0)
    states = states + 1e-3 * np.random.default_rng(0).normal(size=states.shape)
    assert conservation_residual(net, states) > 1e-5


def test_the_interval_is_that_of_one_time_and_d_places() -> None:
    d = np.random.default_rng(0).normal(size=(4, 6))
    eta = np.diag([-1.0, 1.0, 1.0, 1.0, 1.0])
    with_time = np.concatenate([d.sum(axis=0, keepdims=True), d])
    np.testing.assert_allclose(interval(d), np.einsum("mi,mn,ni->i", with_time, eta, with_time))


def test_the_gradient_of_the_action_is_that_of_automatic_differentiation() -> None:
    net, w = planted(CYCLES, random_weights(25))
    states = np.random.default_rng(0).normal(size=(2, 6, 25))
    sites = w[np.ix_(net.neurons, net.neurons)]

    def action(x: jax.Array) -> jax.Array:
        apart = x - x @ sites.T
        return 0.5 * ((x[:, 1:] - x[:, :-1]) ** 2 - apart[:, :-1] ** 2).sum()

    with jax.enable_x64(True):
        value, slope = jax.value_and_grad(action)(jnp.asarray(states))
    assert lattice_action(net, states).sum() == pytest.approx(float(value), rel=1e-13)
    np.testing.assert_allclose(action_gradient(net, states), slope[:, 1:-1], atol=2e-14)


def test_noise_leaves_the_stationary_paths() -> None:
    net, _ = planted(CYCLES)
    states = both(net).mean(axis=0)
    noisy = states + 1e-3 * np.random.default_rng(0).normal(size=states.shape)
    assert np.abs(action_gradient(net, noisy)).max() > 3e-3


def test_tanh_strings_hand_on_and_decay() -> None:
    net, _ = planted([24])
    start = np.random.default_rng(0).uniform(-2.0, 2.0, (1, 24))
    path = right_mover(net, start, 2000, np.tanh)
    by_hand = start
    for _ in range(50):
        by_hand = np.tanh(by_hand)
    np.testing.assert_array_equal(path[:, 50], np.roll(by_hand, 50, axis=1))
    np.testing.assert_array_equal(path[:, 50], transported(net, start, 50, np.tanh))
    large = np.abs(start) > 0.5
    ratio = np.abs(path[:, 2000][:, :])[large[:, (np.arange(24) - 2000 % 24) % 24]] / tanh_decay(
        2000
    )
    assert ratio.min() > 0.99
    assert ratio.max() < 1.0


def test_weighted_strings_hand_on_what_they_carry() -> None:
    net, _ = planted(CYCLES, random_weights(25))
    start = np.random.default_rng(0).normal(size=(3, 25))
    path = right_mover(net, start, 30, np.tanh)
    for t in (0, 1, 30):
        np.testing.assert_array_equal(path[:, t], transported(net, start, t, np.tanh))


@pytest.mark.parametrize("count", [1, 2])
def test_every_identity_is_measured(count: int) -> None:
    net, _ = planted(CYCLES, random_weights(25))
    movers = both(net, steps=40)[:count]
    found = {one.name: one for one in identity_residuals(net, movers, linear)}
    assert list(found) == list(IDENTITIES)
    for name in ("gauge", "spectrum of G", "recurrence", "wave equation", "action"):
        assert found[name].equal < 1e-13
    assert found["energy-momentum"].equal < 1e-12
    assert found["transport"].as_they_are == 0.0
    for name in ("spectrum of G", "recurrence", "wave equation", "action", "energy-momentum"):
        assert found[name].as_they_are > 0.01
    assert found["null constraint"].equal > 0.1


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_smooth_strings_are_of_their_lowest_waves(sign: float) -> None:
    net, _ = planted([30, 3], np.where(np.arange(33) % 30 == 0, sign, 1.0))
    unit = unit_string(net)
    states = smooth_string(unit, 2, np.random.default_rng(0))
    assert np.abs(states).max() == 1.0
    around = unit.forward(states) + unit.backward(states) - 2.0 * states
    long = around[:, net.lengths[net.cycle] == 30]
    assert np.abs(long).max() < (2.0 * np.pi * 3 / 30) ** 2


def test_orders_of_the_continuum_limit() -> None:
    errors = []
    for sites in (100, 200):
        net, h = planted([sites])[0], 2.0 * np.pi / sites
        place = h * net.position
        path = right_mover(net, np.exp(np.cos(place)), 2)
        slope = np.sin(place - h) * np.exp(np.cos(place - h))  # d/dtau f(sigma - tau) at step 1
        one_sided, central = (path[2] - path[1]) / h, (path[2] - path[0]) / (2.0 * h)
        errors.append([np.abs(found - slope).max() for found in (one_sided, central)])
    orders = np.log2(np.divide(*errors))
    np.testing.assert_allclose(orders, [1.0, 2.0], atol=0.02)


@pytest.mark.parametrize("movers", [1, 2])
@pytest.mark.parametrize("weight", [1.0, -0.9])
def test_few_steps_at_a_time_say_the_same(
    movers: int, weight: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, _ = planted(CYCLES, weight)
    states = both(net, steps=11)[:movers] + 1e-3 * np.random.default_rng(0).random((3, 12, 25))
    found = FoundStrings(net, states, identity_residuals(net, states, linear))
    monkeypatch.setattr("nnuniverse.physics.strings.movers.NUMBERS_AT_ONCE", 1)
    assert len(list(windows(states))) == 10
    again = FoundStrings(net, states, identity_residuals(net, states, linear))
    assert repr(again.residuals) == repr(found.residuals)
    for (name, one), (_, other) in zip(found.variables, again.variables, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=str(name))
