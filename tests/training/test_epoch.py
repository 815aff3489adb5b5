"""An epoch is a function of what it is given: it needs no program, device or segment."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from small_programs import build

from nnuniverse.losses import boundary_loss
from nnuniverse.networks.propagation import Layer, forward
from nnuniverse.precision import in_float64
from nnuniverse.training import NEVER, TrainState, boundary_objective, replica_keys
from nnuniverse.training.epoch import train_epoch

pytestmark = pytest.mark.quick

RATE = 0.3
SGD = optax.sgd(RATE)
PROGRAM = build(seeds=(3,))
INPUTS, TARGETS = PROGRAM.train.inputs, PROGRAM.train.targets
SAMPLES = len(INPUTS)


@pytest.fixture
def state() -> TrainState:
    """A replica without silent inputs."""
    random = np.random.default_rng(5)
    sizes = [INPUTS.shape[1], 6, TARGETS.shape[1]]
    net = tuple(
        Layer(jnp.asarray(random.normal(size=(m, n)), jnp.float32), jnp.zeros(m, jnp.float32))
        for n, m in pairwise(sizes)
    )
    key = jax.random.key_data(replica_keys(3)[1])
    return TrainState(net, jnp.zeros((6, 0)), SGD.init(net), key, jnp.int32(NEVER))


@in_float64
def after_an_epoch(state: TrainState, epoch: int = 1, **changed) -> tuple:
    how = {
        "objective": boundary_objective(PROGRAM.settings),
        "optimiser": SGD,
        "batch": SAMPLES,
        "parts": 1,
        "shuffle": False,
        **changed,
    }
    inputs, targets = jnp.asarray(INPUTS), jnp.asarray(TARGETS)
    return train_epoch(state, jnp.int32(epoch), inputs, targets, **how)


def mean_loss(net) -> jax.Array:
    return boundary_loss(forward(net, INPUTS, PROGRAM.settings.activation), TARGETS).mean()


def test_one_batch_is_one_step_down_the_gradient(state: TrainState) -> None:
    after, means = after_an_epoch(state)
    loss, gradient = jax.value_and_grad(mean_loss)(state.parameters)
    expected = jax.tree.map(lambda weight, slope: weight - RATE * slope, state.parameters, gradient)
    for actual, leaf in zip(
        jax.tree.leaves(after.parameters), jax.tree.leaves(expected), strict=True
    ):
        np.testing.assert_allclose(actual, leaf, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(means["running_boundary_loss"], loss, rtol=1e-5)


def test_the_order_is_that_of_the_epoch_and_not_of_what_came_before(state: TrainState) -> None:
    first, again, second = (
        after_an_epoch(state, epoch, batch=7, shuffle=True)[0].parameters[0].weights
        for epoch in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, second)


def test_a_replica_that_diverges_stays_as_it_was(state: TrainState) -> None:
    after, _ = after_an_epoch(state, 9, optimiser=optax.sgd(np.inf))
    assert after.diverged_epoch == 9
    for kept, before in zip(
        jax.tree.leaves(after.parameters), jax.tree.leaves(state.parameters), strict=True
    ):
        np.testing.assert_array_equal(kept, before)
