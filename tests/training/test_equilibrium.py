"""The derivatives of the mean loss against differences of it, and where they are known."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.nets import net_of
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import build_graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import random_mask
from nnuniverse.networks.propagation import Layer
from nnuniverse.observables import Settings
from nnuniverse.training.equilibrium import equilibrium_residuals

pytestmark = pytest.mark.quick

BETAS = (0.5, 1.4)
INPUTS = np.random.default_rng(0).uniform(-1.0, 1.0, (7, 3))


def mean_loss(net: tuple[Layer, ...], beta: float) -> float:
    """U of a net 3-2 with tanh outputs, from the eigenvalues of the whole of G."""
    (layer,) = net
    slope = 1.0 - np.tanh(INPUTS.mean(axis=0) @ layer.weights.T + layer.bias) ** 2
    coupling = np.zeros((5, 5))
    coupling[3:, :3] = slope[:, None] * layer.weights
    eigenvalues = np.linalg.eigvalsh((np.eye(5) - coupling).T @ (np.eye(5) - coupling))
    return 0.5 * float((eigenvalues / (1.0 + beta * eigenvalues)).sum())


def differences(net: tuple[Layer, ...], beta: float, step: float = 1e-5) -> list[np.ndarray]:
    """Central differences of `mean_loss` by every weight and by every bias."""
    leaves = [np.array(leaf) for leaf in net[0]]
    found = [np.empty_like(leaf) for leaf in leaves]
    for leaf, by in zip(leaves, found, strict=True):
        for place in np.ndindex(leaf.shape):
            values = []
            for shift in (step, -step):
                leaf[place] += shift
                values.append(mean_loss((Layer(*leaves),), beta))
                leaf[place] -= shift
            by[place] = (values[0] - values[1]) / (2.0 * step)
    return found


def test_they_are_those_of_the_whole_spectrum() -> None:
    random = np.random.default_rng(1)
    net = (Layer(random.standard_normal((2, 3)), random.standard_normal(2)),)
    settings = Settings(Layered((3, 2)), ACTIVATIONS["tanh"])
    for found in equilibrium_residuals(settings, net, INPUTS, BETAS):
        by_weights, by_biases = map(np.linalg.norm, differences(net, found.beta))
        assert found.mean_loss == pytest.approx(mean_loss(net, found.beta), rel=1e-12)
        assert found.by_weights == pytest.approx(by_weights, rel=1e-7)
        assert found.by_biases == pytest.approx(by_biases, rel=1e-7)
        relative = np.linalg.norm(net[0].weights) * by_weights / found.mean_loss
        assert found.relative == pytest.approx(relative, rel=1e-7)


def test_a_net_without_couplings_is_in_equilibrium() -> None:
    # G is even in w at f'(0), and so is U: its derivative vanishes at w = 0.
    net = (Layer(np.zeros((2, 3)), np.zeros(2)),)
    settings = Settings(Layered((3, 2)), ACTIVATIONS["tanh"])
    (found,) = equilibrium_residuals(settings, net, INPUTS, [1.0])
    assert found == (1.0, 0.5 * 5 * 0.5, 0.0, 0.0, 0.0)


def test_of_a_graph() -> None:
    graph = build_graph(random_mask(9, probability=0.5, seed=0), range(3), (7, 8))
    settings = Settings(graph, ACTIVATIONS["tanh"])
    with jax.enable_x64(True):
        net = net_of(graph).initialise(jax.random.key(0), "glorot_uniform", 1.0)
    (found,) = equilibrium_residuals(settings, net, jnp.asarray(INPUTS), [1.0])
    assert 0.0 < found.by_weights < 10.0
    assert 0.0 < found.by_biases < 10.0
