"""The energies of masks, by nets whose neurons are deleted."""

from __future__ import annotations

from functools import partial

import jax
import numpy as np
import pytest

from nnuniverse.losses import LocalObjective, boundary_loss, bulk_minimum
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.active_masks import ActiveMask, by_layers
from nnuniverse.networks.coupling import coupling_blocks
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer, Parameters, forward, preactivations
from nnuniverse.observables.measurement import Samples, Settings
from nnuniverse.physics.grand_canonical.energies import (
    boundary_energy,
    bulk_energy,
    canonical_energy,
    flip_energies,
)
from nnuniverse.precision import in_float64
from nnuniverse.spectra import reduced_log_eigenvalues
from nnuniverse.thermodynamics.functions import free_energy
from nnuniverse.thermodynamics.spectrum import Ensemble, Spectrum

SIZES = (7, 5, 4, 3)
BETA, MASS = 1.4, 0.3
TANH = ACTIVATIONS["tanh"]
MASK = np.array([1, 0, 1, 1, 0, 0, 1, 1, 1], bool)


def settings(slope: str = "at_mean", mass: float = 0.0) -> Settings:
    return Settings(Layered(SIZES), TANH, slope, local=LocalObjective(mass))


@pytest.fixture
def net() -> Parameters:
    random = np.random.default_rng(3)
    shapes = zip(SIZES[1:], SIZES, strict=False)
    return tuple(
        Layer(np.float32(random.normal(0, 0.7, (a, b))), np.float32(random.normal(0, 0.5, a)))
        for a, b in shapes
    )


@pytest.fixture
def probe() -> Samples:
    random = np.random.default_rng(4)
    inputs = np.float32(random.normal(0, 1, (11, SIZES[0])))
    targets = np.eye(SIZES[-1], dtype=np.float32)[random.integers(0, SIZES[-1], 11)]
    return Samples(inputs, targets, targets.argmax(axis=1))


def layers(flat: np.ndarray) -> ActiveMask:
    return by_layers(flat, SIZES[1:-1])


def without_dormant(net: Parameters, flat: np.ndarray) -> Parameters:
    """The net that has only its active neurons, in float64."""
    kept = [np.ones(SIZES[0], bool), *map(np.asarray, layers(flat)), np.ones(SIZES[-1], bool)]
    return tuple(
        Layer(np.float64(layer.weights)[rows][:, columns], np.float64(layer.bias)[rows])
        for layer, columns, rows in zip(net, kept, kept[1:], strict=False)
    )


@in_float64
def test_losses_are_those_of_the_net_without_the_dormant_neurons(
    net: Parameters, probe: Samples
) -> None:
    rest = without_dormant(net, MASK)
    boundary = boundary_loss(forward(rest, np.float64(probe.inputs), TANH), probe.targets).mean()
    minimum = jax.jit(lambda *given: bulk_minimum(given[0], TANH, *given[1:]))
    bulk = minimum(rest, probe.inputs, probe.targets).loss.mean()
    energies = [jax.jit(make(settings(), probe)) for make in (boundary_energy, bulk_energy)]
    found = [energy(net, layers(MASK)) for energy in energies]
    np.testing.assert_allclose(found, [boundary, bulk], rtol=1e-12)
    assert found[1] < 0.9 * found[0]


@in_float64
@pytest.mark.parametrize("mass", [0.0, MASS])
@pytest.mark.parametrize("slope", ["at_mean", "mean_slope"])
@pytest.mark.parametrize("flat", [MASK, np.zeros(9, bool), np.ones(9, bool)])
def test_free_energy_is_that_of_the_active_neurons(
    net: Parameters, probe: Samples, flat: np.ndarray, slope: str, mass: float
) -> None:
    how = settings(slope, mass)
    neurons = SIZES[0] + SIZES[-1] + int(flat.sum())

    @jax.jit
    def energy_of_all(net: Parameters) -> jax.Array:
        slopes = how.slopes(preactivations(net, np.float64(probe.inputs), TANH))
        log_eigenvalues = reduced_log_eigenvalues(coupling_blocks(net, slopes))
        spectrum = Spectrum(log_eigenvalues, neurons - len(log_eigenvalues))
        return free_energy(spectrum, Ensemble(BETA, mass))

    exact = energy_of_all(without_dormant(net, flat))
    found = jax.jit(canonical_energy(how, probe, BETA))(net, layers(flat))
    np.testing.assert_allclose(found, exact, rtol=1e-12)


@in_float64
def test_a_mask_without_a_gaussian_integral_has_no_energy(net: Parameters, probe: Samples) -> None:
    full = layers(np.ones(9, bool))
    assert np.isnan(jax.jit(canonical_energy(settings(mass=3.0), probe, BETA))(net, full))


@in_float64
def test_flips_are_one_neuron_the_other_way_round(net: Parameters, probe: Samples) -> None:
    energy = jax.jit(boundary_energy(settings(), probe))
    found = jax.jit(partial(flip_energies, energy))(net, layers(MASK))
    each = [energy(net, layers(MASK ^ (np.arange(9) == i))) for i in range(9)]
    np.testing.assert_allclose(found, each, rtol=1e-12)


def test_energies_are_in_float64_whatever_the_caller_uses(net: Parameters, probe: Samples) -> None:
    for make in (boundary_energy, bulk_energy, partial(canonical_energy, beta=BETA)):
        energy = make(settings(), probe)
        for function in (energy, partial(flip_energies, energy)):
            assert jax.eval_shape(function, net, layers(MASK)).dtype == np.float64
