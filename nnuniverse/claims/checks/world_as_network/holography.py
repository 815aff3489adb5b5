"""2008.01540 Sec. 10: a linear net of bulk and boundary neurons, mapped to its boundary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from nnuniverse.claims.checks.residual_of import relative
from nnuniverse.claims.checks.weight_matrices import random_weights
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.spectra import Gram

BOUNDARY, NEURONS = 3, 9
STEP = 1e-30
"""Of complex steps: derivatives without cancellation."""


@check("B23")
def map_to_the_boundary(random: np.random.Generator) -> Outcome:
    """``w_bd = P eps w (1 - eps w)^-1 P^T`` and ``d = log_eps w_bd - 1`` at eps = 0.1.

    Printed: d of two chains of two neurons, against 2; and the boundary net of (10.1)-(10.3)
    against the net, linear with biases.  Corrected: single chains of 0, 1, 2, 5 neurons; k equal
    ones, d + log k/log eps; weights, d + sum log w/log eps; and the boundary net of the weights
    ``w_bd (1 + w_bd)^-1`` with the biases of the bulk carried along.  Controls: weights of 1.01
    taken for 1; the biases of the bulk left out.

    Source: 2008.01540 (10.1)-(10.4), under a condition (B23).
    """
    eps = 0.1

    def distance(chains: Sequence[Sequence[float]], eps: float = eps) -> float:
        entry = boundary_map(_chains(chains), 2, eps)[1, 0]
        return float(np.log(entry) / np.log(eps) - 1.0)

    three, weights = [[1.0] * 3] * 3, random.uniform(0.5, 2.0, 4).tolist()
    expected = [
        *((distance([[1.0] * (n + 1)]), n) for n in (0, 1, 2, 5)),
        (distance(three), 2.0 + np.log(3.0) / np.log(eps)),
        (distance([weights]), 3.0 + float(np.log(weights).sum()) / np.log(eps)),
    ]
    w, b = random_weights(random, NEURONS, gain=0.5), random.normal(size=NEURONS)
    states = np.linalg.solve(np.eye(NEURONS) - w, b)[:BOUNDARY]
    printed_w = boundary_map(w, BOUNDARY, 1.0)
    one = np.eye(BOUNDARY)
    corrected_w = np.linalg.solve((one + printed_w).T, printed_w.T).T
    bulk = np.linalg.solve(np.eye(NEURONS - BOUNDARY) - w[BOUNDARY:, BOUNDARY:], b[BOUNDARY:])
    corrected_b = b[:BOUNDARY] + w[:BOUNDARY, BOUNDARY:] @ bulk

    def net(weights: np.ndarray, bias: np.ndarray) -> Residual:
        return relative(np.linalg.solve(one - weights, bias), states)

    small = 1e-8
    return Outcome(
        printed=worst([Residual(abs(distance(three) - 2.0)), net(printed_w, b[:BOUNDARY])]),
        corrected=worst(
            [*(Residual(abs(d - n)) for d, n in expected), net(corrected_w, corrected_b)]
        ),
        control=weakest(
            [Residual(abs(distance([[1.01] * 3]) - 2.0)), net(corrected_w, b[:BOUNDARY])]
        ),
        value=f"three chains of 2: d {distance(three):.3f} at eps {eps:g}, "
        f"{distance(three, small):.3f} at {small:g}; "
        f"boundary net off by {net(printed_w, b[:BOUNDARY])}",
    )


@check("B35")
def learning_and_entropy_on_the_boundary(random: np.random.Generator) -> Outcome:
    """What bulk weights w of a linear net do to ``T = P (1 - w)^-1 P^T``, G by the package.

    Gradient flow dw/dt = -dH/dw induces ``dT/dt = -(P G(w)^-1 P^T) (dH/dT) (P G(w^T)^-1 P^T)``,
    H any function of T.  Noise of variance sigma^2 on all entries of w gives w_bd of (10.3) at
    eps = 1 a covariance with ``1/2 log det = B/2 log det P G(w)^-1 P^T + B/2 log det P G(w^T)^-1
    P^T + B^2 log sigma``, B boundary neurons; scale: B^2.  Left sides by complex steps.  Controls:
    G(w) in place of G(w^T).

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

    def entropy(one: np.ndarray, other: np.ndarray) -> float:
        return BOUNDARY * float(np.linalg.slogdet(one)[1] + np.linalg.slogdet(other)[1]) / 2.0

    jacobian = slopes.reshape(len(edges), -1)
    fluctuations = float(np.linalg.slogdet(jacobian.T @ jacobian)[1]) / 2.0
    return Outcome(
        printed=worst(
            [
                relative(-first @ pull @ second, flow),
                Residual(abs(entropy(first, second) - fluctuations) / BOUNDARY**2),
            ]
        ),
        control=weakest(
            [
                relative(-first @ pull @ first, flow),
                Residual(abs(entropy(first, first) - fluctuations) / BOUNDARY**2),
            ]
        ),
        value=f"1/2 log det of the covariance of w_bd {fluctuations:.6f}, sigma = 1",
    )


def boundary_map(weights: np.ndarray, boundary: int, eps: float) -> np.ndarray:
    """Return ``P eps w (1 - eps w)^-1 P^T``, P on the first neurons; 2008.01540 (10.3)."""
    paths = np.linalg.solve(np.eye(len(weights)) - eps * weights, eps * weights)
    return paths[:boundary, :boundary]


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
