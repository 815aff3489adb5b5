"""Mini-batches that change their size: which size is due, and what an epoch of it is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import small_programs

from nnuniverse.training import (
    Batching,
    BatchRule,
    Doubling,
    NoiseScale,
    NormTest,
    Program,
    Rate,
    build_optimiser,
    doubled,
    ladder,
    state_arrays,
)
from nnuniverse.training.batch_rules import noise_of_groups
from nnuniverse.training.train_state import TrainState

pytestmark = pytest.mark.quick  # whose bits are compared is compiled alike

NOTHING = np.array([], np.int64)
SIZES = np.array([5.0, 10.0, 50.0])

DUE: list[tuple[BatchRule, int, int, float, int]] = [
    # rule, place before, epoch, noise scale, place
    (Doubling(2), 0, 1, np.nan, 0),
    (Doubling(2), 0, 2, np.nan, 0),
    (Doubling(2), 0, 3, np.nan, 1),
    (Doubling(2), 2, 99, np.nan, 2),
    (NoiseScale(0.5), 0, 9, 19.9, 0),
    (NoiseScale(0.5), 0, 9, 20.0, 1),
    (NoiseScale(0.5), 2, 9, 20.0, 1),
    (NoiseScale(0.5), 2, 9, 0.1, 0),
    (NoiseScale(0.5), 0, 9, 1e9, 2),
    (NoiseScale(0.5), 1, 9, np.nan, 1),
    # B / theta^2 is four times the scale.
    (NormTest(0.5), 0, 9, 1.25, 0),
    (NormTest(0.5), 0, 9, 1.26, 1),
    (NormTest(0.5), 2, 9, 1.26, 2),
    (NormTest(0.5), 0, 9, 1e9, 2),
    (NormTest(0.5), 1, 9, np.nan, 1),
]


@pytest.mark.parametrize("case", DUE, ids=str)
def test_the_size_that_is_due(case: tuple[BatchRule, int, int, float, int]) -> None:
    rule, before, epoch, scale, expected = case
    place = rule.place(jnp.asarray(SIZES), jnp.int32(before), jnp.int32(epoch), jnp.float32(scale))
    assert place.dtype == jnp.int32
    assert int(place) == expected


def test_sizes_divide_the_samples() -> None:
    assert ladder(6000, 25, 6000) == (25, 50, 100, 200, 400, 1000, 2000, 6000)
    assert ladder(6000, 25, 399) == (25, 50, 100, 200)
    assert ladder(7, 1, 7) == (1, 7)
    assert doubled(6000, 25, 6000) == (25, 50, 100, 200, 400)
    assert doubled(6000, 25, 100) == (25, 50, 100)


def test_noise_is_estimated_from_groups() -> None:
    gradients = np.random.default_rng(3).normal(size=(40, 6)) + 0.5
    drawn = np.random.default_rng(4).integers(0, 40, (8, 5))

    def gradient(parameters: dict, group: jax.Array) -> tuple[dict, dict]:
        mean = jnp.asarray(gradients)[group].mean(axis=0)
        return {}, {"a": mean[:2], "b": mean[2:]}

    with jax.enable_x64(True):
        start = {"a": jnp.zeros(2), "b": jnp.zeros(4)}
        found = noise_of_groups(gradient, start, jnp.asarray(drawn))
    means = gradients[drawn].mean(axis=1)
    noise = 5 * means.var(axis=0, ddof=1).sum()
    signal = (means.mean(axis=0) ** 2).sum() - noise / 40
    np.testing.assert_allclose(found, (noise, signal), rtol=1e-12)


def program(batching: Batching | None, rate: Rate, batch: int = 5) -> Program:
    return replace(
        small_programs.build(seeds=(3, 1), names=()),
        optimiser=partial(build_optimiser, "sgd", steps_per_epoch=50 // batch),
        rate=rate,
        batch=batch,
        parts=1,
        batching=batching,
    )


def assert_same(one: TrainState, other: TrainState) -> None:
    for name in ("parameters", "silent_weights"):
        for left, right in zip(
            jax.tree.leaves(getattr(one, name)), jax.tree.leaves(getattr(other, name)), strict=True
        ):
            np.testing.assert_array_equal(left, right)


def test_an_epoch_of_a_size_is_one_of_batches_of_that_size() -> None:
    growing = program(Batching((5, 10), Doubling(1), probe=0, rate_grows=True), Rate(0.1))
    whole = growing.run(growing.initial_state(), 1, 2, NOTHING)
    np.testing.assert_array_equal(whole.of_epochs["batch_size"], [[5.0, 10.0], [5.0, 10.0]])
    small, large = program(None, Rate(0.1)), program(None, Rate(0.2), batch=10)
    first = small.run(small.initial_state(), 1, 1, NOTHING)
    second = large.run(first.state, 2, 2, NOTHING)
    assert_same(whole.state, second.state)
    np.testing.assert_array_equal(whole.running_loss[:, 1:], second.running_loss)


def test_schedules_are_in_epochs_and_a_cut_run_is_the_same() -> None:
    rate = Rate(0.1, "piecewise", boundaries=(1.5,), factors=(0.0,))
    batching = Batching((5, 10, 50), NoiseScale(0.5), probe=30)
    falling = program(batching, rate)
    whole = falling.run(falling.initial_state(), 1, 3, NOTHING)
    # From the middle of the second epoch on nothing moves.
    cut = falling.run(falling.initial_state(), 1, 2, NOTHING)
    assert_same(whole.state, cut.state)
    rest = falling.run(cut.state, 3, 3, NOTHING)
    for name, array in state_arrays(rest.state).items():
        np.testing.assert_array_equal(array, state_arrays(whole.state)[name])
    sizes = whole.of_epochs["batch_size"]
    np.testing.assert_array_equal(rest.of_epochs["batch_size"], sizes[:, 2:])
    assert set(sizes.ravel()) <= {5.0, 10.0, 50.0}
    # Half of the second epoch is as if the rate were constant.
    steady = program(None, Rate(0.1))
    assert_same(
        falling.run(falling.initial_state(), 1, 1, NOTHING).state,
        steady.run(steady.initial_state(), 1, 1, NOTHING).state,
    )
