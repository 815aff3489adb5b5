"""2004.09280 Sec. 2: nilpotent weights, the bias of the inputs, the boundary loss."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from nnuniverse.claims.checks.nets import random_parameters, whole_matrix
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.losses import boundary_loss
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics.canonical import build_system, errors, input_bias

SIZES = (3, 4, 4, 2)
INPUTS, OUTPUTS = slice(0, 3), slice(11, 13)
LAYERS = len(SIZES)
TANH = ACTIVATIONS["tanh"]


@check("A1")
@in_float64
def weights_are_nilpotent(random: np.random.Generator) -> Outcome:
    """``w^L = 0``, ``P_in w = 0``, ``P_out w^T = 0``, and x(L - 1) solves x = f(w x + b).

    Residuals: largest entries, for a random 3-4-4-2 net; the error of the fixed point is that of
    the package.  Control: one power and one step less.

    Source: 2004.09280 (2.1)-(2.3), (2.9).
    """
    net = random_parameters(random, SIZES)
    w = whole_matrix([layer.weights for layer in net])
    inputs = random.uniform(-0.9, 0.9, SIZES[0])
    b = np.concatenate([input_bias(inputs, TANH), *(layer.bias for layer in net)])
    states = [np.concatenate([inputs, np.zeros(len(b) - len(inputs))])]
    for _ in range(LAYERS):
        states.append(np.tanh(w @ states[-1] + b))
    system = build_system(w, b)
    left = np.asarray(errors(system, TANH, jnp.asarray(states[LAYERS - 1])))
    zeros = [np.linalg.matrix_power(w, LAYERS), w[INPUTS], w.T[OUTPUTS], left]
    early = [np.linalg.matrix_power(w, LAYERS - 1), states[LAYERS - 1] - states[LAYERS - 2]]
    return Outcome(
        printed=worst(Residual(float(np.abs(zero).max())) for zero in zeros),
        control=weakest(Residual(float(np.abs(move).max())) for move in early),
    )


@check("A2")
def biases_hold_the_inputs(random: np.random.Generator) -> Outcome:
    """``f(P_in b) = P_in x`` by ``b = f^{-1}(x)``, and f(0) = 0 at all neurons but the inputs.

    Printed: how near f comes to data of 1.2 with tanh, and f(0) with the logistic function.
    Corrected: data inside (-1, 1) with tanh.  Control: biases 1 % off.

    Source: 2004.09280 (2.8), which needs |x| < 1 and f(0) = 0 (A2).
    """
    x, hidden = random.uniform(-0.9, 0.9, 5), np.zeros(4)
    bias = np.concatenate([input_bias(x, TANH), hidden])
    data = np.concatenate([x, hidden])
    outside = 1.2 - TANH.range[1]
    at_zero = 1.0 / (1.0 + np.exp(-hidden))
    return Outcome(
        printed=weakest([Residual(outside), Residual(float(at_zero.max()))]),
        corrected=Residual(float(np.abs(np.tanh(bias) - data).max())),
        control=Residual(float(np.abs(np.tanh(1.01 * bias) - data).max())),
        value=f"|x| <= {np.abs(x).max():.2f}: biases up to {np.abs(bias).max():.2f}",
    )


@check("A3")
@in_float64
def boundary_loss_has_a_half(random: np.random.Generator) -> Outcome:
    """``H = 1/2 (x - x_data)^T (P_in + P_out) (x - x_data)``, the inputs without an error.

    Residuals: from that, relative; printed is ``(x - x_data)^T P_out (x - x_data)``.  Control: the
    hidden neurons counted too.

    Source: 2004.09280 (2.11); (2.10) is twice as large (A3).
    """
    neurons = sum(SIZES)
    difference = random.normal(size=neurons)
    difference[INPUTS] = 0.0
    p_in, p_out = (
        np.diag([float(n in range(neurons)[part]) for n in range(neurons)])
        for part in (INPUTS, OUTPUTS)
    )
    loss = 0.5 * difference @ (p_in + p_out) @ difference
    printed = difference @ p_out @ difference
    targets = random.normal(size=(1, SIZES[-1]))
    outputs = jnp.asarray(targets + difference[OUTPUTS])
    package = boundary_loss(outputs, jnp.asarray(targets))
    return Outcome(
        printed=Residual(abs(printed / loss - 1.0)),
        corrected=Residual(abs(float(package[0]) / loss - 1.0)),
        control=Residual(abs(0.5 * difference @ difference / loss - 1.0)),
    )
