"""The bulk loss: the least error of all neurons with the boundary clamped."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from nnuniverse.losses.boundary import boundary_loss
from nnuniverse.losses.bulk_step import Linearised, dot, gauss_newton_step
from nnuniverse.networks import Activation, Parameters
from nnuniverse.precision import in_float64

SAMPLES_AT_ONCE = 200
"""Samples minimised together, until the last of them is done: chosen empirically, 100 to 1,000."""

RELATIVE_DECREASE = 1e-12
"""A sample has converged where the next step promises to lower H by no more than this share of
the boundary loss.  Steps then gain two digits or more each, so H is exact to rounding."""

ROUNDING = 1e-15
"""The same in units of sqrt(boundary loss), for losses so small that the rounding of states of
order one shows in them."""

MAX_ITERATIONS = 100
SHORTEST_STEP = 1e-6
"""Trained nets took 20 iterations at the most; strongly saturated ones (gain 3) may not converge in
any such number, and are then said not to have.  Below this step H is stationary."""


class BulkMinimum(NamedTuple):
    """The minimum of each sample; what has not converged is an upper bound.

    ``loss``: H, (samples,); ``converged``: (samples,), False also where the net is not finite;
    ``iterations``: Gauss-Newton steps; ``gradient_norm``: of the gradient of H by the states,
    without what only the range of the activation stops, where the last of these steps began;
    ``states``: x_l at the minimum, (samples, n_l), first hidden layer first.
    """

    loss: jax.Array
    converged: jax.Array
    iterations: jax.Array
    gradient_norm: jax.Array
    states: list[jax.Array]


class _Point(NamedTuple):
    """Where the descent of one sample is; ``decrease``: what its last step promised."""

    states: list[jax.Array]
    arguments: list[jax.Array]
    errors: list[jax.Array]
    loss: jax.Array
    step: jax.Array
    iterations: jax.Array
    decrease: jax.Array
    gradient_norm: jax.Array


@in_float64
def bulk_minimum(
    parameters: Parameters, activation: Activation, inputs: jax.Array, targets: jax.Array
) -> BulkMinimum:
    """Return the bulk loss of each sample.

    ``H = min 1/2 sum_{l=2}^L |x_l - f(W_l x_{l-1} + b_l)|^2`` over the states x_2 .. x_{L-1} of
    the hidden neurons, with x_1 = ``inputs``, shape (samples, n_1), and x_L = ``targets``,
    (samples, n_L), clamped; local objectives V = 0.  States stay in the closed range of the
    activation.  Where x_2 .. x_{L-1} are those of the forward pass, H is the boundary loss, and
    the descent starts there and never rises: 0 <= H <= boundary loss.  It is the minimum of the
    valley that the forward pass lies in; that no other is lower is not shown.  Without
    hidden layers it is the boundary loss.  Weak weights: 1/2 r^T (I + J J^T)^{-1} r with
    r = target - output and J the derivative of the outputs by the hidden errors.

    Source: 2004.09280 (3.4) (A4).
    """
    first, *above = parameters
    arguments = inputs.astype(jnp.float64) @ first.weights.T.astype(jnp.float64) + first.bias
    return bulk_minimum_above(arguments, tuple(above), activation, targets)


@in_float64
def bulk_minimum_above(
    arguments: jax.Array, above: Parameters, activation: Activation, targets: jax.Array
) -> BulkMinimum:
    """Return the bulk loss of each sample from what its inputs send to the first hidden layer.

    ``arguments``: y_2 = W_2 x_1 + b_2, shape (samples, n_2); ``above``: the layers after that;
    the rest as for `bulk_minimum`.
    """
    above = jax.tree.map(lambda array: array.astype(jnp.float64), above)
    targets = targets.astype(jnp.float64)
    outputs = _forward(arguments, above, activation)[1]
    samples = len(targets)
    at_once = min(SAMPLES_AT_ONCE, samples)
    # Samples with like losses take alike many steps, and so wait little for each other.
    order = jnp.argsort(boundary_loss(activation.function(outputs[-1]), targets))
    order = jnp.pad(order, (0, -samples % at_once), mode="edge").reshape(-1, at_once)

    def some(rows: jax.Array) -> BulkMinimum:
        def descend(y: jax.Array, target: jax.Array) -> BulkMinimum:
            return _descend(_Sample(y, above, target), activation)

        one = jax.vmap(descend)
        minima: BulkMinimum = one(arguments[rows], targets[rows])
        return minima

    ordered = jax.lax.map(some, order)
    minimum: BulkMinimum = jax.tree.map(
        lambda values: (
            jnp.zeros((samples, *values.shape[2:]), values.dtype)
            .at[order.ravel()]
            .set(values.reshape(-1, *values.shape[2:]))
        ),
        ordered,
    )
    return minimum


def _forward(
    first: jax.Array, above: Parameters, activation: Activation
) -> tuple[list[jax.Array], list[jax.Array]]:
    """Return hidden states and arguments of the forward pass, for one sample or for several."""
    states, arguments = [], [first]
    for layer in above:
        states.append(activation.function(arguments[-1]))
        arguments.append(states[-1] @ layer.weights.T + layer.bias)
    return states, arguments


class _Sample(NamedTuple):
    """What is fixed for one sample: y_2, the layers above it, the clamped outputs."""

    first: jax.Array
    above: Parameters
    target: jax.Array


def _descend(sample: _Sample, activation: Activation) -> BulkMinimum:
    """Minimise H of one sample by projected Gauss-Newton steps of adapted length."""
    states, arguments = _forward(sample.first, sample.above, activation)
    residual = sample.target - activation.function(arguments[-1])
    boundary = 0.5 * dot([residual], [residual])
    enough = RELATIVE_DECREASE * boundary + ROUNDING * jnp.sqrt(boundary)

    def unfinished(at: _Point) -> jax.Array:
        goes_on = (at.iterations < MAX_ITERATIONS) & (at.step >= SHORTEST_STEP)
        return goes_on & (at.decrease > enough)

    start = _Point(
        states,
        arguments,
        [*(jnp.zeros_like(state) for state in states), residual],
        loss=boundary,
        step=jnp.ones_like(boundary),
        iterations=jnp.int32(0),
        decrease=jnp.where(boundary == 0.0, 0.0, jnp.inf),
        gradient_norm=jnp.zeros_like(boundary),
    )
    if not states:
        nothing = jnp.zeros_like(boundary)
        return BulkMinimum(boundary, jnp.isfinite(boundary), start.iterations, nothing, [])
    end: _Point = jax.lax.while_loop(unfinished, lambda at: _improve(at, sample, activation), start)
    converged = (end.decrease <= enough) & jnp.isfinite(boundary)
    return BulkMinimum(end.loss, converged, end.iterations, end.gradient_norm, end.states)


def _improve(at: _Point, sample: _Sample, activation: Activation) -> _Point:
    """Take a step if it does not raise H; else stay, and step less far next time."""
    low, high = activation.range

    def moved(length: jax.Array | float, moves: list[jax.Array]) -> list[jax.Array]:
        pairs = zip(at.states, moves, strict=True)
        return [jnp.clip(x + length * move, low, high) for x, move in pairs]

    net = Linearised(
        at.errors,
        [activation.slope(y) for y in at.arguments],
        [layer.weights for layer in sample.above],
    )
    gradient = net.gradient()
    # Held are the states that a step along the gradient would take to the end of the range: with
    # a shorter step only those close to it, so that some step always descends.
    bounded = moved(-at.step, gradient)
    held = [(x == low) | (x == high) for x in bounded]
    step = gauss_newton_step(net, held, _difference(bounded, at.states))
    inside = _difference(moved(-1.0, gradient), at.states)

    states = moved(at.step, step)
    arguments = [sample.first]
    for layer, state in zip(sample.above, states, strict=True):
        arguments.append(layer.weights @ state + layer.bias)
    fixed_points = [activation.function(y) for y in arguments]
    errors = _difference([*states, sample.target], fixed_points)
    loss = 0.5 * dot(errors, errors)
    better = loss <= at.loss
    trial = at._replace(states=states, arguments=arguments, errors=errors, loss=loss)
    kept: _Point = jax.tree.map(lambda new, old: jnp.where(better, new, old), trial, at)
    return kept._replace(
        step=jnp.where(better, jnp.minimum(1.0, 2.0 * at.step), at.step / 4.0),
        iterations=at.iterations + 1,
        decrease=0.5 * jnp.abs(dot(gradient, step)),
        gradient_norm=jnp.sqrt(dot(inside, inside)),
    )


def _difference(a: list[jax.Array], b: list[jax.Array]) -> list[jax.Array]:
    return [x - y for x, y in zip(a, b, strict=True)]
