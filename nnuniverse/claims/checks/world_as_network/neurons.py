"""2008.01540 Sec. 2: the activation functions and the boundary loss."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from nnuniverse.claims.checks.nets import random_parameters, whole_matrix
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, worst
from nnuniverse.losses.boundary import boundary_loss
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.propagation import Parameters, forward
from nnuniverse.precision import in_float64


@check("B1")
@in_float64
def logistic_function_and_range_of_tanh() -> Outcome:
    """``f(x) = (1 + exp(-x))^-1``, which solves ``f' = f (1 - f)``; tanh has a finite range.

    Residuals: of the slope of the logistic function against ``f (1 - f)``, as printed and of
    `ACTIVATIONS`, at -6 .. 6; of tanh the values outside (-30, 30), which vanish if the support is
    finite, against what they are beyond the range (-1, 1).  Control: exp(-1.01 x).

    Source: 2008.01540 Sec. 2, wrong as printed (B1).
    """
    x = np.linspace(-6.0, 6.0, 25)
    logistic, tanh = ACTIVATIONS["logistic"], ACTIVATIONS["tanh"]

    def apart(rate: float) -> Residual:
        f = 1.0 / (1.0 + np.exp(rate * x))
        return Residual(float(np.abs(-rate * f * (1.0 - f) - f * (1.0 - f)).max()))

    own, slope = (
        np.asarray(function(jnp.asarray(x))) for function in (logistic.function, logistic.slope)
    )
    outside = np.asarray(tanh.function(jnp.array([-40.0, 40.0])))
    return Outcome(
        printed=worst([apart(1.0), Residual(float(np.abs(outside).max()))]),
        corrected=worst(
            [
                Residual(float(np.abs(slope - own * (1.0 - own)).max())),
                Residual(float(np.abs(own - 1.0 / (1.0 + np.exp(-x))).max())),
                Residual(float(np.abs(outside - tanh.range).max())),
            ]
        ),
        control=apart(-1.01),
    )


@check("B2")
@in_float64
def boundary_loss_by_projection(random: np.random.Generator) -> Outcome:
    """``H_boundary = H(P x, P b, P^T w P)`` is the training loss of a net without hidden neurons.

    Residuals: of by how much both change if all weights are doubled, (2.4) against
    `boundary_loss`, over the sum of the changes: of a net 3-4-2, and of one 3-2.  Control: of the
    latter with the weights of (2.4) times 2.02.

    Source: 2008.01540 (2.4), which needs a net without hidden neurons (B2).
    """
    hidden, none = (3, 4, 2), (3, 2)
    inputs, targets = random.uniform(size=(20, 3)), random.uniform(size=(20, 2))

    def training_loss(net: Parameters) -> float:
        outputs = forward(net, jnp.asarray(inputs), ACTIVATIONS["tanh"])
        return float(boundary_loss(outputs, jnp.asarray(targets)).mean())

    def projected_loss(net: Parameters) -> float:
        sizes = [net[0].weights.shape[1], *(len(layer.bias) for layer in net)]
        boundary = np.r_[: sizes[0], sum(sizes) - sizes[-1] : sum(sizes)]
        weights = whole_matrix([np.asarray(layer.weights) for layer in net])
        biases = np.concatenate([np.zeros(sizes[0]), *(np.asarray(layer.bias) for layer in net)])
        states = np.hstack([inputs, targets])
        projected = weights[np.ix_(boundary, boundary)]
        errors = states - np.tanh(states @ projected.T + biases[boundary])
        return float(0.5 * (errors**2).sum(axis=1).mean())

    def apart(net: Parameters, factor: float = 2.0) -> Residual:
        training = training_loss(_times(net, 2.0)) - training_loss(net)
        projected = projected_loss(_times(net, factor)) - projected_loss(net)
        return Residual(abs(training - projected) / (abs(training) + abs(projected)))

    net = random_parameters(random, none)
    return Outcome(
        printed=apart(random_parameters(random, hidden)),
        corrected=apart(net),
        control=apart(net, 2.02),
    )


def _times(net: Parameters, factor: float) -> Parameters:
    """Return the net with all weights times ``factor``."""
    return tuple(layer._replace(weights=factor * layer.weights) for layer in net)
