"""The gradient of F by weights and biases, against differences of F and stopped gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from quick_jit import quick_jit

from nnuniverse.nets import net_of
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.coupling import coupling_blocks, coupling_matrix
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables import Settings
from nnuniverse.physics.mechanics.alignment.free_energy_slopes import (
    FreeEnergySlopes,
    free_energy_slopes,
)
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import Ensemble

SETTINGS = Settings(Layered((4, 3, 2)), ACTIVATIONS["tanh"])
BETAS = np.array([0.5, 20.0])
MASS = 0.02


@cache
@in_float64
def given() -> tuple[jax.Array, Callable[[jax.Array], Trainable], jax.Array]:
    random = np.random.default_rng(5)
    net = net_of(SETTINGS.architecture).initialise(jax.random.key(1), "glorot_uniform", 1.5)
    drawn = jax.tree.map(lambda a: jnp.asarray(random.normal(size=a.shape), jnp.float64), net)
    return *ravel_pytree(drawn), jnp.asarray(random.uniform(size=(7, 4)))


def canonical(flat: jax.Array, beta: float, *, frozen: bool = False) -> jax.Array:
    """F by the determinant of the whole matrix, not by the eigenvalues of a reduced one."""
    _, restore, inputs = given()
    slopes = net_of(SETTINGS.architecture).slopes(SETTINGS, restore(flat), inputs)
    slopes = jax.lax.stop_gradient(slopes) if frozen else slopes
    coupling = coupling_matrix(coupling_blocks(restore(flat), slopes))
    identity = jnp.eye(len(coupling))
    gram = (identity - coupling).T @ (identity - coupling)
    c = 1.0 - beta * MASS
    return jnp.linalg.slogdet(c * identity + beta * gram)[1] / (2.0 * beta)


@cache
@in_float64
def found() -> FreeEnergySlopes:
    flat, restore, inputs = given()

    def slopes(flat: jax.Array) -> FreeEnergySlopes:
        return free_energy_slopes(SETTINGS, restore, flat, inputs, Ensemble(BETAS, MASS))

    return quick_jit(slopes)(flat)


@in_float64
def test_gradient_is_that_of_central_differences() -> None:
    flat = given()[0]
    direction = np.random.default_rng(6).normal(size=flat.shape)
    value = quick_jit(canonical)
    for beta, slope in zip(BETAS, found().whole, strict=True):
        ends = [value(flat + step * direction, beta) for step in (1e-5, -1e-5)]
        np.testing.assert_allclose(slope @ direction, (ends[0] - ends[1]) / 2e-5, rtol=1e-7)


@in_float64
def test_frozen_slopes_are_a_stopped_gradient() -> None:
    flat = given()[0]
    gradient = quick_jit(jax.grad(partial(canonical, frozen=True)))
    for number, beta in enumerate(BETAS):
        expected = gradient(flat, beta)
        np.testing.assert_allclose(found().by_weights[number], expected, rtol=1e-9, atol=1e-13)
        assert np.abs(found().by_slopes[number]).max() > 1e-3, "f' matters here"
