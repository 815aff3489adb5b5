"""Hessians of F against differences of its gradient, and how matrices of known angle lie."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from quick_jit import quick_jit

from nnuniverse.nets import net_of
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.layered import Layered
from nnuniverse.observables import Settings
from nnuniverse.physics.mechanics.alignment.free_energy_slopes import free_energy_slopes
from nnuniverse.physics.mechanics.alignment.second_derivatives import (
    compare_curvatures,
    free_energy_hessian,
)
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import Ensemble

SETTINGS = Settings(Layered((3, 2, 2)), ACTIVATIONS["tanh"])
ENSEMBLE = Ensemble(np.array([0.5, 20.0]))


@in_float64
def test_hessian_is_that_of_the_gradient() -> None:
    random = np.random.default_rng(5)
    net = net_of(SETTINGS.architecture).initialise(jax.random.key(1), "glorot_uniform", 1.5)
    drawn = jax.tree.map(lambda a: jnp.asarray(random.normal(size=a.shape), jnp.float64), net)
    flat, restore = ravel_pytree(drawn)
    inputs = jnp.asarray(random.uniform(size=(7, 3)))

    def hessian(flat: jax.Array) -> jax.Array:
        return free_energy_hessian(SETTINGS, restore, flat, inputs, ENSEMBLE)

    found = quick_jit(hessian)(flat)
    slope = quick_jit(lambda q: free_energy_slopes(SETTINGS, restore, q, inputs, ENSEMBLE).whole)
    np.testing.assert_allclose(found, jnp.swapaxes(found, 1, 2), atol=1e-12)
    for k in (0, 5, len(flat) - 1):
        step = 1e-5 * jnp.eye(len(flat))[k]
        difference = (slope(flat + step) - slope(flat - step)) / 2e-5
        np.testing.assert_allclose(found[:, :, k], difference, rtol=1e-6, atol=1e-8)


def test_curvatures_that_are_opposite_where_it_is_stiff_and_the_same_elsewhere() -> None:
    random = np.random.default_rng(0)
    axes = np.linalg.qr(random.normal(size=(12, 12)))[0]
    stiffness = np.concatenate([np.full(9, 0.1), [5.0, 7.0, 9.0]])
    loss = axes * stiffness @ axes.T
    signs = np.concatenate([np.ones(9), -np.ones(3)])
    found = compare_curvatures(loss, axes * (signs * stiffness) @ axes.T, 3)
    np.testing.assert_allclose([found.stiffest, found.outside], [1.0, -1.0], rtol=1e-12)
    np.testing.assert_allclose(found.rotated, -1.0, rtol=1e-12, err_msg="multiples of the identity")
    assert (found.negative_stiffest, found.negative_outside) == (1.0, 0.0)
    assert 0.99 < found.whole < 1.0


def test_rotated_is_what_random_rotations_give_on_average() -> None:
    random = np.random.default_rng(1)
    loss = np.diag(np.concatenate([np.linspace(0.1, 1.0, 6), [50.0]]))
    free_energy = np.zeros((7, 7))
    inner = np.diag([0.2, 0.1, 0.5, 2.0, -1.0, 0.7])
    free_energy[:6, :6] = inner
    cosines = []
    for _ in range(4000):
        rotation = np.linalg.qr(random.normal(size=(6, 6)))[0]
        rotated = rotation @ inner @ rotation.T
        cosines.append(-np.sum(loss[:6, :6] * rotated) / np.linalg.norm(inner))
    expected = np.mean(cosines) / np.linalg.norm(loss[:6, :6])
    found = compare_curvatures(loss, free_energy, 1)
    np.testing.assert_allclose(found.rotated, expected, atol=0.02)
    assert found.negative_outside == 1.0 / 6.0
