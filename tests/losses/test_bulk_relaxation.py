"""Relaxed states against the exact minimum of the valley they lie in."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import numpy as np
import pytest
from quick_jit import quick_jit
from small_nets import SAMPLES, SIZES, draw, loss_at

from nnuniverse.losses.bulk.descent import EXACT
from nnuniverse.losses.bulk.layered import NO_POTENTIAL, minimise
from nnuniverse.losses.bulk.relaxation import relax
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.propagation import Layer

TOLERANCE = 1e-4
MANY = 200


@partial(quick_jit, static_argnums=3)
def relax_net(net, inputs, targets, activation: str, tolerance: float, max_steps: int):
    first, *above = net
    arguments = inputs @ first.weights.T + first.bias
    return relax(arguments, tuple(above), ACTIVATIONS[activation], targets, tolerance, max_steps)


def relaxed(net, inputs, targets, activation: str, tolerance: float, max_steps: int = MANY):
    states, steps = relax_net(net, inputs, targets, activation, tolerance, max_steps)
    return [np.asarray(x) for x in states], int(steps)


@partial(quick_jit, static_argnums=3)
def minimum_near(net, inputs, targets, activation: str, states):
    """The exact minimum of the valley that states lie in, without a look beyond kinks."""
    first, *above = net
    arguments = inputs @ first.weights.T + first.bias
    function = replace(ACTIVATIONS[activation], kink=None)
    return minimise(arguments, tuple(above), function, targets, NO_POTENTIAL, EXACT, start=states)


def losses(net, inputs, targets, activation: str, states) -> np.ndarray:
    rows = zip(np.concatenate(states, axis=1), inputs, targets, strict=True)
    return np.array([loss_at(row, net, x, target, activation) for row, x, target in rows])


def forward_losses(net, inputs, targets, activation: str) -> np.ndarray:
    states = relaxed(net, inputs, targets, activation, TOLERANCE, max_steps=0)[0]
    return losses(net, inputs, targets, activation, states)


@pytest.mark.parametrize("gain", [1.0, 2.0])
@pytest.mark.parametrize("sizes", [(5, 6, 3), SIZES, (5, 6, 5, 5, 4, 3)], ids=len)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_sample_is_within_the_tolerance(activation: str, sizes, gain: float) -> None:
    net, inputs, targets = draw(gain, sizes)
    with jax.enable_x64(True):
        states, steps = relaxed(net, inputs, targets, activation, TOLERANCE)
        minimum = minimum_near(net, inputs, targets, activation, states)
    low, high = ACTIVATIONS[activation].range
    assert all(low <= x.min() and x.max() <= high for x in states)
    assert steps < MANY
    assert minimum.converged.all()
    gaps = losses(net, inputs, targets, activation, states) - np.asarray(minimum.loss)
    assert (gaps <= TOLERANCE * forward_losses(net, inputs, targets, activation)).all()


def test_does_not_stop_far_before_the_tolerance_nor_go_far_beyond() -> None:
    net, inputs, targets = draw(1.5)
    with jax.enable_x64(True):
        steps = [relaxed(net, inputs, targets, "tanh", t)[1] for t in (1e-2, 1e-6, 1e-10)]
    assert 1 < steps[0] < steps[1] < steps[2] < MANY


@pytest.mark.parametrize("max_steps", [1, 2, 3, 5])
def test_h_is_never_above_that_of_the_forward_pass(max_steps: int) -> None:
    net, inputs, targets = draw(5.0)
    with jax.enable_x64(True):
        states, steps = relaxed(net, inputs, targets, "tanh", 1e-8, max_steps)
        highest = forward_losses(net, inputs, targets, "tanh")
    assert steps == max_steps
    assert (losses(net, inputs, targets, "tanh", states) <= highest + 1e-15).all()


def test_a_sample_stays_where_it_is_done_whatever_the_others_need() -> None:
    net, inputs, targets = draw(1.5)
    with jax.enable_x64(True):
        together, steps = relaxed(net, inputs, targets, "tanh", TOLERANCE)
        alone = [
            relaxed(net, inputs[i : i + 1], targets[i : i + 1], "tanh", TOLERANCE)
            for i in range(SAMPLES)
        ]
    assert len({steps for _, steps in alone}) > 1
    assert max(steps for _, steps in alone) == steps
    for l, states in enumerate(together):
        expected = np.concatenate([found[l] for found, _ in alone])
        np.testing.assert_allclose(states, expected, rtol=1e-9, atol=1e-12)


def test_takes_no_step_where_the_outputs_are_the_targets() -> None:
    still = tuple(Layer(weights, np.zeros_like(bias)) for weights, bias in draw(1.0)[0])
    nothing = np.zeros((SAMPLES, SIZES[0])), np.zeros((SAMPLES, SIZES[-1]))
    with jax.enable_x64(True):
        states, steps = relaxed(still, *nothing, "tanh", TOLERANCE)
    assert steps == 0
    assert not any(x.any() for x in states)
