"""The bulk loss is lowered in the precision of the net, whatever net it is."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import numpy as np
import pytest

from nnuniverse.losses import LocalObjective
from nnuniverse.nets import net_of
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.graph import build_graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import random_mask

pytestmark = pytest.mark.quick

ARCHITECTURES = {
    "layers": Layered((3, 4, 2)),
    "graph": build_graph(random_mask(9, probability=0.6, seed=0), range(3), (7, 8)),
}


@cache
def drawn(architecture: Architecture) -> Any:
    """Parameters in single precision."""
    parameters = net_of(architecture).initialise(jax.random.key(0), "glorot_uniform", 1.0)
    return jax.tree.map(lambda array: np.asarray(array, np.float32), parameters)


@pytest.mark.parametrize("free", [False, True], ids=["clamped", "free"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_value_and_gradient_are_single(
    architecture: Architecture, activation: str, free: bool
) -> None:
    net = net_of(architecture)
    inputs = np.ones((2, 3), np.float32)
    targets = None if free else np.ones((2, 2), np.float32)

    def loss(parameters):
        f = ACTIVATIONS[activation]
        return net.bulk_loss(parameters, f, inputs, targets, LocalObjective(), 1e-3).sum()

    with jax.enable_x64(True):
        value, gradient = jax.jit(jax.value_and_grad(loss))(drawn(architecture))
    leaves = jax.tree.leaves((value, gradient))
    assert {array.dtype for array in leaves} == {np.dtype("float32")}
    assert all(np.isfinite(array).all() for array in leaves)
