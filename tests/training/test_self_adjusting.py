"""Optimisers that adjust their steps: against their papers' formulas and by their options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small_programs

from nnuniverse.training import (
    Plateau,
    Program,
    Rate,
    build_optimiser,
    state_arrays,
)
from nnuniverse.training.epoch import mean_objective
from nnuniverse.training.self_adjusting import OfLoss, steps_of

pytestmark = pytest.mark.quick

STEPS = 7
START = np.array([0.5, -1.0, 2.0])
RANDOM = np.random.default_rng(9)
GRADIENTS = RANDOM.normal(size=(STEPS, 3))
VALUES = RANDOM.uniform(0.5, 2.0, STEPS)

ADAM = {"b1": 0.8, "b2": 0.95, "eps": 1e-3}
OPTIONS: dict[str, dict[str, Any]] = {
    "momo": {"beta": 0.7, "lower_bound": 0.1, "adapt_lower_bound": False},
    "momo_adam": {**ADAM, "lower_bound": 0.1, "adapt_lower_bound": False},
    "prodigy": {
        **ADAM,
        "first_distance": 1e-2,
        "beta3": 0.9,
        "coefficient": 1.5,
        "safeguard_warmup": True,
        "weight_decay": 0.0,
    },
    "dadapt_adamw": {**ADAM, "first_distance": 1e-2, "weight_decay": 0.0},
    "cocob": {"alpha": 3.0, "eps": 1e-4},
}


def visited(
    optimiser: optax.GradientTransformation,
    gradients: np.ndarray = GRADIENTS,
    values: np.ndarray = VALUES,
) -> np.ndarray:
    """The parameters after each step, in float32 as in training."""

    def step(carry: tuple[jax.Array, Any], met: tuple[jax.Array, jax.Array]) -> Any:
        parameters, state = carry
        updates, state = steps_of(optimiser, met[0], state, parameters, lambda: met[1])
        parameters = optax.apply_updates(parameters, updates)
        return (parameters, state), parameters

    start = jnp.asarray(START, jnp.float32)
    met = jnp.asarray(gradients, jnp.float32), jnp.asarray(values, jnp.float32)
    run = jax.jit(lambda: jax.lax.scan(step, (start, optimiser.init(start)), met)[1])
    return np.asarray(run())


HALF = Rate(0.5)


def built(name: str, rate: Rate = HALF) -> optax.GradientTransformation:
    return build_optimiser(name, rate, steps_per_epoch=2, **OPTIONS[name])


def program_with(optimiser: Callable[[Rate], optax.GradientTransformation]) -> Program:
    """A program of one seed that measures nothing."""
    program = small_programs.build(seeds=(3,), names=())
    return replace(program, optimiser=optimiser, rate=Rate(0.1))


def test_momo_goes_as_far_as_its_model_of_the_loss_reaches_the_bound() -> None:
    # Algorithm 1 of 2305.07583.
    beta, bound, rate = 0.7, 0.1, 0.5
    direction = gamma = mean = 0.0
    parameters, expected, lengths = START.copy(), [], []
    for step, (gradient, value) in enumerate(zip(GRADIENTS, VALUES, strict=True)):
        share = beta if step else 0.0
        mean = share * mean + (1 - share) * value
        gamma = share * gamma + (1 - share) * gradient @ parameters
        direction = share * direction + (1 - share) * gradient
        height = max(mean + direction @ parameters - gamma - bound, 0.0)
        lengths.append(height / (direction @ direction))
        parameters = parameters - min(rate, lengths[-1]) * direction
        expected.append(parameters)
    assert min(lengths) < rate < max(lengths)
    np.testing.assert_allclose(visited(built("momo")), expected, rtol=0, atol=3e-6)


def test_momo_adam_does_so_in_the_metric_of_adam() -> None:
    # Algorithm 2 of 2305.07583, without weight decay.
    b1, b2, eps, bound, rate = 0.8, 0.95, 1e-3, 0.1, 0.5
    direction, square = np.zeros(3), np.zeros(3)
    gamma = mean = 0.0
    parameters, expected, lengths = START.copy(), [], []
    for step, (gradient, value) in enumerate(zip(GRADIENTS, VALUES, strict=True), start=1):
        mean = b1 * mean + (1 - b1) * value
        gamma = b1 * gamma + (1 - b1) * gradient @ parameters
        direction = b1 * direction + (1 - b1) * gradient
        square = b2 * square + (1 - b2) * gradient**2
        metric = eps + np.sqrt(square / (1 - b2**step))
        first = 1 - b1**step
        height = max(mean + direction @ parameters - gamma - first * bound, 0.0)
        lengths.append(height / (direction @ (direction / metric)))
        parameters = parameters - min(rate / first, lengths[-1]) * direction / metric
        expected.append(parameters)
    np.testing.assert_allclose(visited(built("momo_adam")), expected, rtol=0, atol=5e-6)


def test_prodigy_estimates_the_distance_to_the_solution() -> None:
    # Algorithm 4 of 2306.06101, with the bias correction of its authors' code.
    b1, b2, b3, eps, first, rate = 0.8, 0.95, 0.9, 1e-3, 1e-2, 5.0
    mean, square, total, numerator, distance = np.zeros(3), np.zeros(3), np.zeros(3), 0.0, first
    parameters, expected = START.copy(), []
    downhill = np.abs(GRADIENTS)  # of one sign, so that the distance is seen to be larger
    for step, gradient in enumerate(downhill, start=1):
        corrected = distance * rate * np.sqrt(1 - b2**step) / (1 - b1**step)
        scaled = distance * gradient
        mean = b1 * mean + (1 - b1) * scaled
        square = b2 * square + (1 - b2) * scaled**2
        total = b3 * total + distance * scaled / first
        numerator = b3 * numerator
        numerator += distance / first * corrected * gradient @ (START - parameters)
        distance = max(distance, 1.5 * numerator / np.abs(total).sum())
        parameters = parameters - corrected * mean / (np.sqrt(square) + distance * eps)
        expected.append(parameters)
    assert distance > first
    found = visited(built("prodigy", Rate(rate)), downhill)
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=3e-6)


def test_cocob_bets_the_reward_of_every_weight() -> None:
    # Algorithm 2 of 1705.07795.
    alpha = 3.0
    largest, absolute, reward, total = np.full(3, 1e-4), np.zeros(3), np.zeros(3), np.zeros(3)
    parameters, expected = START.copy(), []
    for gradient in GRADIENTS:
        largest = np.maximum(largest, np.abs(gradient))
        absolute = absolute + np.abs(gradient)
        reward = np.maximum(reward - gradient * (parameters - START), 0.0)
        total = total - gradient
        share = total / (largest * np.maximum(absolute + largest, alpha * largest))
        parameters = START + share * (largest + reward)
        expected.append(parameters)
    np.testing.assert_allclose(visited(built("cocob")), expected, rtol=0, atol=3e-6)


def test_dadapt_is_that_of_optax_with_its_options() -> None:
    optimiser = optax.contrib.dadapt_adamw(0.5, betas=(0.8, 0.95), eps=1e-3, estim_lr0=1e-2)
    np.testing.assert_array_equal(visited(built("dadapt_adamw")), visited(optimiser))


@pytest.mark.parametrize("name", OPTIONS)
def test_a_zero_gradient_is_a_zero_step(name: str) -> None:
    gradients = GRADIENTS.copy()
    gradients[:, 1] = 0.0
    parameters = visited(built(name), gradients)
    np.testing.assert_array_equal(parameters[:, 1], START[1].astype("f4"))
    assert np.all(parameters[:, 0] != START[0])


@pytest.mark.parametrize("name", OPTIONS)
def test_the_first_gradient_may_come_late(name: str) -> None:
    # Distances are estimated by ratios of sums of gradients.
    gradients = np.concatenate([np.zeros((2, 3)), GRADIENTS])
    parameters = visited(built(name), gradients, np.concatenate([[1.0, 1.0], VALUES]))
    np.testing.assert_array_equal(parameters[:2], np.stack([START, START]).astype("f4"))
    assert np.isfinite(parameters).all()
    assert np.all(parameters[-1] != START)


@pytest.mark.parametrize("name", ["momo", "momo_adam", "prodigy", "dadapt_adamw"])
def test_the_rate_follows_its_schedule(name: str) -> None:
    falling = visited(built(name, Rate(0.5, "piecewise", boundaries=(1,), factors=(0.01,))))
    steady = visited(built(name))
    np.testing.assert_array_equal(falling[:2], steady[:2])
    assert np.all(np.abs(np.diff(falling[1:], axis=0)) < np.abs(np.diff(steady[1:], axis=0)).max())
    assert np.any(falling[2:] != steady[2:])


def test_the_rate_falls_where_the_mean_of_an_epoch_no_longer_does() -> None:
    # Epochs of two steps; no better than the first, which is 1, in the second and third.
    values = np.array([0.5, 1.5, 1.4, 0.6, 1.2, 0.8, 3.0, 3.0])
    plateau = Plateau(factor=0.5, patience=2, tolerance=0.1)
    optimiser = build_optimiser("sgd", Rate(0.5), steps_per_epoch=2, plateau=plateau)
    parameters = visited(optimiser, np.ones((8, 3)), values)[:, 0]
    taken = -np.diff(parameters, prepend=START[0])
    np.testing.assert_allclose(taken, 0.5 * np.array([1, 1, 1, 1, 1, 0.5, 0.5, 0.5]), rtol=1e-5)


def test_the_value_is_the_mean_loss_of_the_batch_and_terms() -> None:
    losses = {"running_boundary_loss": jnp.float32(6.0), "other": jnp.float32(1.0)}
    assert mean_objective(losses, "running_boundary_loss", 4) == 1.5
    assert mean_objective({**losses, "running_terms": -4.0}, "running_boundary_loss", 4) == 0.5


def test_what_needs_no_value_has_the_program_that_it_has_without() -> None:
    def make(rate: Rate) -> optax.GradientTransformation:
        return build_optimiser("adam", rate, steps_per_epoch=4, b1=0.9, b2=0.999, eps=1e-8)

    def plain(rate: Rate) -> optax.GradientTransformation:
        return optax.adam(rate.initial)

    ours, bare = (program_with(made).lowered.as_text() for made in (make, plain))
    assert ours == bare
    reading = program_with(lambda rate: OfLoss(*plain(rate)))
    assert reading.lowered.as_text() != bare


def test_a_run_cut_in_two_is_the_same_run() -> None:
    # Of both averages of momo's and the plateau's means and counts.
    plateau = Plateau(patience=1, tolerance=0.9)

    def make(rate: Rate) -> optax.GradientTransformation:
        made = build_optimiser("momo", rate, steps_per_epoch=4, **OPTIONS["momo"])
        return plateau.after(optax.GradientTransformationExtraArgs(*made), 4)

    program = program_with(make)
    nothing = np.array([], np.int64)
    whole = program.run(program.initial_state(), 1, 4, nothing)
    first = program.run(program.initial_state(), 1, 2, nothing)
    second = program.run(first.state, 3, 4, nothing)
    for one, other in zip(
        state_arrays(whole.state).values(), state_arrays(second.state).values(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(whole.running_loss[:, 2:], first.running_loss)
