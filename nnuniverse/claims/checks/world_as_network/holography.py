"""2008.01540 Sec. 10: a linear net of bulk and boundary neurons, mapped to its boundary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from nnuniverse.claims.checks.deviations import relative
from nnuniverse.claims.checks.weight_matrices import random_weights
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.physics.holography.boundary_net import boundary_net, weights_of_map
from nnuniverse.physics.holography.induced_flow import (
    clamped_metric,
    induced_flow,
    transfer_matrix,
)
from nnuniverse.spectra import Gram

BOUNDARY, NEURONS = 3, 9
EPS = 0.1
STEP = 1e-30
"""Of complex steps: derivatives without cancellation."""


@check("B23")
def map_to_the_boundary(random: np.random.Generator) -> Outcome:
    """``w_bd = P eps w (1 - eps w)^-1 P^T`` and ``d = log_eps w_bd - 1`` at eps = 0.1.

    Printed: d of three chains of two neurons, against 2; and the boundary net of (10.1)-(10.3)
    against the net, linear with biases.  Corrected: single chains of 0, 1, 2, 5 neurons; k equal
    ones, d + log k/log eps; weights, d + sum log w/log eps; the slope of log w_bd in log eps, by a
    complex step, for chains of one length, whatever their weights; and the boundary net of the
    weights ``w_bd (1 + w_bd)^-1`` with the biases of the bulk carried along.  Controls: weights of
    1.01 taken for 1; the biases of the bulk left out.

    Source: 2008.01540 (10.1)-(10.4), under a condition (B23).
    """
    three = [[1.0] * 3] * 3
    printed, corrected, without_bias = boundary_nets(random)
    return Outcome(
        printed=worst([Residual(abs(_distance(three) - 2.0)), printed]),
        corrected=worst([*_corrected_distances(random), corrected]),
        control=weakest([Residual(abs(_distance([[1.01] * 3]) - 2.0)), without_bias]),
        value=f"three chains of 2: d {_distance(three):.3f} at eps {EPS:g}, "
        f"{_distance(three, 1e-8):.3f} at 1e-08; boundary net off by {printed}",
    )


@check("B35")
def learning_and_entropy_on_the_boundary(random: np.random.Generator) -> Outcome:
    """What bulk weights w of a linear net do to ``T = P (1 - w)^-1 P^T``, G by the package.

    Gradient flow dw/dt = -dH/dw induces ``dT/dt = -(P G(w)^-1 P^T) (dH/dT) (P G(w^T)^-1 P^T)``,
    H any function of T.  With clamped inputs and some edges only it is the package's
    `induced_flow`, and with all of them its first factor has ``T T^T`` less.  Noise of variance
    sigma^2 on all entries of w gives w_bd of (10.3) at eps = 1 a covariance with ``1/2 log det =
    B/2 log det P G(w)^-1 P^T + B/2 log det P G(w^T)^-1 P^T + B^2 log sigma``, B boundary neurons;
    scale: B^2.  Left sides by complex steps.  Controls: G(w) in place of G(w^T); clamped inputs
    taken for driven ones.

    Source: an addition to 2008.01540 (10.3), (10.5) (B35).
    """
    w = random_weights(random, NEURONS, gain=0.5)
    target = random.normal(size=(BOUNDARY, BOUNDARY))
    edges = np.eye(NEURONS**2).reshape(-1, NEURONS, NEURONS)

    def transfer(weights: np.ndarray) -> np.ndarray:
        return np.linalg.inv(np.eye(NEURONS) - weights)[..., :BOUNDARY, :BOUNDARY]

    slopes = transfer(w + 1j * STEP * edges).imag / STEP
    pull = transfer(w) ** 3 - target
    descent = -np.einsum("eab,ab->e", slopes, pull)
    flow = np.einsum("e,eab->ab", descent, slopes)
    first, second = _inverse_gram(w), _inverse_gram(w.T)
    *clamped, as_if_driven = clamped_flows(random)

    def entropy(one: np.ndarray, other: np.ndarray) -> float:
        return BOUNDARY * float(np.linalg.slogdet(one)[1] + np.linalg.slogdet(other)[1]) / 2.0

    jacobian = slopes.reshape(len(edges), -1)
    fluctuations = float(np.linalg.slogdet(jacobian.T @ jacobian)[1]) / 2.0
    return Outcome(
        printed=worst(
            [
                relative(-first @ pull @ second, flow),
                Residual(abs(entropy(first, second) - fluctuations) / BOUNDARY**2),
                *clamped,
            ]
        ),
        control=weakest(
            [
                relative(-first @ pull @ first, flow),
                Residual(abs(entropy(first, first) - fluctuations) / BOUNDARY**2),
                as_if_driven,
            ]
        ),
        value=f"1/2 log det of the covariance of w_bd {fluctuations:.6f}, sigma = 1",
    )


def clamped_flows(random: np.random.Generator) -> list[Residual]:
    """Return how far forms of ``dT/dt`` are from gradient descent, with the inputs clamped.

    The sum over some edges; two factors, of all edges; those factors for driven inputs.

    ``random``: where its numbers are drawn from.
    """
    inputs, outputs = np.arange(BOUNDARY), np.arange(NEURONS - BOUNDARY, NEURONS)
    all_edges = np.ones((NEURONS, NEURONS), bool)
    all_edges[inputs] = False
    some = all_edges & (random.random(all_edges.shape) < 0.5)
    w = all_edges * random_weights(random, NEURONS, gain=0.5)
    pull = random.normal(size=(BOUNDARY, BOUNDARY))
    first, second = clamped_metric(w, inputs, outputs)
    transfer = transfer_matrix(w, inputs, outputs)

    def descent(weights: np.ndarray, edges: np.ndarray) -> np.ndarray:
        steps = np.eye(NEURONS**2)[edges.ravel()].reshape(-1, NEURONS, NEURONS)
        moved = np.linalg.inv(np.eye(NEURONS) - weights - 1j * STEP * steps).imag / STEP
        slopes = moved[:, outputs][:, :, inputs]
        return -np.einsum("eoi,oi,eab->ab", slopes, pull, slopes)

    flow = descent(w, all_edges)
    return [
        relative(induced_flow(some * w, some, inputs, outputs, pull), descent(some * w, some)),
        relative(-first @ pull @ second, flow),
        relative(-(first + transfer @ transfer.T) @ pull @ second, flow),
    ]


def boundary_map(weights: np.ndarray, boundary: int, eps: complex) -> np.ndarray:
    """Return ``P eps w (1 - eps w)^-1 P^T``, P on the first neurons; 2008.01540 (10.3).

    ``weights``: w, (N, N); ``boundary``: how many neurons of the boundary there are, the first.
    """
    paths = np.linalg.solve(np.eye(len(weights)) - eps * weights, eps * weights)
    return paths[:boundary, :boundary]


def boundary_nets(random: np.random.Generator) -> list[Residual]:
    """Return how far nets of the boundary alone are from a linear net with biases.

    That of (10.1)-(10.3); that of the weights ``w_bd (1 + w_bd)^-1`` with the biases that the bulk
    passes on; and the latter without these.

    ``random``: where its numbers are drawn from.
    """
    w, b = random_weights(random, NEURONS, gain=0.5), random.normal(size=NEURONS)
    states = np.linalg.solve(np.eye(NEURONS) - w, b)[:BOUNDARY]
    mapped, one, outer = boundary_map(w, BOUNDARY, 1.0), np.eye(BOUNDARY), b[:BOUNDARY]
    seen = boundary_net(sp.csr_array(w), b, np.arange(BOUNDARY))
    nets = (mapped, outer), (weights_of_map(mapped), seen.bias), (seen.weights, outer)
    return [relative(np.linalg.solve(one - w, b), states) for w, b in nets]


def _corrected_distances(random: np.random.Generator) -> list[Residual]:
    """Return how far distances are from the number of neurons between, corrected where needed."""
    weights = random.uniform(0.5, 2.0, 4).tolist()
    entry = boundary_map(_chains([weights[:3]] * 3), 2, EPS + 1j * STEP)[1, 0]
    slope = float(EPS * np.log(entry).imag / STEP - 1.0)
    found_and_expected = [
        *((_distance([[1.0] * (n + 1)]), n) for n in (0, 1, 2, 5)),
        (_distance([[1.0] * 3] * 3), 2.0 + np.log(3.0) / np.log(EPS)),
        (_distance([weights]), 3.0 + float(np.log(weights).sum()) / np.log(EPS)),
        (slope, 2.0),
    ]
    return [Residual(abs(found - expected)) for found, expected in found_and_expected]


def _distance(chains: Sequence[Sequence[float]], eps: float = EPS) -> float:
    """Return ``log_eps w_bd - 1`` of the ends of chains; 2008.01540 (10.4)."""
    entry = boundary_map(_chains(chains), 2, eps)[1, 0]
    return float(np.log(entry) / np.log(eps) - 1.0)


def _chains(chains: Sequence[Sequence[float]]) -> np.ndarray:
    """Return w of chains from neuron 0 to neuron 1, each given by the weights along it."""
    size = 2 + sum(len(chain) - 1 for chain in chains)
    w, free = np.zeros((size, size)), 2
    for chain in chains:
        between = list(range(free, free + len(chain) - 1))
        free += len(between)
        for start, end, weight in zip([0, *between], [*between, 1], chain, strict=True):
            w[end, start] += weight
    return w


def _inverse_gram(weights: np.ndarray) -> np.ndarray:
    """Return ``P G^-1 P^T`` of the package's G."""
    gram = Gram(sp.csr_array(weights)) @ np.eye(len(weights))
    return np.linalg.inv(gram)[:BOUNDARY, :BOUNDARY]
