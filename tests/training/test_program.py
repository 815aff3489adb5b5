"""The compiled training loop: right numbers, and the same numbers however it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice, pairwise
from types import SimpleNamespace

import jax
import numpy as np
import plain_loop
import pytest
from quick_jit import quick_jit

from nnuniverse.networks.initialisation import initialise
from nnuniverse.training import (
    NEVER,
    Program,
    Segment,
    TrainState,
    random_order,
    restore_state,
    segments,
    state_arrays,
)
from nnuniverse.training import program as training_program
from nnuniverse.training.segment import EPOCHS_PER_SEGMENT, SNAPSHOTS_PER_SEGMENT

# On one worker, which compiles the programs once.
pytestmark = pytest.mark.xdist_group("training")

Build = Callable[..., Program]

MANY = 1000
"""Segments that no test comes near: a loop that does not end shall fail, not fill the memory."""


def assert_same(one: TrainState, other: TrainState) -> None:
    """Bit for bit."""
    first, second = state_arrays(one), state_arrays(other)
    assert first.keys() == second.keys()
    for name in first:
        assert first[name].dtype == second[name].dtype
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


def replica_of(state: TrainState, replica: int) -> TrainState:
    return jax.tree.map(lambda array: np.asarray(array)[replica : replica + 1], state)


def net_of(program: Program, state: TrainState, replica: int) -> plain_loop.Net:
    return [
        (np.asarray(layer.weights[replica]), np.asarray(layer.bias[replica]))
        for layer in program.parameters(state)
    ]


def keys_of(seed: int) -> tuple[jax.Array, jax.Array]:
    """The keys that a seed stands for: of the initial weights, and of the order of the samples."""
    weights_key, shuffle_key = jax.random.split(jax.random.key(seed, impl="threefry2x32"))
    return weights_key, shuffle_key


@pytest.fixture(scope="module")
def order() -> Callable[[int, int], np.ndarray]:
    """The order in which a seed visits the 50 samples in an epoch."""
    draw = quick_jit(lambda key, epoch: random_order(jax.random.fold_in(key, epoch), 50))

    def drawn(seed: int, epoch: int) -> np.ndarray:
        with jax.enable_x64(True):
            return np.asarray(draw(keys_of(seed)[1], np.int32(epoch)))

    return drawn


# --- right numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize("initialiser", ["glorot_normal", "orthogonal"])
def test_the_first_state_does_not_depend_on_how_it_is_compiled(
    build: Build, initialiser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_ways = {"sizes": (12, 14, 3), "names": ()}  # a matrix that is high and one that is wide
    quickly = replace(build(**both_ways), initialiser=initialiser).initial_state()
    monkeypatch.setattr(training_program, "RUNS_ONCE", {})
    optimised = replace(build(**both_ways), initialiser=initialiser).initial_state()
    assert_same(optimised, quickly)


def test_agrees_with_a_plain_loop(
    program: Program, untrained: TrainState, trained: Segment, order
) -> None:
    epochs = trained.last
    running = trained.running_loss
    assert running.shape == (len(program.seeds), epochs)
    for replica, seed in enumerate(program.seeds):
        start = [(w.astype(float), b.astype(float)) for w, b in net_of(program, untrained, replica)]
        expected, losses = plain_loop.train(
            start,
            program.train.inputs.astype(float),
            program.train.targets.astype(float),
            [order(seed, epoch) for epoch in range(1, epochs + 1)],
            batch=16,
            rate=lambda progress: 0.1 * (1.0 - 0.8 * progress),
            decay=0.8,
        )
        # 48 steps in float32 against float64: measured 1e-7 here and 6e-7 below.
        np.testing.assert_allclose(running[replica], losses, rtol=2e-6)
        for actual, layer, before in zip(
            net_of(program, trained.state, replica), expected, start, strict=True
        ):
            for array, plain, untouched in zip(actual, layer, before, strict=True):
                assert np.abs(plain - untouched).max() > 0.05, "too little training to tell"
                np.testing.assert_allclose(array, plain, rtol=0, atol=2e-6)
    assert (trained.diverged_epoch == NEVER).all()


def test_starts_from_the_documented_keys(program: Program, untrained: TrainState) -> None:
    draw = quick_jit(
        lambda key: initialise(key, program.settings.architecture, "glorot_uniform", 1.5)
    )
    for replica, seed in enumerate(program.seeds):
        weights_key, shuffle_key = keys_of(seed)
        for actual, layer in zip(
            net_of(program, untrained, replica), draw(weights_key), strict=True
        ):
            np.testing.assert_allclose(actual[0], layer.weights, rtol=1e-6)
            np.testing.assert_array_equal(actual[1], 0.0)
        np.testing.assert_array_equal(
            untrained.shuffle_key[replica], jax.random.key_data(shuffle_key)
        )
        assert untrained.diverged_epoch[replica] == NEVER


def test_measures_the_whole_net_of_the_epoch(
    program: Program, untrained: TrainState, trained: Segment
) -> None:
    np.testing.assert_array_equal(trained.snapshots, [0, 1, 5, 12])
    for position, epoch in enumerate(trained.snapshots):
        state = untrained
        if epoch:
            state = program.run(untrained, 0, int(epoch), np.array([0])).state
        for replica in range(len(program.seeds)):
            net = net_of(program, state, replica)
            for l, (weights, bias) in enumerate(net, start=1):
                measured = trained.observables[f"snapshot_weights_{l}"][replica, position]
                np.testing.assert_array_equal(measured, weights)
                measured = trained.observables[f"snapshot_bias_{l}"][replica, position]
                np.testing.assert_array_equal(measured, bias)
            double = [(w.astype(float), b.astype(float)) for w, b in net]
            for name, samples in (("", program.train), ("test_", program.test)):
                loss, _ = plain_loop.gradient(
                    double, samples.inputs.astype(float), samples.targets.astype(float)
                )
                measured = trained.observables[f"{name}boundary_loss"][replica, position]
                np.testing.assert_allclose(measured, loss, rtol=1e-13)


def test_results_are_float64_and_shaped_as_declared(program: Program, trained: Segment) -> None:
    assert trained.running_loss.dtype == np.float64
    assert trained.observables.keys() == {o.name for o in program.observables}
    for observable in program.observables:
        values = trained.observables[observable.name]
        assert values.shape == (3, 4, *observable.shape(program.settings))
        assert values.dtype == observable.dtype
    assert (trained.first, trained.last) == (0, 12)


def test_results_keep_no_more_memory_than_they_fill(trained: Segment) -> None:
    # A run keeps the results of every segment: a view into its buffers would keep those too.
    for array in (trained.running_loss, *trained.observables.values()):
        assert array.base is None or array.base.nbytes <= array.nbytes


def test_silent_inputs_take_no_part(
    program: Program, untrained: TrainState, trained: Segment
) -> None:
    np.testing.assert_array_equal(program.inputs.silent, [2, 7])
    # The training step does not see them at all; that it equals one that does is shown above.
    assert trained.state.parameters[0].weights.shape == (3, 6, 10)
    for replica in range(3):
        before = net_of(program, untrained, replica)[0][0]
        after = net_of(program, trained.state, replica)[0][0]
        assert before.shape == after.shape == (6, 12)
        assert np.any(before[:, [2, 7]])
        np.testing.assert_array_equal(after[:, [2, 7]], before[:, [2, 7]])
        assert not np.any(np.delete(after == before, [2, 7], axis=1))


def test_every_epoch_visits_every_sample_in_a_new_order(order) -> None:
    orders = [order(3, epoch) for epoch in range(1, 13)]
    for visited in orders:
        np.testing.assert_array_equal(np.sort(visited), np.arange(50))
    assert len({visited.tobytes() for visited in orders}) == 12


# --- the same numbers -------------------------------------------------------------------------


def test_segments_change_nothing(program: Program, untrained: TrainState, trained: Segment) -> None:
    state, parts = untrained, []
    for first, last in ((0, 0), (1, 3), (4, 4), (5, 12)):
        parts.append(program.run(state, first, last, trained.snapshots))
        state = parts[-1].state
    assert_same(state, trained.state)
    losses = np.concatenate([part.running_loss for part in parts], axis=1)
    np.testing.assert_array_equal(losses, trained.running_loss)
    np.testing.assert_array_equal(
        np.concatenate([part.snapshots for part in parts]), trained.snapshots
    )
    for name, whole in trained.observables.items():
        pieces = np.concatenate([part.observables[name] for part in parts], axis=1)
        np.testing.assert_array_equal(pieces, whole, err_msg=name)


@pytest.mark.parametrize("snapshots", [[], [0], range(13), [3, 4, 400]])
def test_when_to_measure_changes_nothing(
    program: Program, untrained: TrainState, trained: Segment, snapshots
) -> None:
    snapshots = np.array(snapshots, np.int64)
    other = program.run(untrained, 0, 12, snapshots)
    assert_same(other.state, trained.state)
    np.testing.assert_array_equal(other.running_loss, trained.running_loss)
    np.testing.assert_array_equal(other.snapshots, snapshots[snapshots <= 12])
    _, here, there = np.intersect1d(other.snapshots, trained.snapshots, return_indices=True)
    for name, values in other.observables.items():
        np.testing.assert_array_equal(values[:, here], trained.observables[name][:, there])


def test_what_to_measure_changes_nothing(
    build: Build, untrained: TrainState, trained: Segment
) -> None:
    other = build(names=()).run(untrained, 0, 12, trained.snapshots)
    assert_same(other.state, trained.state)
    np.testing.assert_array_equal(other.running_loss, trained.running_loss)
    assert other.observables == {}


@pytest.fixture(scope="module")
def alone(build: Build) -> Program:
    """The second replica's seed in a run of its own."""
    return build(seeds=(1,))


def test_a_replica_trains_bit_identically_to_a_run_of_its_seed_alone(
    program: Program, trained: Segment, alone: Program
) -> None:
    assert program.seeds[1] == 1
    single = alone.run(alone.initial_state(), 0, 12, trained.snapshots)
    assert_same(single.state, replica_of(trained.state, 1))
    np.testing.assert_array_equal(single.running_loss[0], trained.running_loss[1])


def test_a_replica_measures_the_same_as_a_run_of_its_seed_alone(
    program: Program, untrained: TrainState, alone: Program
) -> None:
    every_epoch = np.arange(13)
    together = program.run(untrained, 0, 12, every_epoch)
    for replica in range(3):
        single = alone.run(replica_of(untrained, replica), 0, 12, every_epoch)
        for name, values in single.observables.items():
            measured = together.observables[name][replica]
            # The net is the same bit by bit; only sums over samples may be taken in another order.
            np.testing.assert_allclose(values[0], measured, rtol=1e-13, atol=1e-14, err_msg=name)


def test_batched_replicas_agree_to_rounding(
    build: Build, program: Program, untrained: TrainState, trained: Segment
) -> None:
    assert not program.batch_replicas, "on a CPU replicas run one after another"
    batched = build(batch_replicas=True).run(untrained, 0, 12, trained.snapshots)
    np.testing.assert_allclose(batched.running_loss, trained.running_loss, rtol=2e-6)
    for name, array in state_arrays(trained.state).items():
        np.testing.assert_allclose(
            state_arrays(batched.state)[name], array, rtol=0, atol=2e-6, err_msg=name
        )
    # At the untrained net, which is bit-identical, rounding is that of float64.
    assert trained.snapshots[0] == 0
    for name, values in trained.observables.items():
        np.testing.assert_allclose(
            batched.observables[name][:, 0], values[:, 0], rtol=1e-10, atol=1e-12, err_msg=name
        )


def test_a_restored_state_continues_bit_identically(
    program: Program, untrained: TrainState, trained: Segment
) -> None:
    halfway = program.run(untrained, 0, 5, trained.snapshots)
    restored = restore_state(untrained, state_arrays(halfway.state))
    continued = program.run(restored, 6, 12, trained.snapshots)
    assert_same(continued.state, trained.state)
    np.testing.assert_array_equal(continued.running_loss, trained.running_loss[:, 5:])


# --- the host's loop --------------------------------------------------------------------------


def test_segments_cover_the_run_and_change_nothing(
    program: Program, untrained: TrainState, trained: Segment
) -> None:
    snapshots = np.arange(SNAPSHOTS_PER_SEGMENT + 9)
    epochs = int(snapshots[-1])
    parts = list(islice(segments(program, untrained, 0, epochs, snapshots), MANY))
    assert parts[0].first == 0
    assert parts[-1].last == epochs
    assert all(one.last + 1 == two.first for one, two in pairwise(parts))
    np.testing.assert_array_equal(np.concatenate([part.snapshots for part in parts]), snapshots)
    losses = np.concatenate([part.running_loss for part in parts], axis=1)
    assert losses.shape == (3, epochs)
    whole = program.run(untrained, 0, epochs, np.array([0]))
    np.testing.assert_array_equal(losses, whole.running_loss)
    assert_same(parts[-1].state, whole.state)
    # From the middle, as a resumed run does.
    resumed = list(islice(segments(program, trained.state, 13, epochs, snapshots), MANY))
    assert resumed[0].first == 13
    np.testing.assert_array_equal(resumed[0].snapshots[0], 13)
    assert_same(resumed[-1].state, whole.state)


@pytest.mark.parametrize("every", [1, 7, 10_000])
def test_segments_keep_to_the_room_on_the_device(every: int) -> None:
    calls = []

    def run(state: int, first: int, last: int, snapshots: np.ndarray) -> SimpleNamespace:
        measured = np.sum((snapshots >= first) & (snapshots <= last))
        calls.append((first, last, measured))
        return SimpleNamespace(first=first, ended=False, state=state + 1)

    epochs = 3 * EPOCHS_PER_SEGMENT
    stub = SimpleNamespace(run=run)
    list(islice(segments(stub, 0, 0, epochs, np.arange(0, epochs + 1, every)), MANY))
    assert max(last - first + 1 for first, last, _ in calls) <= EPOCHS_PER_SEGMENT
    assert max(measured for *_, measured in calls) <= SNAPSHOTS_PER_SEGMENT
    visited = np.concatenate([np.arange(first, last + 1) for first, last, _ in calls])
    np.testing.assert_array_equal(visited, np.arange(epochs + 1))


def test_the_precision_of_the_callers_jax_stays(program: Program, untrained: TrainState) -> None:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", False)
    try:
        program.run(untrained, 1, 1, np.array([1]))
        assert not jax.config.jax_enable_x64
    finally:
        jax.config.update("jax_enable_x64", before)
