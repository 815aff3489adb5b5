"""Neurons that leave: what the others take over, and what it costs."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.losses import boundary_loss
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.active_masks import ActiveMask, masked
from nnuniverse.networks.coupling import coupling_blocks
from nnuniverse.networks.propagation import Layer, Parameters, forward, preactivations
from nnuniverse.observables import Samples
from nnuniverse.physics.grand_canonical.energies import Energy
from nnuniverse.physics.grand_canonical.removal import (
    Removal,
    compensated,
    image_shares,
    removal_changes,
    removal_energies,
    removal_losses,
    states_of_layer,
    uncompensated,
    without_cheapest,
)
from nnuniverse.physics.grand_canonical.surroundings import Surroundings
from nnuniverse.precision import in_float64
from nnuniverse.spectra import reduced_log_eigenvalues

TANH = ACTIVATIONS["tanh"]
SIZES = (7, 6, 5, 3)


@in_float64
def a_net(seed: int = 0) -> Parameters:
    keys = jax.random.split(jax.random.key(seed), 6)
    return tuple(
        Layer(
            jax.random.normal(keys[2 * l], (rows, columns)) / columns**0.5,
            0.3 * jax.random.normal(keys[2 * l + 1], (rows,)),
        )
        for l, (columns, rows) in enumerate(pairwise(SIZES))
    )


@in_float64
def some_samples(count: int = 40) -> Samples:
    keys = jax.random.split(jax.random.key(9), 2)
    inputs = jax.random.normal(keys[0], (count, SIZES[0]))
    targets = jax.random.uniform(keys[1], (count, SIZES[-1]))
    return Samples(inputs, targets, jnp.zeros(count))


def loss_of(samples: Samples) -> Energy:
    @in_float64
    def energy(parameters: Parameters, mask: ActiveMask) -> jax.Array:
        outputs = forward(masked(parameters, mask), samples.inputs, TANH)
        return boundary_loss(outputs, samples.targets).mean()

    return energy


def masks(*dormant: tuple[int, int]) -> ActiveMask:
    layers = [np.ones(size, bool) for size in SIZES[1:-1]]
    for l, neuron in dormant:
        layers[l][neuron] = False
    return tuple(map(jnp.asarray, layers))


def with_duplicate(parameters: Parameters, l: int, neuron: int, of: int) -> Parameters:
    """Let a neuron listen to what another one does."""
    layer = parameters[l]
    weights = layer.weights.at[neuron].set(layer.weights[of])
    layer = Layer(weights, layer.bias.at[neuron].set(layer.bias[of]))
    return (*parameters[:l], layer, *parameters[l + 1 :])


@in_float64
def costs(parameters: Parameters, mask: ActiveMask, l: int, samples: Samples) -> np.ndarray:
    energy, net = loss_of(samples), masked(parameters, mask)

    @jax.jit
    def changes(net: Parameters) -> jax.Array:
        states = states_of_layer(net, l, samples.inputs, TANH)
        layers = compensated(net[l + 1], image_shares(states, mask[l]))
        return removal_energies(net, mask, l, energy, layers) - energy(net, mask)

    return np.asarray(changes(net))


@pytest.mark.parametrize("l", [0, 1])
@in_float64
def test_removal_of_one_of_two_equal_neurons_costs_nothing(l: int) -> None:
    net = with_duplicate(a_net(), l, neuron=3, of=1)
    found = costs(net, masks(), l, some_samples())
    assert abs(found[[1, 3]]).max() < 1e-10
    assert abs(found[[0, 2, 4]]).min() > 1e-6


@pytest.mark.parametrize("l", [0, 1])
@in_float64
def test_removal_of_neurons_without_effect_costs_nothing(l: int) -> None:
    net = a_net()
    isolated = masked(net, masks((l, 2)))  # yet counted as active
    mute = (*net[: l + 1], net[l + 1]._replace(weights=net[l + 1].weights.at[:, 4].set(0.0)))
    assert abs(costs(isolated, masks(), l, some_samples())[2]) < 1e-12
    assert abs(costs((*mute, *net[l + 2 :]), masks(), l, some_samples())[4]) < 1e-12


@in_float64
def test_constant_neuron_leaves_its_mean_in_the_biases() -> None:
    first = a_net()[0]
    first = Layer(first.weights.at[2].set(0.0), first.bias.at[2].set(0.7))
    assert abs(costs((first, *a_net()[1:]), masks(), 0, some_samples())[2]) < 1e-10


@in_float64
def test_image_is_that_of_least_squares() -> None:
    net, samples, i = a_net(), some_samples(), 4
    states = np.asarray(states_of_layer(net, 0, samples.inputs, TANH))
    found = compensated(net[1], image_shares(jnp.asarray(states), masks()[0]))
    others = np.delete(states, i, axis=1)
    with_constant = np.column_stack([others, np.ones(len(states))])
    shares = np.linalg.lstsq(with_constant, states[:, i])[0]
    weights = np.delete(np.asarray(net[1].weights), i, axis=1)
    column = np.asarray(net[1].weights)[:, i]
    found_weights = np.asarray(found.weights)[i]
    np.testing.assert_allclose(
        np.delete(found_weights, i, axis=1), weights + np.outer(column, shares[:-1]), atol=1e-9
    )
    np.testing.assert_allclose(found.bias[i], net[1].bias + column * shares[-1], atol=1e-9)
    assert (found_weights[:, i] == 0).all()


@in_float64
def test_no_dormant_neuron_takes_part() -> None:
    mask = masks((0, 1), (1, 3))
    net, samples = masked(a_net(), mask), some_samples()
    states = states_of_layer(net, 0, samples.inputs, TANH)
    found = compensated(net[1], image_shares(states, mask[0]))
    assert (np.asarray(found.weights)[:, :, 1] == 0).all()
    assert (np.asarray(found.weights)[:, 3] == 0).all()
    assert (np.asarray(found.bias)[:, 3] == 0).all()
    assert np.isinf(costs(a_net(), mask, 0, samples)[1])


@in_float64
def test_as_few_samples_as_neurons_are_reproduced() -> None:
    """And nothing is infinite: the ridge says what is done where the covariance is singular."""
    samples = some_samples(4)
    net = a_net()
    states = states_of_layer(net, 0, samples.inputs, TANH)
    found = compensated(net[1], image_shares(states, masks()[0]))
    before = preactivations(net, samples.inputs, TANH)[1]
    after = jnp.einsum("sj,ikj->isk", states, found.weights) + found.bias[:, None]
    np.testing.assert_allclose(after, jnp.broadcast_to(before, after.shape), atol=1e-9)


@pytest.mark.parametrize("removal", ["compensated", "mask", "magnitude"])
@in_float64
def test_cheapest_is_the_one_that_goes(removal: Removal) -> None:
    mask, samples = masks((0, 5)), some_samples()
    net, energy = masked(a_net(), mask), loss_of(samples)
    around = Surroundings.of(net, 0, samples, TANH)
    left, without, _ = without_cheapest(removal, net, mask, 0, energy, around)
    gone = np.flatnonzero(np.asarray(mask[0]) & ~np.asarray(without[0]))
    states = states_of_layer(net, 0, samples.inputs, TANH)
    layers = uncompensated(net[1])
    if removal == "compensated":
        layers = compensated(net[1], image_shares(states, mask[0]))
    energies = removal_energies(net, mask, 0, energy, layers)
    expected = int(np.argmin(energies))
    if removal == "magnitude":
        incoming = (np.asarray(net[0].weights) ** 2).sum(axis=1)
        products = incoming * (np.asarray(net[1].weights) ** 2).sum(axis=0)
        expected = int(np.argmin(np.where(mask[0], products, np.inf)))
    assert gone == [expected]
    np.testing.assert_allclose(energy(left, without), energies[expected], rtol=1e-14)
    assert all((np.asarray(array)[gone] == 0).all() for array in left[0])
    assert (np.asarray(left[1].weights)[:, gone] == 0).all()


@pytest.mark.parametrize("removal", ["compensated", "mask"])
@pytest.mark.parametrize("l", [0, 1])
@in_float64
def test_losses_along_outgoing_weights_are_those_of_the_changed_nets(
    removal: Removal, l: int
) -> None:
    mask, samples = masks((0, 5), (1, 2)), some_samples()
    net, energy = masked(a_net(), mask), loss_of(samples)
    states = states_of_layer(net, l, samples.inputs, TANH)
    image = image_shares(states, mask[l]) if removal == "compensated" else None
    layers = compensated(net[l + 1], image) if image else uncompensated(net[l + 1])
    expected = removal_energies(net, mask, l, energy, layers)
    around = Surroundings.of(net, l, samples, TANH)
    found = removal_losses(around, net[l + 1], mask[l], removal_changes(states, mask[l], image))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    quick = without_cheapest(removal, net, mask, l, None, around)
    slow = without_cheapest(removal, net, mask, l, energy, around)
    jax.tree.map(np.testing.assert_array_equal, quick[:2], slow[:2])
    np.testing.assert_allclose(quick[2].energy, energy(*quick[:2]), rtol=1e-13)


@pytest.mark.parametrize("active", [(0, 3, 7), (0, 3, 9)])
@in_float64
def test_dormant_neurons_above_may_be_left_out(active: tuple[int, ...]) -> None:
    random = np.random.default_rng(3)
    sizes = (5, 4, 12, 2)
    receiving = np.isin(np.arange(12), active)
    net = tuple(
        Layer(jnp.asarray(random.normal(size=(n, m))), jnp.asarray(random.normal(size=n)))
        for m, n in pairwise(sizes)
    )
    net = masked(net, (np.ones(4, bool), receiving))
    samples = Samples(random.normal(size=(6, 5)), random.normal(size=(6, 2)), jnp.zeros(6))
    around = Surroundings.of(net, 0, samples, TANH)
    given = around, net[1], jnp.ones(4, bool), -around.own_states
    found = removal_losses(*given, jnp.asarray(receiving))
    np.testing.assert_allclose(found, removal_losses(*given), rtol=1e-14)


@in_float64
def test_dormant_neurons_add_exact_ones_to_the_spectrum_of_the_net_without_them() -> None:
    mask, samples = masks((0, 1), (0, 4), (1, 3)), some_samples()
    ends = (np.ones(SIZES[0], bool), *map(np.asarray, mask), np.ones(SIZES[-1], bool))
    deleted = tuple(
        Layer(layer.weights[np.ix_(after, before)], layer.bias[after])
        for layer, (before, after) in zip(a_net(), pairwise(ends), strict=True)
    )

    def spectrum(net: Parameters) -> np.ndarray:
        arguments = preactivations(net, samples.inputs, TANH)
        slopes = [TANH.slope(y.mean(axis=0)) for y in arguments]
        return np.asarray(reduced_log_eigenvalues(coupling_blocks(net, slopes)))

    whole, smaller = spectrum(masked(a_net(), mask)), spectrum(deleted)
    units = np.zeros(len(whole) - len(smaller))
    padded = np.sort(np.concatenate([smaller, units]))[::-1]
    np.testing.assert_allclose(whole, padded, rtol=0, atol=1e-12)
    assert len(units) == 3 + 2  # and two directions of the inputs that nobody hears
