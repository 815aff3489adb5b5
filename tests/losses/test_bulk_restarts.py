"""Restarts find a lower minimum where there is one, and say so."""

from __future__ import annotations

import jax
import numpy as np
from quick_jit import quick_jit
from small_nets import SAMPLES, draw

from nnuniverse.losses import LocalObjective, Restarts, restarted_bulk_minimum
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.propagation import Layer


def restarts_of(net, inputs, targets, name: str = "tanh", mass: float = 0.0) -> Restarts:
    @quick_jit
    def restarted(net, inputs, targets, key):
        local = LocalObjective(mass)
        return restarted_bulk_minimum(net, ACTIVATIONS[name], inputs, targets, key, 6, local)

    with jax.enable_x64(True):
        return jax.tree.map(np.asarray, restarted(net, inputs, targets, jax.random.key(7)))


def test_a_linear_net_has_one_minimum() -> None:
    found = restarts_of(*draw(1.0), name="identity")
    assert found.losses.shape == (6, SAMPLES)
    np.testing.assert_allclose(found.losses, np.tile(found.forward.loss, (6, 1)), rtol=1e-9)


def test_lowest_is_the_least_of_all() -> None:
    found = restarts_of(*draw(3.0))
    every = np.vstack([found.losses, found.forward.loss[None]])
    np.testing.assert_array_equal(found.lowest, np.nanmin(every, axis=0))


def test_the_other_side_of_a_barrier_is_found() -> None:
    # H = (x - tanh b)^2/2 + (1 - tanh 9x)^2/2 with b < 0: the forward pass starts at x < 0, where
    # the slope of tanh 9x is nothing, and the lower minimum is at x > 0.
    net = (Layer(np.zeros((1, 1)), np.array([-0.6])), Layer(np.full((1, 1), 9.0), np.zeros(1)))
    found = restarts_of(net, np.zeros((1, 1)), np.ones((1, 1)))
    x = np.linspace(-1.0, 1.0, 2_000_001)
    grid = 0.5 * (x - np.tanh(-0.6)) ** 2 + 0.5 * (1.0 - np.tanh(9.0 * x)) ** 2
    np.testing.assert_allclose(found.lowest[0], grid.min(), rtol=1e-9)
    assert found.forward.loss[0] > 1.5 * grid.min()
