"""Strings are found as they lie in a matrix; gauge, momenta and recurrence in closed form."""

from __future__ import annotations

from math import lcm, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_strings import planted, random_weights

from nnuniverse.physics.strings.gauge import gauge_residual, gauge_scales, unit_string
from nnuniverse.physics.strings.momenta import (
    dense_gram,
    gram_eigenvalues,
    momenta,
    momentum_residual,
    weight_eigenvalues,
)
from nnuniverse.physics.strings.recurrence import after_steps, recurrence_steps
from nnuniverse.physics.strings.string_net import Fault, find_fault

LENGTHS = st.lists(st.integers(1, 13), min_size=1, max_size=5)
SEEDS = st.integers(0, 2**16)


@settings(max_examples=40, deadline=None)
@given(LENGTHS, SEEDS, st.integers(0, 4))
def test_steps_are_those_of_the_matrix(lengths: list[int], seed: int, others: int) -> None:
    net, w = planted(lengths, random_weights(sum(lengths), seed), seed, others)
    x = np.random.default_rng(seed).normal(size=(3, len(w)))
    np.testing.assert_array_equal(net.forward(x[:, net.neurons]), (x @ w.T)[:, net.neurons])
    np.testing.assert_array_equal(net.backward(x[:, net.neurons]), (x @ w)[:, net.neurons])
    assert sorted(net.lengths) == sorted(lengths)
    assert net.neurons[net.starts].tolist() == sorted(net.neurons[net.starts])


@settings(max_examples=40, deadline=None)
@given(LENGTHS, SEEDS)
def test_the_gauge_makes_weights_equal(lengths: list[int], seed: int) -> None:
    net, w = planted(lengths, random_weights(sum(lengths), seed), seed)
    s, g, unit = gauge_scales(net), net.gains[net.cycle], unit_string(net)
    sites = w[np.ix_(net.neurons, net.neurons)]
    expected = g[:, None] * unit.forward(np.eye(net.sites)).T
    np.testing.assert_allclose(sites * s / s[:, None], expected, atol=2e-15 * net.sites)
    assert gauge_residual(net) < 2e-15 * max(lengths)
    for cycle in range(len(net.lengths)):
        on = net.cycle == cycle
        assert np.abs(np.log(np.abs(s[on])).sum()) < 1e-12
        assert (unit.weights[on] < 0).sum() == (np.prod(net.weights[on]) < 0)
    np.testing.assert_allclose(net.gains, np.abs(net.products) ** (1 / net.lengths))


def test_the_gauge_residual_sees_a_weight_that_is_off() -> None:
    net, _ = planted([6], random_weights(6))
    scales = gauge_scales(net)
    scales[2] *= 1.01
    fixed = net.weights * scales[net.before] / scales / net.gains[net.cycle]
    assert np.abs(fixed - unit_string(net).weights).max() > 9e-3


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("length", [1, 2, 3, 8, 11])
def test_momenta_in_closed_form(length: int, sign: float) -> None:
    net, _ = planted([length], np.where(np.arange(length) == 0, sign, 1.0))
    k = (2.0 * np.arange(length) + (sign < 0)) * np.pi / length
    np.testing.assert_array_equal(momenta(net), k)
    np.testing.assert_allclose(
        np.sort(np.linalg.eigvalsh(dense_gram(net))),
        np.sort(4.0 * np.sin(k / 2.0) ** 2),
        atol=4e-15,
    )
    assert momentum_residual(net) < 4e-15
    if sign < 0:
        assert gram_eigenvalues(net).min() > 1.0 / length**2  # no zero mode


def test_the_spectrum_of_w_is_gauge_invariant_that_of_g_is_not() -> None:
    weights = random_weights(9, positive=True)
    net, w = planted([9], weights / prod(weights) ** (1 / 9))
    found = np.linalg.eigvals(w)
    distance = np.abs(found[:, None] - weight_eigenvalues(net)).min(axis=0)
    assert distance.max() < 1e-14
    assert momentum_residual(unit_string(net)) < 4e-15
    assert momentum_residual(net) > 0.05


def test_equal_weights_of_any_size_and_sign() -> None:
    net, _ = planted([7, 4], -0.8)
    assert net.antiperiodic.tolist() == (net.lengths % 2 == 1).tolist()
    assert momentum_residual(net) < 4e-15


@settings(max_examples=30, deadline=None)
@given(LENGTHS, SEEDS)
def test_all_strings_are_back_together_at_the_recurrence_alone(
    lengths: list[int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    net, _ = planted(lengths, random.choice([-1.0, 1.0], sum(lengths)), seed)
    turns = [
        n * (2 if twisted else 1) for n, twisted in zip(net.lengths, net.antiperiodic, strict=True)
    ]
    back = recurrence_steps(net)
    assert back == lcm(*map(int, turns))
    x = random.integers(1, 1000, net.sites).astype(float) + np.arange(net.sites) * 1000.0
    np.testing.assert_array_equal(after_steps(net, x, back), x)
    for factor in {p for p in (2, 3, 5, 7, 11, 13) if back % p == 0}:
        assert (after_steps(net, x, back // factor) != x).any()


def test_recurrence_of_the_four_cycles() -> None:
    net, _ = planted([12, 7, 5, 1])
    assert recurrence_steps(net) == 420
    x = np.arange(25.0)
    stepped = x
    for _ in range(17):
        stepped = net.forward(stepped)
    np.testing.assert_array_equal(after_steps(net, x, 17), stepped)


@pytest.mark.parametrize(
    ("rows", "columns", "fault"),
    [
        ([1, 2, 0], [0, 1, 2], None),
        ([], [], None),
        ([1, 1, 0], [0, 2, 1], Fault(1, 2, "into")),
        ([1, 2, 0], [0, 0, 2], Fault(0, 2, "out of")),
        ([1, 2], [0, 1], Fault(0, 0, "into")),
        ([0, 1], [1, 2], Fault(0, 0, "out of")),
    ],
)
def test_what_is_no_string(rows: list[int], columns: list[int], fault: Fault | None) -> None:
    assert find_fault(np.array(rows, int), np.array(columns, int), 5) == fault
