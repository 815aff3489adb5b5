"""Initial weights against the formulas of their distributions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from nnuniverse.networks.initialisation import INITIALISERS, initialise
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Parameters

SENDING, RECEIVING = 200, 300
CUT = float(scipy.stats.truncnorm.std(-2, 2))
"""Standard deviation of the unit normal cut at two."""

GLOROT = 2.0 / (SENDING + RECEIVING)
HE = 2.0 / SENDING
UNIFORM = np.sqrt(3.0)
NORMAL = 2.0 / CUT
DISTRIBUTIONS = {
    # name: (variance, bound in standard deviations)
    "glorot_uniform": (GLOROT, UNIFORM),
    "glorot_normal": (GLOROT, NORMAL),
    "he_uniform": (HE, UNIFORM),
    "he_normal": (HE, NORMAL),
    "truncated_normal": (CUT**2, NORMAL),
}


compiled = jax.jit(initialise, static_argnums=(1, 2))


def net(sizes: tuple[int, ...], initialiser: str, gain: float = 1.0, seed: int = 7) -> Parameters:
    # This generator compiles five times as fast as the default.
    key = jax.random.key(seed, impl="unsafe_rbg")
    return compiled(key, Layered(sizes), initialiser, gain)


def test_every_initialiser_is_covered() -> None:
    assert set(INITIALISERS) == {*DISTRIBUTIONS, "orthogonal"}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_variance_and_bounds(name: str) -> None:
    variance, bound = DISTRIBUTIONS[name]
    (layer,) = net((SENDING, RECEIVING), name)
    weights = np.asarray(layer.weights, np.float64)
    assert weights.shape == (RECEIVING, SENDING)
    # 60,000 draws: the mean varies by 0.004 standard deviations, the variance by 0.6 %; five times
    # that is allowed, and 2/n_in instead of 2/n_out, the next candidate, is off by a third.
    np.testing.assert_allclose(weights.mean() / np.sqrt(variance), 0.0, atol=0.02)
    np.testing.assert_allclose(weights.var(), variance, rtol=0.03)
    # Rounded to float32, a weight may lie one unit in the last place beyond.
    largest = np.abs(weights).max() / np.sqrt(variance)
    assert 0.99 * bound < largest <= bound * (1 + 1e-6)


@pytest.mark.parametrize("sizes", [(8, 5), (5, 8)])
def test_orthogonal(sizes: tuple[int, int]) -> None:
    (layer,) = net(sizes, "orthogonal")
    weights = np.asarray(layer.weights, np.float64)
    rows, columns = weights.shape
    assert (columns, rows) == sizes
    gram = weights @ weights.T if rows <= columns else weights.T @ weights
    np.testing.assert_allclose(gram, np.eye(min(sizes)), atol=2e-6)  # drawn in float32


def test_gain_multiplies_every_weight() -> None:
    plain, scaled = (net((6, 6, 6, 2), "glorot_uniform", gain) for gain in (1.0, 2.5))
    for one, other in zip(plain, scaled, strict=True):
        np.testing.assert_allclose(other.weights, 2.5 * one.weights, rtol=1e-6)


def test_every_layer_and_every_key_has_its_own_weights() -> None:
    first, second, third = net((6, 6, 6, 2), "glorot_uniform")
    assert not np.any(np.asarray(first.weights) == np.asarray(second.weights))
    # They depend on the layer's number and shape, not on the layers after it.
    np.testing.assert_array_equal(second.weights, net((6, 6, 6), "glorot_uniform")[1].weights)
    other_key = net((6, 6, 6, 2), "glorot_uniform", seed=8)
    assert not np.any(np.asarray(first.weights) == np.asarray(other_key[0].weights))
    for layer, receiving in ((first, 6), (second, 6), (third, 2)):
        np.testing.assert_array_equal(layer.bias, np.zeros(receiving))


@pytest.mark.parametrize("name", INITIALISERS)
@pytest.mark.parametrize("x64", [False, True])
def test_float32_whatever_jax_uses(name: str, x64: bool) -> None:
    with jax.enable_x64(x64):
        key = jax.random.key(0, impl="unsafe_rbg")
        shapes = jax.eval_shape(lambda: initialise(key, Layered((6, 5)), name, 1.5))
    assert [array.dtype for array in jax.tree.leaves(shapes)] == [jnp.float32, jnp.float32]
