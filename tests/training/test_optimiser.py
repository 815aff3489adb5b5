"""Learning algorithms and learning rates against their formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import optax
import pytest
from quick_jit import quick_jit

from nnuniverse.training import Rate, build_optimiser

STEPS = 6
START = np.array([0.5, -1.0, 2.0])
GRADIENTS = np.random.default_rng(9).normal(size=(STEPS, 3))


def steps_of(optimiser: optax.GradientTransformation, gradients: np.ndarray) -> np.ndarray:
    """The parameters after each step, in float32 as in training."""

    def run(start: jax.Array, gradients: jax.Array) -> jax.Array:
        def step(carry: tuple[jax.Array, Any], gradient: jax.Array) -> tuple[Any, jax.Array]:
            updates, state = optimiser.update(gradient, carry[1], carry[0])
            parameters = optax.apply_updates(carry[0], updates)
            return (parameters, state), parameters

        return jax.lax.scan(step, (start, optimiser.init(start)), gradients)[1]

    return np.asarray(quick_jit(run)(START.astype("f4"), gradients.astype("f4")))


def sgd(rate: float) -> Callable[[np.ndarray, int], np.ndarray]:
    return lambda gradient, step: rate * gradient


def momentum(rate: float, decay: float, nesterov: bool) -> Callable[[np.ndarray, int], np.ndarray]:
    velocity = np.zeros(3)

    def update(gradient: np.ndarray, step: int) -> np.ndarray:
        nonlocal velocity
        velocity = decay * velocity + gradient
        return rate * (decay * velocity + gradient if nesterov else velocity)

    return update


def decayed(
    update: Callable[[np.ndarray, int], np.ndarray], rate: float, decay: float
) -> Callable[[np.ndarray, int, np.ndarray], np.ndarray]:
    """Also take rate * decay * w: decoupled, since no moment of the gradient knows of it."""
    return lambda gradient, step, w: update(gradient, step) + rate * decay * w


def clipped(
    update: Callable[[np.ndarray, int], np.ndarray], norm: float
) -> Callable[[np.ndarray, int], np.ndarray]:
    return lambda gradient, step: update(gradient * min(1.0, norm / np.linalg.norm(gradient)), step)


def adam(rate: float, b1: float, b2: float, eps: float) -> Callable[[np.ndarray, int], np.ndarray]:
    mean, square = np.zeros(3), np.zeros(3)

    def update(gradient: np.ndarray, step: int) -> np.ndarray:
        nonlocal mean, square
        mean = b1 * mean + (1 - b1) * gradient
        square = b2 * square + (1 - b2) * gradient**2
        unbiased_mean, unbiased_square = mean / (1 - b1**step), square / (1 - b2**step)
        return rate * unbiased_mean / (np.sqrt(unbiased_square) + eps)

    return update


CASES = {
    "sgd": ("sgd", {}, sgd(0.3)),
    "momentum": (
        "momentum",
        {"decay": 0.7, "nesterov": False},
        momentum(0.3, 0.7, False),
    ),
    "nesterov": (
        "momentum",
        {"decay": 0.7, "nesterov": True},
        momentum(0.3, 0.7, True),
    ),
    # A large eps, so that it and where it stands are seen.
    "adam": (
        "adam",
        {"b1": 0.8, "b2": 0.95, "eps": 0.1},
        adam(0.3, 0.8, 0.95, 0.1),
    ),
    # Of the six gradients some are longer than this, and some are not.
    "clipped": ("sgd", {"clip_norm": 1.4}, clipped(sgd(0.3), 1.4)),
    "clipped momentum": (
        "momentum",
        {"decay": 0.7, "nesterov": False, "clip_norm": 1.4},
        clipped(momentum(0.3, 0.7, False), 1.4),
    ),
}


ADAM = {"b1": 0.8, "b2": 0.95, "eps": 0.1}
MOMENTUM = {"decay": 0.7, "nesterov": True}
DECAYING = {
    "sgd": ("sgd", {"weight_decay": 0.2}, decayed(sgd(0.3), 0.3, 0.2)),
    "nesterov": (
        "momentum",
        {**MOMENTUM, "weight_decay": 0.2},
        decayed(momentum(0.3, 0.7, True), 0.3, 0.2),
    ),
    "adam": ("adam", {**ADAM, "weight_decay": 0.2}, decayed(adam(0.3, 0.8, 0.95, 0.1), 0.3, 0.2)),
    "adamw": ("adamw", {**ADAM, "weight_decay": 0.5}, decayed(adam(0.3, 0.8, 0.95, 0.1), 0.3, 0.5)),
}


@pytest.mark.parametrize("case", DECAYING)
def test_weight_decay(case: str) -> None:
    name, options, update = DECAYING[case]
    optimiser = build_optimiser(name, Rate(0.3), steps_per_epoch=2, **options)
    parameters, expected = START.copy(), []
    for step, gradient in enumerate(GRADIENTS, start=1):
        parameters = parameters - update(gradient, step, parameters)
        expected.append(parameters)
    np.testing.assert_allclose(steps_of(optimiser, GRADIENTS), expected, rtol=0, atol=2e-6)


def test_decay_follows_the_learning_rate() -> None:
    rate = Rate(0.3, "linear", final=0.5, epochs=3)
    optimiser = build_optimiser("sgd", rate, steps_per_epoch=2, weight_decay=0.2)
    factors = 1.0 - 0.2 * 0.3 * (1.0 - 0.5 * np.arange(STEPS) / 2 / 3)
    expected = START * np.cumprod(factors)[:, None]
    np.testing.assert_allclose(steps_of(optimiser, np.zeros((STEPS, 3))), expected, rtol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_updates(case: str) -> None:
    name, options, update = CASES[case]
    optimiser = build_optimiser(name, Rate(0.3), steps_per_epoch=2, **options)
    parameters, expected = START.copy(), []
    for step, gradient in enumerate(GRADIENTS, start=1):
        parameters = parameters - update(gradient, step)
        expected.append(parameters)
    np.testing.assert_allclose(steps_of(optimiser, GRADIENTS), expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("case", CASES)
def test_a_zero_gradient_is_a_zero_step(case: str) -> None:
    # For weights whose gradient is always zero, which the training step leaves out.
    name, options, _ = CASES[case]
    optimiser = build_optimiser(name, Rate(0.3, "cosine", epochs=3), steps_per_epoch=2, **options)
    gradients = GRADIENTS.copy()
    gradients[:, 1] = 0.0
    parameters = steps_of(optimiser, gradients)
    np.testing.assert_array_equal(parameters[:, 1], START[1].astype("f4"))
    assert np.all(parameters[:, 0] != START[0])


RATES = {
    "constant": (Rate(0.4), {0: 0.4, 50: 0.4, 100: 0.4}),
    "linear": (
        Rate(0.4, "linear", final=0.25, epochs=100),
        {0: 0.4, 50: 0.25, 75: 0.175, 100: 0.1},
    ),
    "linear to zero": (Rate(0.4, "linear", epochs=100), {0: 0.4, 25: 0.3, 100: 0.0}),
    "cosine": (
        Rate(0.4, "cosine", final=0.5, epochs=100),
        {0: 0.4, 100 / 3: 0.35, 50: 0.3, 200 / 3: 0.25, 100: 0.2},
    ),
    "exponential": (Rate(0.4, "exponential", half_life=20.0), {0: 0.4, 20: 0.2, 60: 0.05}),
    "piecewise": (
        Rate(0.4, "piecewise", boundaries=(20, 50.0), factors=(0.5, 2)),
        {0: 0.4, 19.99: 0.4, 20: 0.2, 49.9: 0.2, 50: 0.8, 100: 0.8},
    ),
}
"""The learning rate at some epochs of 100."""


@pytest.mark.parametrize("name", RATES)
def test_rates(name: str) -> None:
    rate, expected = RATES[name]
    epochs = np.array(list(expected))
    actual = jax.jit(rate.at)(epochs)
    np.testing.assert_allclose(actual, list(expected.values()), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["linear", "cosine", "exponential"])
def test_rates_follow_the_steps_of_the_optimiser(name: str) -> None:
    rate, _ = RATES[name]
    optimiser = build_optimiser("sgd", rate, steps_per_epoch=5)
    parameters = steps_of(optimiser, np.ones((12, 3)))[:, 0]
    taken = -np.diff(parameters, prepend=START[0])
    epochs = np.arange(12) / 5
    expected = {
        "linear": 0.4 * (1 - 0.75 * epochs / 100),
        "cosine": 0.4 * (0.5 + 0.25 * (1 + np.cos(np.pi * epochs / 100))),
        "exponential": 0.4 * 0.5 ** (epochs / 20),
    }[name]
    # Differences of parameters of size five in float32.
    np.testing.assert_allclose(taken, expected, rtol=0, atol=1e-6)
    assert np.abs(np.diff(expected[:2])) > 0.0
