"""Replicas that explode are stopped at their last finite weights; the others do not notice."""

from __future__ import annotations

from functools import partial
from itertools import islice

import numpy as np
import pytest

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer
from nnuniverse.observables import Samples, Settings, select_observables
from nnuniverse.training import (
    NEVER,
    Program,
    Rate,
    TrainState,
    boundary_objective,
    build_optimiser,
    segments,
    state_arrays,
)

# On one worker, which compiles the programs once.
pytestmark = [pytest.mark.xdist_group("training"), pytest.mark.quick]

RATE = np.float32(4.0)
BATCH = 8
EPOCHS = 40
random = np.random.default_rng(6)
INPUTS = random.uniform(0, 1, (20, 4)).astype(np.float32)
TARGETS = random.normal(size=(20, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def program() -> Program:
    """A linear net without shuffling whose learning rate is far too large.

    Every step multiplies the distance from the optimum by a large factor, so a replica with large
    initial weights overflows early and one with small ones late.
    """
    samples = Samples(INPUTS, TARGETS, np.zeros(20, np.int32))
    settings = Settings(Layered((4, 2)), ACTIVATIONS["identity"], complexity_n=(2,))
    return Program(
        settings=settings,
        observables=select_observables(["mu2"], settings),
        objective=boundary_objective(settings),
        initialiser="glorot_uniform",
        gain=1.0,
        optimiser=partial(build_optimiser, "sgd", steps_per_epoch=3),
        rate=Rate(float(RATE)),
        batch=BATCH,
        parts=2,
        shuffle=False,
        seeds=(0, 1),
        train=samples,
        test=samples,
    )


@pytest.fixture(scope="module")
def ordinary(program: Program) -> TrainState:
    return program.initial_state()


@pytest.fixture(scope="module")
def exploding(ordinary: TrainState) -> TrainState:
    """The same with weights a hundred million times as large in replica 1."""
    (layer,) = ordinary.parameters
    larger = np.array([1.0, 1e8], np.float32)
    weights = np.asarray(layer.weights) * larger[:, None, None]
    return ordinary._replace(parameters=(Layer(weights, np.asarray(layer.bias)),))


def plain_run(weights: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
    """Train one replica in float32 by NumPy until loss or weights are not finite.

    Returns that epoch, and weights and bias after the epoch before it.
    """
    bias = np.zeros(2, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(1, 1000):
            before = weights, bias
            total = 0.0
            for start in range(0, 20, BATCH):
                x, target = INPUTS[start : start + BATCH], TARGETS[start : start + BATCH]
                error = x @ weights.T + bias - target
                total += np.float32(0.5) * np.mean(np.sum(error**2, axis=1)) * len(x)
                weights = weights - RATE * error.T @ x / np.float32(len(x))
                bias = bias - RATE * error.mean(axis=0)
            finite = [np.isfinite(array).all() for array in (total, weights, bias)]
            if not all(finite):
                return epoch, *before
    raise AssertionError("did not explode")


def test_is_stopped_at_its_last_finite_weights(program: Program, exploding: TrainState) -> None:
    start = np.asarray(exploding.parameters[0].weights)
    late, *late_net = plain_run(start[0])
    early, *early_net = plain_run(start[1])
    assert 2 <= early < late - 2 < late < EPOCHS
    never = np.array([], np.int64)

    before = program.run(exploding, 1, early - 1, never)
    np.testing.assert_array_equal(before.diverged_epoch, [NEVER, NEVER])
    after = program.run(exploding, 1, early, never)
    np.testing.assert_array_equal(after.diverged_epoch, [NEVER, early])
    both = program.run(after.state, early + 1, EPOCHS, never)
    np.testing.assert_array_equal(both.diverged_epoch, [late, early])

    for array, last_finite in zip(
        both.state.parameters[0], before.state.parameters[0], strict=True
    ):
        assert np.isfinite(array).all()
        np.testing.assert_array_equal(array[1], last_finite[1])
    for replica, net in enumerate((late_net, early_net)):
        for array, plain in zip(both.state.parameters[0], net, strict=True):
            # Rounding of float32 over some thirty steps.
            np.testing.assert_allclose(array[replica], plain, rtol=1e-4)


def test_the_others_do_not_notice(
    program: Program, ordinary: TrainState, exploding: TrainState
) -> None:
    early, *_ = plain_run(np.asarray(exploding.parameters[0].weights)[1])
    due = np.array([0, early, early + 2])
    alone = program.run(ordinary, 0, early + 2, due)
    beside = program.run(exploding, 0, early + 2, due)
    np.testing.assert_array_equal(alone.diverged_epoch, [NEVER, NEVER])
    np.testing.assert_array_equal(beside.diverged_epoch, [NEVER, early])
    for name, array in state_arrays(alone.state).items():
        np.testing.assert_array_equal(state_arrays(beside.state)[name][0], array[0], err_msg=name)
    np.testing.assert_array_equal(beside.running_loss[0], alone.running_loss[0])
    np.testing.assert_array_equal(beside.observables["mu2"][0], alone.observables["mu2"][0])


def test_training_ends_when_every_replica_has_diverged(
    program: Program, exploding: TrainState
) -> None:
    late, *_ = plain_run(np.asarray(exploding.parameters[0].weights)[0])
    parts = list(islice(segments(program, exploding, 0, 10**5, np.array([0, 10**5])), 100))
    assert late <= parts[-1].last < 10**5
    assert (parts[-1].diverged_epoch != NEVER).all()
    assert all((part.diverged_epoch == NEVER).any() for part in parts[:-1])
