"""Null strings are null to rounding, close, and for D = 2 are trivial."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from planted_strings import planted

from nnuniverse.physics.strings.energy_momentum import (
    energy_momentum,
    interval,
    light_cone_differences,
    null_residual,
)
from nnuniverse.physics.strings.gauge import unit_string
from nnuniverse.physics.strings.movers import left_mover, right_mover
from nnuniverse.physics.strings.null_strings import null_string

LENGTHS = [24, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("subsystems", [2, 3, 10])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("over", [1, 2])
def test_strings_of_any_length_are_null(subsystems: int, sign: float, over: Literal[1, 2]) -> None:
    sites = sum(LENGTHS)
    weights = np.ones(sites)
    weights[np.cumsum(LENGTHS) - LENGTHS] = sign
    net = unit_string(planted(LENGTHS, weights).net)
    start = null_string(net, subsystems, over, np.random.default_rng(subsystems))
    speed = net.forward(start) - (start if over == 1 else net.backward(start))
    assert null_residual(speed) < 2e-14
    moving = np.maximum.reduceat(np.abs(speed).max(axis=0), net.starts)
    still = {1: (1,), -1: ()}[int(sign)] if over == 1 else {1: (1, 2), -1: (1,)}[int(sign)]
    assert {int(n) for n in net.lengths[moving < 0.1]} == set(still)


def test_the_right_mover_stays_null_at_every_site_and_step() -> None:
    net = planted([24]).net
    path = right_mover(net, null_string(net, 3, 1, np.random.default_rng(0)), 50)
    assert null_residual(np.diff(path, axis=-2)) < 1e-14


def test_the_average_of_movers_that_are_null_over_two_steps_is_null() -> None:
    net, random = planted([24]).net, np.random.default_rng(0)
    for over, is_null in ((2, True), (1, False)):
        both = [null_string(net, 3, over, random) for _ in range(2)]  # type: ignore[arg-type]
        right, left = right_mover(net, both[0], 30), left_mover(net, both[1], 30)
        cone = light_cone_differences(net, (right + left) / 2.0)
        worst = max(null_residual(one) for one in cone)
        assert worst < 1e-14 if is_null else worst > 1e-3
        tensor = energy_momentum(net, (right + left) / 2.0)
        assert bool(np.abs(tensor).max() < 1e-13) is is_null


def test_directions_are_at_right_angles_however_near_they_are_drawn() -> None:
    net = planted([48]).net
    for seed in range(200):
        start = null_string(net, 3, 2, np.random.default_rng(seed))
        assert null_residual(net.backward(start) - net.forward(start)) < 2e-14


def test_of_two_subsystems_one_moves_alone() -> None:
    net = planted([24]).net
    start = null_string(net, 2, 1, np.random.default_rng(0))
    speed = net.forward(start) - start
    assert np.abs(speed).min(axis=0).max() < 1e-14
    assert np.abs(speed).max(axis=0).min() > 1e-3


def test_one_percent_off_is_seen() -> None:
    net = planted([24]).net
    start = null_string(net, 3, 1, np.random.default_rng(0))
    start[2] *= 1.01
    speed = net.forward(start) - start
    assert np.abs(interval(speed)).max() > 1e-3
