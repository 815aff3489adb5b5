"""The bulk loss is lowered in the precision of the net, whatever net it is."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit

from nnuniverse.losses import LocalObjective
from nnuniverse.nets import net_of
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.graph import build_graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import random_mask

ARCHITECTURES = {
    "layers": Layered((3, 4, 2)),
    "graph": build_graph(random_mask(9, probability=0.6, seed=0), range(3), (7, 8)),
}


@pytest.mark.parametrize("free", [False, True], ids=["clamped", "free"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_value_and_gradient_are_single(
    architecture: Architecture, activation: str, free: bool
) -> None:
    net = net_of(architecture)
    inputs = jnp.ones((2, 3), jnp.float32)
    targets = None if free else jnp.ones((2, 2), jnp.float32)

    def loss(parameters):
        f = ACTIVATIONS[activation]
        return net.bulk_loss(parameters, f, inputs, targets, LocalObjective(), 1e-3).sum()

    with jax.enable_x64(True):
        drawn = net.initialise(jax.random.key(0), "glorot_uniform", 1.0)
        single = jax.tree.map(lambda array: array.astype(jnp.float32), drawn)
        value, gradient = quick_jit(jax.value_and_grad(loss))(single)
    leaves = jax.tree.leaves((value, gradient))
    assert {array.dtype for array in leaves} == {np.dtype("float32")}
    assert all(np.isfinite(array).all() for array in leaves)
