"""The linearised bulk loss, against the exact one where both are the same."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.active_masks import ActiveMask, by_layers, masked, not_isolated
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer, Parameters
from nnuniverse.observables.measurement import Samples, Settings
from nnuniverse.physics.grand_canonical.energies import bulk_energy
from nnuniverse.physics.grand_canonical.linearised_bulk import linearised_bulk_energy
from nnuniverse.precision import in_float64

SIZES = (4, 5, 4, 3)
FLAT = np.array([1, 0, 1, 1, 1, 1, 1, 0, 1], bool)


def net(scale: float) -> Parameters:
    random = np.random.default_rng(0)
    return tuple(
        Layer(jnp.asarray(scale * random.normal(size=(n, m))), jnp.asarray(random.normal(size=n)))
        for m, n in itertools.pairwise(SIZES)
    )


def probe() -> Samples:
    random = np.random.default_rng(1)
    inputs, targets = random.normal(size=(20, 4)), 0.4 * random.normal(size=(20, 3))
    return Samples(jnp.asarray(inputs), jnp.asarray(targets), jnp.zeros(20, jnp.int32))


def mask() -> ActiveMask:
    return by_layers(jnp.asarray(FLAT), SIZES[1:-1])


@in_float64
def both(activation: str, scale: float) -> tuple[float, float]:
    settings = Settings(Layered(SIZES), ACTIVATIONS[activation])
    energies = linearised_bulk_energy(settings, probe()), bulk_energy(settings, probe())
    linear, exact = (float(jax.jit(energy)(net(scale), mask())) for energy in energies)
    return linear, exact


def test_of_a_linear_net_it_is_the_bulk_loss() -> None:
    linear, exact = both("identity", 0.7)
    assert linear == pytest.approx(exact, rel=1e-10)


def test_of_weak_weights_it_is_nearly_the_bulk_loss() -> None:
    for scale, apart in ((0.05, 2e-3), (0.02, 1e-3)):
        linear, exact = both("tanh", scale)
        assert linear == pytest.approx(exact, rel=apart)
        assert linear != exact


@in_float64
def test_a_masked_net_tells_its_mask() -> None:
    found = not_isolated(masked(net(1.0), mask()))
    np.testing.assert_array_equal(np.concatenate(found), FLAT)
