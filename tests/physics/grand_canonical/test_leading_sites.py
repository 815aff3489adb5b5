"""Dormant sites behind the first half of a layer are left out, and nothing is changed by that."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.active_masks import masked
from nnuniverse.networks.propagation import Layer, Parameters
from nnuniverse.observables import Samples
from nnuniverse.physics.grand_canonical.leading_sites import of_leading
from nnuniverse.physics.grand_canonical.removal import Image, image_shares, removal_changes
from nnuniverse.physics.grand_canonical.surroundings import Surroundings
from nnuniverse.precision import in_float64

SITES, SAMPLES = 18, 30
FIRST = np.array([0, 2, 3, 7, 9])
LAST = SITES - 1 - FIRST  # some beyond the sixteen that lead
TANH = ACTIVATIONS["tanh"]
SIZES = (4, SITES, 3, 2)


def a_net() -> Parameters:
    random = np.random.default_rng(3)
    return tuple(
        Layer(jnp.asarray(random.normal(size=(n, m))), jnp.asarray(random.normal(size=n)))
        for m, n in pairwise(SIZES)
    )


class Seen(NamedTuple):
    """Arguments of a layer and of the one above, its images, and what they change."""

    own: jax.Array
    above: jax.Array
    image: Image
    changes: jax.Array


def seen(order: np.ndarray) -> Seen:
    """Return what is seen of the first layer, whose active sites are at ``order``."""
    random, active = np.random.default_rng(4), np.isin(np.arange(SITES), order)
    net = a_net()
    layer, above = net[0], net[1]
    rows = np.zeros(SITES, int)
    rows[order] = np.arange(len(order))
    layer = Layer(layer.weights[rows], layer.bias[rows])
    above = above._replace(weights=above.weights[:, rows])
    net = masked((layer, above, net[2]), (jnp.asarray(active), jnp.ones(3, bool)))
    samples = Samples(random.normal(size=(SAMPLES, 4)), np.zeros((SAMPLES, 2)), np.zeros(SAMPLES))
    around = Surroundings.of(net, 0, samples, TANH)
    states = around.own_states
    image = image_shares(states, jnp.asarray(active))
    changes = removal_changes(states, jnp.asarray(active), image)
    return Seen(around.own, around.above, image, changes)


@in_float64
def test_active_sites_may_be_anywhere() -> None:
    first, last = jax.jit(lambda: (seen(FIRST), seen(LAST)))()
    np.testing.assert_allclose(last.own[:, LAST], first.own[:, FIRST], rtol=1e-14)
    np.testing.assert_allclose(last.above, first.above, rtol=1e-13)
    shares = first.image.shares[np.ix_(FIRST, FIRST)]
    np.testing.assert_allclose(last.image.shares[np.ix_(LAST, LAST)], shares, rtol=1e-8)
    np.testing.assert_allclose(last.image.mean[LAST], first.image.mean[FIRST], rtol=1e-12)
    changes = first.changes[:, FIRST]
    np.testing.assert_allclose(last.changes[:, LAST], changes, rtol=1e-8, atol=1e-12)
    dormant = np.setdiff1d(np.arange(SITES), FIRST)
    assert (first.own[:, dormant] == 0.0).all()
    assert (first.changes[:, dormant] == 0.0).all()
    np.testing.assert_array_equal(first.image.shares[dormant], -np.eye(SITES)[dormant])


@pytest.mark.parametrize(("active", "count"), [([0, 15], 16), ([0, 16], 18), ([], 16)])
def test_how_many_sites_are_looked_at(active: list[int], count: int) -> None:
    mask = jnp.asarray(np.isin(np.arange(SITES), active))
    assert of_leading(mask, lambda sites: jnp.asarray(sites)) == count
    assert of_leading(mask[:8], lambda sites: sites) == 8
