"""Learning in the bulk as it is seen from the boundary, and nets that stand for the bulk."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from nnuniverse.physics.holography.boundary_maps import (
    net_of_linear_bulk,
    printed_net,
    shuffled_net,
)
from nnuniverse.physics.holography.boundary_net import BoundaryNet, boundary_net
from nnuniverse.physics.holography.induced_flow import (
    clamped_metric,
    induced_flow,
    transfer_matrix,
)

NEURONS = 12
INPUTS, OUTPUTS = np.arange(3), np.array([10, 11])


def clamped_net(seed: int, share: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Weights of a random net with loops whose inputs hear nobody, and where there are edges."""
    random = np.random.default_rng(seed)
    allowed = random.random((NEURONS, NEURONS)) < share
    allowed[INPUTS] = False
    return 0.25 * allowed * random.normal(size=allowed.shape), allowed


def by_complex_steps(weights: np.ndarray, allowed: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """``dT/dt`` of gradient descent on the edges, each derivative by itself."""
    edges = np.argwhere(allowed)
    steps = np.zeros((len(edges), NEURONS, NEURONS), complex)
    steps[np.arange(len(edges)), edges[:, 0], edges[:, 1]] = 1e-30j
    moved = np.linalg.inv(np.eye(NEURONS) - weights - steps).imag / 1e-30
    slopes = moved[:, OUTPUTS][:, :, INPUTS]
    return -np.einsum("e,eoi->oi", np.einsum("eoi,oi->e", slopes, slope), slopes)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.2])
def test_the_flow_is_that_of_gradient_descent_on_the_edges(share: float) -> None:
    weights, allowed = clamped_net(0, share)
    slope = np.random.default_rng(1).normal(size=(2, 3))
    flow = induced_flow(weights, allowed, INPUTS, OUTPUTS, slope)
    np.testing.assert_allclose(flow, by_complex_steps(weights, allowed, slope), rtol=1e-11)


def test_clamped_inputs_take_the_square_of_the_transfer_from_the_metric() -> None:
    weights, _ = clamped_net(2)
    allowed = np.ones((NEURONS, NEURONS), bool)
    allowed[INPUTS] = False
    slope = np.random.default_rng(3).normal(size=(2, 3))
    first, second = clamped_metric(weights, INPUTS, OUTPUTS)
    flow = induced_flow(weights, allowed, INPUTS, OUTPUTS, slope)
    np.testing.assert_allclose(flow, -first @ slope @ second, rtol=1e-11)
    transfer = transfer_matrix(weights, INPUTS, OUTPUTS)
    driven = induced_flow(weights, np.ones_like(allowed), INPUTS, OUTPUTS, slope)
    np.testing.assert_allclose(
        driven, -(first + transfer @ transfer.T) @ slope @ second, rtol=1e-11
    )


def test_one_weight_learns_as_a_shallow_net_does() -> None:
    weights = np.array([[0.0, 0.0], [0.7, 0.0]])
    allowed = weights != 0.0
    one, other, slope = np.array([0]), np.array([1]), np.array([[2.5]])
    assert transfer_matrix(weights, one, other)[0, 0] == 0.7
    assert induced_flow(weights, allowed, one, other, slope)[0, 0] == -2.5
    first, second = clamped_metric(weights, one, other)
    assert first[0, 0] == 1.0
    assert second[0, 0] == 1.0 + 0.7**2  # with all weights free the output may hear itself


def test_a_step_of_a_deep_sparse_net_moves_its_transfer_along_the_flow() -> None:
    """H = |T x - y|^2/2n of 3-4-3-2 whose neurons hear two of the layer before, T by layers."""
    random = np.random.default_rng(5)
    layer = np.repeat(np.arange(4), [3, 4, 3, 2])
    allowed = layer[:, None] == layer[None, :] + 1
    allowed &= random.random(allowed.shape) < 0.7
    weights = allowed * random.normal(size=allowed.shape)
    x, y = random.normal(size=(3, 20)), random.normal(size=(2, 20))

    def transfer(w: np.ndarray) -> np.ndarray:
        one, two, three = (w[np.ix_(layer == l + 1, layer == l)] for l in range(3))
        return three @ two @ one

    def loss(w: np.ndarray) -> complex:
        return (((transfer(w) @ x - y) ** 2).sum() / 40.0).item()

    gradient = np.zeros_like(weights)
    for i, j in np.argwhere(allowed):
        moved = weights.astype(complex)
        moved[i, j] += 1e-30j
        gradient[i, j] = loss(moved).imag / 1e-30
    step = 1e-6
    found = (transfer(weights - step * gradient) - transfer(weights + step * gradient)) / (2 * step)
    slope = (transfer(weights) @ x - y) @ x.T / 20.0
    flow = induced_flow(weights, allowed, INPUTS, OUTPUTS, slope)
    np.testing.assert_allclose(flow, found, rtol=1e-7, atol=1e-9)


def bent_state(weights: np.ndarray, bias: np.ndarray, given: np.ndarray) -> np.ndarray:
    """The fixed point of x = tanh(w x + b) with the inputs clamped."""
    x = np.zeros(NEURONS)
    for _ in range(200):
        x = np.tanh(weights @ x + bias)
        x[INPUTS] = given
    return x


def test_a_linear_bulk_has_the_state_and_the_answer_of_the_net() -> None:
    """Outputs agree where the bulk was linearised, and to second order in the inputs about it."""
    weights, _ = clamped_net(7, 0.4)
    random = np.random.default_rng(8)
    bias, given = 0.3 * random.normal(size=NEURONS), random.normal(size=3)
    state = bent_state(weights, bias, given)
    slopes = 1.0 - state**2
    boundary = np.concatenate([INPUTS, OUTPUTS])
    net = net_of_linear_bulk(sp.csr_array(weights), bias, slopes, state, boundary)

    def seen(inputs: np.ndarray) -> np.ndarray:
        x = np.concatenate([inputs, np.zeros(2)])
        for _ in range(200):
            x[3:] = np.tanh(net.weights @ x + net.bias)[3:]
        return x[3:]

    np.testing.assert_allclose(seen(given), state[OUTPUTS], atol=1e-14)
    off = []
    for size in (1e-2, 1e-3):
        moved = given + size * np.array([1.0, -0.5, 0.3])
        off.append(np.abs(seen(moved) - bent_state(weights, bias, moved)[OUTPUTS]).max())
    assert off[1] == pytest.approx(off[0] / 100.0, rel=0.1)
    plain = net_of_linear_bulk(sp.csr_array(weights), bias, np.ones(NEURONS), state, boundary)
    raw = boundary_net(sp.csr_array(weights), bias, boundary)
    np.testing.assert_allclose(plain.weights, raw.weights, atol=1e-15)  # slopes of one are w's


def test_the_printed_net_resums_and_loses_biases() -> None:
    weights = sp.csr_array(np.diag([2.0, 3.0], -1))
    net = printed_net(weights, np.array([1.0, 5.0, 7.0]), np.array([0, 2]))
    np.testing.assert_allclose(net.weights, [[0.0, 0.0], [6.0, 0.0]])
    assert net.bias.tolist() == [1.0, 7.0]
    right = boundary_net(weights, np.array([1.0, 5.0, 7.0]), np.array([0, 2]))
    assert right.bias.tolist() == [1.0, 22.0]


def test_a_shuffled_net_has_the_same_weights_elsewhere() -> None:
    random = np.random.default_rng(0)
    weights = np.zeros((8, 8))
    weights[5:, :5] = random.normal(size=(3, 5))
    net = BoundaryNet(weights, np.r_[np.zeros(5), random.normal(size=3)])
    shuffled = shuffled_net(net, np.arange(5, 8), random)
    assert not shuffled.weights[:5].any() and not shuffled.weights[:, 5:].any()
    assert not shuffled.bias[:5].any()
    for one, other in ((shuffled.weights, net.weights), (shuffled.bias, net.bias)):
        np.testing.assert_array_equal(np.sort(one, axis=None), np.sort(other, axis=None))
    assert (shuffled.weights != net.weights).any()
