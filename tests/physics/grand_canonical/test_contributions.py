"""What neurons contribute to F and to the loss, against nets without them."""

from __future__ import annotations

import math

import jax
import numpy as np
import pytest
from test_neuron_removal import SIZES, TANH, a_net, loss_of, masks, some_samples

from nnuniverse.networks.active_masks import masked
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer, Parameters
from nnuniverse.observables import Settings
from nnuniverse.physics.grand_canonical.contributions import Contributions, contributions, summary
from nnuniverse.precision import in_float64
from nnuniverse.spectra import reduced_log_eigenvalues
from nnuniverse.thermodynamics.functions import free_energy
from nnuniverse.thermodynamics.spectrum import Ensemble, Spectrum

BETA = 1.4
HIDDEN = SIZES[1] + SIZES[2]


def without(net: Parameters, l: int, neuron: int) -> Parameters:
    layer, above = net[l : l + 2]
    layer = Layer(np.delete(layer.weights, neuron, 0), np.delete(layer.bias, neuron))
    above = Layer(np.delete(above.weights, neuron, 1), above.bias)
    return (*net[:l], layer, above, *net[l + 2 :])


@in_float64
def energy(net: Parameters, inputs: np.ndarray, slopes: list[np.ndarray] | None = None) -> float:
    """F of a net, with given slopes or its own."""
    pairs = zip(slopes or slopes_of(net, inputs), net, strict=True)
    return float(_energy([slope[:, None] * np.asarray(layer.weights) for slope, layer in pairs]))


@jax.jit
def _energy(blocks: list[jax.Array]) -> jax.Array:
    log_eigenvalues = reduced_log_eigenvalues(blocks)
    neurons = blocks[0].shape[1] + sum(len(block) for block in blocks)
    return free_energy(Spectrum(log_eigenvalues, neurons - len(log_eigenvalues)), Ensemble(BETA))


def slopes_of(net: Parameters, inputs: np.ndarray) -> list[np.ndarray]:
    slopes, state = [], inputs
    for weights, bias in net:
        arguments = state @ np.asarray(weights).T + np.asarray(bias)
        state = np.tanh(arguments)
        slopes.append(1 / np.cosh(arguments.mean(axis=0)) ** 2)
    return slopes


@pytest.fixture(scope="module")
@in_float64
def found() -> Contributions:
    net = masked(a_net(), masks((1, 3)))  # one that is isolated
    return contributions(Settings(Layered(SIZES), TANH))(net, some_samples(), BETA)


@in_float64
def test_both_free_energies_are_differences_of_nets(found: Contributions) -> None:
    inputs = np.asarray(some_samples().inputs)
    net = jax.tree.map(np.asarray, masked(a_net(), masks((1, 3))))
    slopes, whole = slopes_of(net, inputs), energy(net, inputs)
    for place, (l, neuron) in enumerate([*((0, i) for i in range(6)), *((1, i) for i in range(5))]):
        assert found.layer[place] == l
        smaller = without(net, l, neuron)
        kept = [np.delete(f, neuron) if k == l else f for k, f in enumerate(slopes)]
        assert found.fixed[place] == pytest.approx(whole - energy(smaller, inputs, kept), abs=1e-11)
        assert found.recomputed[place] == pytest.approx(whole - energy(smaller, inputs), abs=1e-11)
    assert np.abs(found.fixed - found.recomputed)[:6].max() > 1e-3  # which f' is meant matters


def test_isolated_neuron_contributes_what_it_does_in_closed_form(found: Contributions) -> None:
    isolated = HIDDEN - 2
    expected = (math.log1p(BETA) - math.log(2 * math.pi)) / (2 * BETA)
    for values in (found.fixed, found.recomputed):
        assert values[isolated] == pytest.approx(expected, abs=1e-12)
    assert abs(found.cost[isolated]) < 1e-15
    assert abs(found.compensated_cost[isolated]) < 1e-12
    assert summary(found, BETA).isolated == pytest.approx(expected, rel=1e-14)


@in_float64
def test_costs_are_those_of_the_loss(found: Contributions) -> None:
    net, loss = masked(a_net(), masks((1, 3))), loss_of(some_samples())
    whole = loss(net, masks())
    costs = [loss(net, masks((0, i))) - whole for i in range(6)]
    np.testing.assert_allclose(found.cost[:6], costs, atol=1e-13)


def test_summary_of_numbers_that_are_known() -> None:
    layer = np.array([0, 0, 0, 1, 1])
    fixed = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    recomputed = np.array([1.0, 3.0, 5.0, 7.0, 9.0])
    cost = np.array([3.0, 2.0, 1.0, 1.0, 1.0])
    told = summary(Contributions(layer, fixed, recomputed, cost, cost), 2.0)
    assert told.fixed_mean == 3.0
    assert told.recomputed_deviation == pytest.approx(math.sqrt(10.0))
    assert told.spread == pytest.approx(2.0 * math.sqrt(10.0))
    assert told.difference == 8.0
    assert told.agreement == pytest.approx(1.0)
    assert told.ranks[0] == pytest.approx(1.0)
    assert np.isnan(told.ranks[1])
