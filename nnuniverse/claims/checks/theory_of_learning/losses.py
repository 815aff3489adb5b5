"""2004.09280 Secs. 3-4: the bulk loss, and its mean over the ensemble of the boundary."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

import jax
import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.optimize import minimize

from nnuniverse.claims.checks.nets import random_parameters, whole_matrix
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, worst
from nnuniverse.losses import BulkMinimum, LocalObjective, bulk_minimum
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.propagation import Parameters
from nnuniverse.precision import in_float64

SIZES = (2, 2, 1)
INPUTS, HIDDEN, OUTPUTS = slice(0, 2), slice(2, 4), slice(4, 5)
SAMPLES, MASS = 3, 0.3


class Problem(NamedTuple):
    """A net, w (N, N) and b (N,), whose inputs are clamped, and data for its boundary."""

    net: Parameters
    w: np.ndarray
    b: np.ndarray
    inputs: np.ndarray
    targets: np.ndarray

    def loss(self, hidden: np.ndarray, sample: int, mass: float = MASS) -> float:
        """Return ``H = 1/2 |x - f(w x + b)|^2 - (m/2) x^T x`` by hand, V of hidden neurons only.

        ``sample``: its number; ``mass``: m.
        """
        x = np.concatenate([self.inputs[sample], hidden, self.targets[sample]])
        error = (x - np.tanh(self.w @ x + self.b))[HIDDEN.start :]
        return float(0.5 * error @ error - 0.5 * mass * hidden @ hidden)

    def forward(self, sample: int) -> tuple[np.ndarray, float]:
        """Return the hidden states of the forward pass, and the boundary loss.

        ``sample``: its number.
        """
        x = np.concatenate([self.inputs[sample], np.zeros(3)])
        for _ in SIZES[1:]:
            x = np.concatenate([x[INPUTS], np.tanh(self.w @ x + self.b)[HIDDEN.start :]])
        error = x[OUTPUTS] - self.targets[sample]
        return x[HIDDEN], float(0.5 * error @ error)


def draw(random: np.random.Generator) -> Problem:
    """Return a random 2-2-1 net and three samples."""
    net = random_parameters(random, SIZES)
    return Problem(
        net,
        whole_matrix([layer.weights for layer in net]),
        np.concatenate([np.zeros(2), *(layer.bias for layer in net)]),
        random.uniform(-0.9, 0.9, (SAMPLES, SIZES[0])),
        random.choice([-0.8, 0.8], (SAMPLES, SIZES[-1])),
    )


@cache
def _compiled() -> Callable[..., BulkMinimum]:
    def minimum(net: Parameters, inputs: jax.Array, targets: jax.Array) -> BulkMinimum:
        return bulk_minimum(net, ACTIVATIONS["tanh"], inputs, targets, LocalObjective(MASS))

    return in_float64(jax.jit(minimum))


def minimum_of(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return the package's bulk losses of the samples, and the hidden states; compiled once.

    ``problem``: a net with samples.
    """
    found = _compiled()(problem.net, problem.inputs, problem.targets)
    return np.asarray(found.loss), np.asarray(found.states[0])


@check("A4")
def bulk_loss_is_the_least_error(random: np.random.Generator) -> Outcome:
    """``H = min 1/2 |x - f(w x + b)|^2 + V(x)``, the boundary clamped, m = 0.3.

    Residuals, over the boundary loss: from the minimum by L-BFGS, which starts at the forward pass;
    from boundary loss + V there, of how H is written; and by how much the minimum is above that.
    Control: minimised with m 1 % off.

    Source: 2004.09280 (3.1)-(3.4), with b_j where p_j is printed.
    """
    problem = draw(random)
    found, _ = minimum_of(problem)
    residuals, controls = [], []
    for sample in range(SAMPLES):
        start, boundary = problem.forward(sample)
        there = boundary - 0.5 * MASS * float(start @ start)
        least, wrong = (_least(problem, sample, start, mass) for mass in (MASS, 1.01 * MASS))
        residuals += [
            Residual(abs(problem.loss(start, sample) - there) / boundary),
            Residual(max(0.0, found[sample] - there) / boundary),
            Residual(float(abs(found[sample] - least)) / boundary),
        ]
        controls.append(Residual(float(abs(found[sample] - wrong)) / boundary))
    return Outcome(
        printed=worst(residuals),
        control=worst(controls),
        value=f"H {np.round(found, 4)}",
    )


def _least(problem: Problem, sample: int, start: np.ndarray, mass: float) -> float:
    options = {"ftol": 1e-16, "gtol": 1e-9}
    bounds = [(-1.0, 1.0)] * len(start)
    arguments = (sample, mass)
    return float(minimize(problem.loss, start, arguments, bounds=bounds, options=options).fun)


@check("A5")
def boundary_ensemble_in_the_bulk(random: np.random.Generator) -> Outcome:
    """``U_0 = int H p_0`` with ``p_0 = p_bd(P x) delta(xbar - x)``, delta of hidden neurons only.

    The delta function is a Gaussian of width 1e-6.  Printed: log of the norm of p_0 if it has all N
    directions, in which those of the boundary give ``delta(0)`` each.  Corrected: (4.3) from (4.1),
    the package's minima, over the mean boundary loss.  Control: it sits at the forward pass.

    Source: 2004.09280 (4.1)-(4.3).
    """
    width = 1e-6
    problem = draw(random)
    minima, states = minimum_of(problem)
    nodes, weights = hermegauss(4)
    grid = width * np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, 2)
    weight = np.outer(weights, weights).ravel() / (2.0 * np.pi)

    def mean_loss(centres: Iterable[np.ndarray]) -> float:
        losses = [
            [problem.loss(centre + away, sample) for away in grid]
            for sample, centre in enumerate(centres)
        ]
        return float(np.mean(np.asarray(losses) @ weight))

    u = float(np.mean(minima))
    forward, losses = zip(*(problem.forward(sample) for sample in range(SAMPLES)), strict=True)
    scale = float(np.mean(losses))
    at_zero = 1.0 / (np.sqrt(2.0 * np.pi) * width)
    return Outcome(
        printed=Residual((SIZES[0] + SIZES[-1]) * float(np.log(at_zero))),
        corrected=Residual(abs(mean_loss(states) - u) / scale),
        control=Residual(abs(mean_loss(forward) - u) / scale),
        value=f"U_0 {u:.4f}, at the forward pass {mean_loss(forward):.4f}",
    )
