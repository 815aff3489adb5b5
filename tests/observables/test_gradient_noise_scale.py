"""The gradient noise scale: a linear model whose gradients have a known covariance."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.losses import boundary_loss
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.propagation import Layer, Parameters, forward
from nnuniverse.observables import NoiseAndSignal, Samples, noise_and_signal
from nnuniverse.observables.gradient_noise_scale import gradient_noise_scale

INPUTS, NOISE = 4, 0.5
AWAY = np.array([0.3, -0.1, 0.2, 0.0])
"""Weights less those of the targets."""
SIGNAL = AWAY @ AWAY
TRACE = (INPUTS + 2) * SIGNAL + (INPUTS + 1) * NOISE**2
"""Of inputs x ~ N(0, 1), g = (x d - e) (x, 1): E|g|^2 = (n + 3) |d|^2 + (n + 1) <e^2>; G = d."""


def linear(random: np.random.Generator, count: int) -> Samples:
    inputs = random.normal(size=(count, INPUTS))
    errors = inputs @ AWAY - NOISE * random.normal(size=count)
    return Samples(inputs, -errors[:, None], np.zeros(count))


def estimated(samples: Samples) -> NoiseAndSignal:
    net = (Layer(jnp.zeros((1, INPUTS)), jnp.zeros(1)),)
    return gradient_noise_scale(net, samples, ACTIVATIONS["identity"])


def test_both_estimates_are_unbiased() -> None:
    drawn = [linear(np.random.default_rng(seed), 20) for seed in range(2000)]
    with jax.enable_x64(True):
        stacked = Samples(*(jnp.asarray(np.stack(part)) for part in zip(*drawn, strict=True)))
        found = jax.jit(jax.vmap(estimated))(stacked)
    for values, true in zip(found, (TRACE, SIGNAL), strict=True):
        error = np.std(values) / np.sqrt(len(values))
        assert abs(np.mean(values) - true) < 4 * error
        # The mean of the squares is too large by tr Sigma / 20, which is seen at four of them.
        assert error < TRACE / 20 / 4
    assert (np.asarray(found.signal) <= 0.0).any()
    assert np.isnan(np.asarray(found.scale)[np.asarray(found.signal) <= 0.0]).all()


def test_many_samples_tell_the_scale_of_a_linear_model() -> None:
    found = estimated(linear(np.random.default_rng(3), 200_000)).scale
    np.testing.assert_allclose(found, TRACE / SIGNAL, rtol=0.03)


def test_it_is_that_of_the_gradients_of_single_samples() -> None:
    random = np.random.default_rng(5)
    sizes = (5, 4, 3)
    net: Parameters = tuple(
        Layer(jnp.asarray(random.normal(size=(n, m))), jnp.asarray(random.normal(size=n)))
        for m, n in pairwise(sizes)
    )
    samples = Samples(random.normal(size=(7, 5)), random.normal(size=(7, 3)), np.zeros(7))

    def loss(net: Parameters, inputs: jax.Array, targets: jax.Array) -> jax.Array:
        outputs = forward(net, inputs[None], ACTIVATIONS["tanh"])
        return boundary_loss(outputs, targets[None])[0]

    with jax.enable_x64(True):
        net = jax.tree.map(lambda array: array.astype(jnp.float64), net)
        gradients = jax.vmap(jax.grad(loss), (None, 0, 0))(net, *samples[:2])
    flat = np.concatenate([np.reshape(leaf, (7, -1)) for leaf in jax.tree.leaves(gradients)], 1)
    noise = flat.var(axis=0, ddof=1).sum()
    signal = (flat.mean(axis=0) ** 2).sum() - noise / 7
    found = gradient_noise_scale(net, samples, ACTIVATIONS["tanh"])
    np.testing.assert_allclose(found, (noise, signal), rtol=1e-10)


def test_groups_tell_the_noise_of_single_samples() -> None:
    random = np.random.default_rng(2)
    gradients = random.normal(size=(40_000, 5, 3)) + np.array([0.3, 0.0, 0.0])
    means = gradients.mean(axis=1)
    sums = (means**2).sum(), (means.mean(axis=0) ** 2).sum()
    found = noise_and_signal(*map(np.asarray, sums), groups=40_000, group=5)
    np.testing.assert_allclose(found, (3.0, 0.09), rtol=0.02)
