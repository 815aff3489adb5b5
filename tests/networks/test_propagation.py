"""The fixed point of the net, its couplings, and the matrix that they make up."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.coupling import coupling_blocks, coupling_matrix
from nnuniverse.networks.propagation import Layer, Parameters, forward, preactivations

SIZES = (5, 4, 3, 2)
INPUTS = SIZES[0]


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


def random_net(sizes: tuple[int, ...] = SIZES) -> Parameters:
    random = np.random.default_rng(5)
    return tuple(
        Layer(
            jnp.asarray(random.normal(size=(rows, columns))), jnp.asarray(random.normal(size=rows))
        )
        for columns, rows in pairwise(sizes)
    )


def whole_matrix(blocks: list[jax.Array]) -> np.ndarray:
    """Written entry by entry, to differ from the package."""
    ends = np.cumsum([blocks[0].shape[1], *(len(block) for block in blocks)])
    matrix = np.zeros((ends[-1], ends[-1]))
    for l, block in enumerate(np.asarray(block) for block in blocks):
        for i, j in np.ndindex(block.shape):
            matrix[ends[l] + i, ends[l] - block.shape[1] + j] = block[i, j]
    return matrix


def test_a_row_is_a_receiving_neuron() -> None:
    weights = jnp.zeros((2, 3)).at[1, 0].set(4.0)  # from input 0 to output 1
    net = (Layer(weights, jnp.asarray([0.5, 0.25])),)
    outputs = forward(net, jnp.asarray([[3.0, 0.0, 0.0], [0.0, 7.0, 7.0]]), ACTIVATIONS["identity"])
    np.testing.assert_array_equal(outputs, [[0.5, 12.25], [0.5, 0.25]])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_iteration_of_the_whole_state_ends_in_the_fixed_point(name: str) -> None:
    # 2004.09280 (2.5), (2.9): x <- f(w x + b) on all N neurons with the inputs clamped (A1).
    activation, net = ACTIVATIONS[name], random_net()
    function = jax.jit(activation.function)
    random = np.random.default_rng(1)
    inputs = random.uniform(-1, 1, (20, INPUTS))
    w = whole_matrix([layer.weights for layer in net])
    b = np.concatenate([np.zeros(INPUTS), *(layer.bias for layer in net)])

    def step(x: np.ndarray) -> np.ndarray:
        moved = np.array(function(x @ w.T + b))
        moved[:, :INPUTS] = inputs
        return moved

    x = np.concatenate([inputs, random.normal(size=(20, sum(SIZES) - INPUTS))], axis=1)
    residuals = []
    for _ in range(len(SIZES)):
        before, x = x, step(x)
        residuals.append(np.abs(x - before).max())
    # The L - 1st step still moves the state, to where no further one does.
    assert residuals[-2] > 1e-3
    assert residuals[-1] == 0.0

    arguments = jax.jit(preactivations, static_argnums=2)(net, inputs, activation)
    assert [y.shape for y in arguments] == [(20, n) for n in SIZES[1:]]
    states = np.array(function(np.concatenate(arguments, axis=1)))
    np.testing.assert_allclose(states, x[:, INPUTS:], rtol=1e-13, atol=1e-13)
    outputs = jax.jit(forward, static_argnums=2)(net, inputs, activation)
    np.testing.assert_allclose(outputs, states[:, -SIZES[-1] :], rtol=1e-13, atol=1e-13)


def test_coupling_blocks_scale_the_rows_by_the_slopes() -> None:
    net = random_net()
    slopes = [np.arange(1.0, n + 1) for n in SIZES[1:]]
    blocks = jax.jit(coupling_blocks)(net, slopes)
    for block, layer, slope in zip(blocks, net, slopes, strict=True):
        expected = np.diag(slope) @ np.asarray(layer.weights)
        np.testing.assert_allclose(block, expected, rtol=1e-15)


def test_coupling_blocks_are_float64_whatever_the_callers_jax_uses() -> None:
    with jax.enable_x64(False):
        net = (Layer(jnp.full((3, 2), 0.1, jnp.float32), jnp.zeros(3, jnp.float32)),)
        (block,) = coupling_blocks(net, [jnp.full(3, 0.1, jnp.float32)])
    assert block.dtype == jnp.float64
    np.testing.assert_allclose(block, float(np.float32(0.1)) ** 2, rtol=1e-15)


@pytest.mark.parametrize("sizes", [(5, 4, 3, 2), (2, 7, 1), (3, 1)])
def test_coupling_matrix_and_its_nilpotency(sizes: tuple[int, ...]) -> None:
    blocks = [layer.weights for layer in random_net(sizes)]
    matrix = np.asarray(jax.jit(coupling_matrix)(blocks))
    np.testing.assert_array_equal(matrix, whole_matrix(blocks))
    assert np.any(np.linalg.matrix_power(matrix, len(sizes) - 1))
    np.testing.assert_array_equal(np.linalg.matrix_power(matrix, len(sizes)), 0.0)
