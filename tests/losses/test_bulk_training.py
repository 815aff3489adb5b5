"""The gradient of the bulk loss against differences of the whole minimisation."""

from __future__ import annotations

from collections.abc import Callable

import jax
import numpy as np
import pytest
from quick_jit import quick_jit
from small_nets import draw, draw_pairs

from nnuniverse.losses import LocalObjective, bulk_minimum, trained_bulk_loss
from nnuniverse.networks.activation import ACTIVATIONS

TANH = ACTIVATIONS["tanh"]
STEP = 1e-5
CASES = {
    "supervised": (LocalObjective(), True),
    "mass and pairs": (LocalObjective(mass=0.2, pairs=draw_pairs()), True),
    "unsupervised": (LocalObjective(mass=0.3), False),
}


def total(local: LocalObjective, tolerance: float) -> Callable[..., jax.Array]:
    return lambda net, inputs, targets: trained_bulk_loss(
        net, TANH, inputs, targets, local, tolerance
    ).sum()


def minimise(net, inputs, targets, local: LocalObjective) -> jax.Array:
    minimum = quick_jit(lambda *given: bulk_minimum(given[0], TANH, *given[1:], local).loss.sum())
    return minimum(net, inputs, targets)


@pytest.mark.parametrize("name", CASES)
def test_gradient_is_that_of_the_whole_minimisation(name: str) -> None:
    local, clamped = CASES[name]
    net, inputs, targets = draw(1.2)
    targets = targets if clamped else None
    with jax.enable_x64(True):
        value = quick_jit(jax.value_and_grad(total(local, 1e-12)))
        loss, gradient = value(net, inputs, targets)
        exact = minimise(net, inputs, targets, local)
        np.testing.assert_allclose(loss, exact, rtol=1e-12)
        random = np.random.default_rng(3)
        for _ in range(3):
            way = jax.tree.map(lambda array: random.normal(size=array.shape), net)
            ahead = value(jax.tree.map(lambda a, b: a + STEP * b, net, way), inputs, targets)[0]
            behind = value(jax.tree.map(lambda a, b: a - STEP * b, net, way), inputs, targets)[0]
            along = sum(
                float(np.sum(a * b))
                for a, b in zip(jax.tree.leaves(gradient), jax.tree.leaves(way), strict=True)
            )
            np.testing.assert_allclose(along, (ahead - behind) / (2 * STEP), rtol=1e-6, atol=1e-8)


def test_tolerance_is_a_share_of_the_loss() -> None:
    net, inputs, targets = draw(1.2)
    with jax.enable_x64(True):
        value = quick_jit(
            lambda tolerance: total(LocalObjective(), tolerance)(net, inputs, targets)
        )
        exact, rough = value(1e-12), value(0.03)
        assert exact < rough <= 1.05 * exact


def test_keeps_the_precision_of_the_net() -> None:
    net, inputs, targets = jax.tree.map(np.float32, draw(1.2))
    with jax.enable_x64(True):
        value = quick_jit(jax.value_and_grad(total(LocalObjective(0.1), 1e-4)))
        loss, gradient = value(net, inputs, targets)
    assert {array.dtype for array in jax.tree.leaves((loss, gradient))} == {np.dtype("float32")}
