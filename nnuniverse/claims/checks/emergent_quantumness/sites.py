"""Neurons that are there or not, of which all masks are enumerated; energies in units of T."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.claims.checks.nets import random_parameters
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.active_masks import by_layers
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Parameters
from nnuniverse.observables import Samples, Settings
from nnuniverse.physics.grand_canonical.energies import boundary_energy
from nnuniverse.physics.grand_canonical.enumeration import (
    Enumerated,
    all_masks,
    enumerate_masks,
    many_energies,
)
from nnuniverse.precision import in_float64

SIZES = (5, 3, 3, 2)
"""Of a small net: six hidden neurons."""

GAIN = 3.0
"""Of its weights: large enough that neurons are not alike."""


def independent_sites(count: int, energy: float) -> Enumerated:
    """Return ``E = e N`` of all masks of ``count`` sites; ``energy``: e."""
    active = all_masks(count).sum(axis=1)
    return Enumerated(energy * active, active)


def coupled_sites(random: np.random.Generator, sites: int, strength: float) -> Enumerated:
    """Return ``E = sum_i e_i n_i + 1/2 sum_ij J_ij n_i n_j`` of all masks.

    Couplings are random, attractive on average, and about half of the sites are on: their energies
    scatter about those at which the masks and their opposites are alike.

    ``random``: where numbers are drawn from; ``strength``: twice the standard deviation of the
    couplings.
    """
    half = np.triu(strength * random.normal(-0.5, 0.5, (sites, sites)), 1)
    couplings = half + half.T
    energies = random.normal(0.0, 0.5, sites) - 0.5 * couplings.sum(axis=1)
    n = all_masks(sites).astype(float)
    return Enumerated(n @ energies + 0.5 * np.einsum("si,ij,sj->s", n, couplings, n), n.sum(axis=1))


@in_float64
def masks_of_a_net(random: np.random.Generator) -> Enumerated:
    """Return the boundary loss of all masks of a random net 5-3-3-2, over its deviation.

    ``random``: where weights and samples are drawn from.
    """
    net = random_parameters(random, SIZES, GAIN)
    inputs, labels = random.normal(size=(20, SIZES[0])), random.integers(0, SIZES[-1], 20)
    held = net, Samples(*map(jnp.asarray, (inputs, np.eye(SIZES[-1])[labels], labels)))
    masks = enumerate_masks(partial(_losses, held), sum(SIZES[1:-1]))
    return masks._replace(energies=masks.energies / masks.energies.std())


@jax.jit
def _losses(held: tuple[Parameters, Samples], masks: jax.Array) -> jax.Array:
    """Return the boundary loss of ``masks``, (masks, R); ``held``: the net and its samples."""
    net, samples = held
    energy = boundary_energy(Settings(Layered(SIZES), ACTIVATIONS["tanh"]), samples)
    return many_energies(lambda mask: energy(net, by_layers(mask, SIZES[1:-1])), masks)
