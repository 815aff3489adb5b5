"""What is computed of nets: of layers, and of the graph of their blocks, by the same functions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.losses import LocalObjective
from nnuniverse.nets import NETS, log_spectrum, net_of, take_measurement
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import build_graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import block_mask, permutation_mask
from nnuniverse.observables import Samples, Settings
from nnuniverse.observables.weights import named_weights

TANH = ACTIVATIONS["tanh"]
SIZES = (6, 4, 3)
LAYERED = Layered(SIZES)
GRAPH = build_graph(block_mask(SIZES), range(6), range(10, 13))
BOTH = pytest.mark.parametrize("architecture", [LAYERED, GRAPH], ids=str)
INPUTS = np.random.default_rng(1).normal(size=(20, 6))
TARGETS = np.random.default_rng(2).uniform(-0.9, 0.9, size=(20, 3))


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


def drawn(architecture):
    """Return the same net of either architecture, with biases."""
    layers = jax.tree.map(
        lambda w: np.asarray(w, np.float64) + 0.1,
        net_of(LAYERED).initialise(jax.random.key(0), "glorot_uniform", 1.5),
    )
    if architecture is LAYERED:
        return layers
    w = net_of(LAYERED).weight_matrix(layers).toarray()
    bias = net_of(LAYERED).bias(layers)
    return net_of(GRAPH).parameters([w[GRAPH.rows, GRAPH.columns], bias])


def on_both(function):
    """Return a function's values for the net as layers, and as a graph."""
    return tuple(function(net_of(a), drawn(a)) for a in (LAYERED, GRAPH))


def test_every_architecture_has_its_net() -> None:
    assert set(NETS) == {type(LAYERED), type(GRAPH)}


@BOTH
def test_parameters_are_stored_in_the_order_declared(architecture) -> None:
    net = drawn(architecture)
    named = named_weights(architecture, net)
    arrays = architecture.weight_arrays
    assert {array.name: array.shape for array in arrays}.items() <= {
        name: values.shape for name, values in named.items()
    }.items()
    again = net_of(architecture).parameters([named[array.name] for array in arrays])
    assert jax.tree.structure(again) == jax.tree.structure(net)
    for one, other in zip(jax.tree.leaves(again), jax.tree.leaves(net), strict=True):
        assert one is other


@BOTH
def test_initial_weights_have_the_declared_shapes(architecture) -> None:
    net = net_of(architecture).initialise(jax.random.key(0), "glorot_uniform", 1.0)
    shapes = [array.shape for array in architecture.weight_arrays]
    assert [leaf.shape for leaf in jax.tree.leaves(net)] == shapes


@pytest.mark.parametrize(
    "function",
    [
        lambda net, p: net.forward(p, jnp.asarray(INPUTS), TANH),
        lambda net, p: net.mean_state(p, INPUTS, TANH),
        lambda net, p: net.weight_matrix(p).toarray(),
        lambda net, p: net.bias(p),
        lambda net, p: net.bulk_loss(
            p, TANH, jnp.asarray(INPUTS), jnp.asarray(TARGETS), LocalObjective(0.1), 1e-10
        ),
    ],
    ids=["forward", "mean_state", "weight_matrix", "bias", "bulk_loss"],
)
def test_layers_and_the_graph_of_their_blocks_agree(function) -> None:
    layered, graph = on_both(function)
    np.testing.assert_allclose(layered, graph, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("slope", ["at_mean", "mean_slope"])
@BOTH
def test_slopes_are_those_of_a_measurement(architecture, slope: str) -> None:
    net, settings = drawn(architecture), Settings(architecture, TANH, slope)
    samples = Samples(INPUTS, TARGETS, np.zeros(20, np.int32))
    expected = take_measurement(settings, net, samples, samples).slopes
    found = net_of(architecture).slopes(settings, net, INPUTS)
    settled = net_of(architecture).settle(settings, net, INPUTS)
    assert settled.periods == {1: 20}
    for slopes in (found, settled.slopes):
        np.testing.assert_allclose(np.concatenate(slopes), np.concatenate(expected), rtol=1e-12)


@BOTH
def test_log_spectrum_needs_no_samples(architecture) -> None:
    net, settings = drawn(architecture), Settings(architecture, TANH)
    samples = Samples(INPUTS, TARGETS, np.zeros(20, np.int32))
    expected = take_measurement(settings, net, samples, samples).log_eigenvalues
    found = log_spectrum(settings, net, jnp.asarray(INPUTS))
    assert found.dtype == jnp.float64
    np.testing.assert_array_equal(found, expected)


def test_a_zero_eigenvalue_has_the_logarithm_minus_infinity() -> None:
    cycle = build_graph(permutation_mask([5]), [], [])
    net = net_of(cycle).initialise(jax.random.key(0), "glorot_uniform", 1.0)
    found = log_spectrum(Settings(cycle, ACTIVATIONS["identity"]), net, jnp.zeros((1, 0)))
    assert np.isneginf(np.asarray(found)).sum() == 1


@BOTH
def test_which_inputs_take_part_in_training(architecture) -> None:
    inputs = INPUTS * (np.arange(6) > 1)
    net = net_of(architecture)
    some = net.trained_inputs(inputs, whole=False).active.tolist()
    assert some == ([2, 3, 4, 5] if architecture is LAYERED else [0, 1, 2, 3, 4, 5])
    assert net.trained_inputs(inputs, whole=True).active.tolist() == [0, 1, 2, 3, 4, 5]
