"""Neurons that come: where, with which weights, and what they change."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_neuron_removal import SIZES, TANH, a_net, loss_of, masks, some_samples

from nnuniverse.networks.active_masks import masked
from nnuniverse.networks.propagation import Layer
from nnuniverse.physics.grand_canonical.birth import (
    Birth,
    fitted_outgoing,
    newborn,
    random_incoming,
    singular_incoming,
    with_newborn,
)
from nnuniverse.physics.grand_canonical.surroundings import Surroundings
from nnuniverse.precision import in_float64

MASK = masks((0, 2), (0, 4), (1, 1))


@pytest.mark.parametrize("birth", ["singular", "fitted", "zero_out"])
@pytest.mark.parametrize("l", [0, 1])
@in_float64
def test_newborn_takes_the_first_dormant_site_and_leaves_the_rest(birth: Birth, l: int) -> None:
    net, samples = masked(a_net(), MASK), some_samples()
    around = Surroundings.of(net, l, samples, TANH)
    grown, mask, after = with_newborn(jax.random.key(1), birth, net, MASK, l, around, 4)
    site = (2, 1)[l]
    assert bool(mask[l][site]) and sum(map(int, mask[l])) == sum(map(int, MASK[l])) + 1
    assert jnp.linalg.norm(grown[l].weights[site]) > 0
    back = masked(grown, MASK)
    jax.tree.map(np.testing.assert_array_equal, back, net)
    energy = loss_of(samples)
    change = energy(grown, mask) - energy(net, MASK)
    assert change == 0 if birth == "zero_out" else change < 0
    np.testing.assert_allclose(after.energy, energy(grown, mask), rtol=1e-13)


@pytest.mark.parametrize("l", [0, 1])
@in_float64
def test_small_neuron_lowers_the_loss_by_the_top_singular_value(l: int) -> None:
    net, samples = a_net(), some_samples()
    around = Surroundings.of(net, l, samples, TANH)
    incoming = np.asarray(singular_incoming(around))
    size = np.sqrt(np.mean((np.asarray(around.below) @ incoming) ** 2))
    np.testing.assert_allclose(size, 0.3, rtol=1e-12)

    def slope(direction: np.ndarray) -> float:
        """The greatest fall of the loss, per |w_in| |w_out|, of a small neuron."""
        small = 1e-4 * direction / np.linalg.norm(direction)
        states = around.states(jnp.asarray(small))
        fall = -jax.grad(lambda v: around.loss(around.above + states[:, None] * v))(
            jnp.zeros(SIZES[l + 2])
        )
        return float(jnp.linalg.norm(fall)) / 1e-4

    best = slope(incoming)
    others = np.random.default_rng(0).normal(size=(50, len(incoming)))
    assert best > max(map(slope, others))
    turned = incoming + 0.1 * others[0] * np.linalg.norm(incoming) / np.linalg.norm(others[0])
    assert best > slope(turned) > 0.9 * best


@in_float64
def test_loss_around_a_layer_is_that_of_the_net() -> None:
    net, samples = a_net(), some_samples()
    for l in (0, 1):
        around = Surroundings.of(net, l, samples, TANH)
        np.testing.assert_allclose(
            around.loss(around.above), loss_of(samples)(net, masks()), rtol=1e-14
        )
        np.testing.assert_allclose(around.energy, around.loss(around.above), rtol=1e-14)
    upwards = Surroundings.of(net, 0, samples, TANH).upwards
    for one, other in zip(*map(jax.tree.leaves, (upwards[:5], around[:5])), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-14)


@in_float64
def test_fitted_outgoing_weights_are_those_of_a_linear_regression() -> None:
    """Of a linear output the loss is a parabola, whose minimum along the descent is met."""
    from nnuniverse.networks.activation import ACTIVATIONS

    net, samples = a_net(), some_samples()
    linear = (TANH, TANH, ACTIVATIONS["identity"])
    around = Surroundings.of(net, 1, samples, linear)
    incoming = random_incoming(jax.random.key(3), net[1].weights, 1)[0]
    outgoing, loss = fitted_outgoing(around, incoming)
    states = np.asarray(around.states(incoming))
    missing = np.asarray(samples.targets - around.above)
    direction = missing.T @ states
    image = np.outer(states, direction)
    np.testing.assert_allclose(
        outgoing, direction * (missing * image).sum() / (image**2).sum(), rtol=1e-12
    )
    assert loss < around.loss(around.above)


@in_float64
def test_best_of_the_candidates_is_born() -> None:
    net, samples, key = a_net(), some_samples(), jax.random.key(5)
    around = Surroundings.of(net, 0, samples, TANH)
    candidates = random_incoming(key, net[0].weights, 8)
    losses = [float(fitted_outgoing(around, weights)[1]) for weights in candidates]
    born = newborn(key, "fitted", net, 0, around, 8)
    np.testing.assert_array_equal(born.incoming, candidates[int(np.argmin(losses))])


@in_float64
def test_random_weights_are_as_large_as_those_of_the_living() -> None:
    weights = jnp.zeros((30, 50)).at[:20].set(0.3)
    drawn = random_incoming(jax.random.key(0), weights, 400)
    assert drawn.shape == (400, 50)
    np.testing.assert_allclose(drawn.std(), 0.3, rtol=0.02)


@in_float64
def test_where_nothing_comes_in_nothing_is_born_of_infinite_weights() -> None:
    samples = some_samples()._replace(inputs=jnp.zeros((40, SIZES[0])))
    silent = tuple(Layer(layer.weights, jnp.zeros_like(layer.bias)) for layer in a_net())
    around = Surroundings.of(silent, 0, samples, TANH)
    born = newborn(jax.random.key(0), "singular", silent, 0, around, 1)
    assert (np.asarray(born.incoming) == 0).all()
    assert (np.asarray(born.outgoing) == 0).all()
