"""Hidden states close to the bulk loss, of many samples at once, by its gradient alone."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.networks.activation import Activation
from nnuniverse.networks.propagation import Parameters

FIRST_LENGTH = 0.3
LONGEST = 10.0
"""Of a step, in units of the gradient by the errors."""

MEMORY = 0.85
"""How slowly the ceiling that H has to stay below follows H; with 0 no step might raise H."""

LEAST_SHARE = 1e-4
"""A step has to end below the ceiling by this share of what its slope promises."""

LEAST_CURVATURE = 0.25
"""Assumed of H by the errors, where it is 1 and more but for f''.  With 1 the states of 1 of 100
samples of nets of gain 1 to 3 were up to three times as far above the minimum as assumed."""

_Vectors = list[jax.Array]


class Relaxed(NamedTuple):
    """Hidden states, (samples, n_l), and the steps taken, until the last sample was done."""

    states: _Vectors
    steps: jax.Array


def relax(
    arguments: Float[Array, "samples n_2"],
    above: Parameters,
    activation: Activation,
    targets: Float[Array, "*samples n_L"],
    tolerance: float,
    max_steps: int,
) -> Relaxed:
    """Return hidden states close to the minimum of ``H = 1/2 sum_l |x_l - f(y_l)|^2``.

    From the forward pass, steps along the gradient v of H by the errors x_l - f(y_l) of the states
    that no end of the range of the activation holds, each state clipped to that range.  Lengths are
    those of Barzilai and Borwein, ``dv.ds / |dv|^2`` of the last step s.  H may rise, but not
    above a mean of what it was, so never above that of the forward pass.  A sample is done, and
    stays, where ``|v|^2 / (2 LEAST_CURVATURE)``, which bounds how far H is above its minimum, is at
    most ``tolerance`` of H of the forward pass; or after ``max_steps``.

    ``arguments``: y_2, (samples, n_2); ``above``: the layers after that, one at least; ``targets``:
    (samples, n_L).

    Source: 2004.09280 (3.1); doi 10.1093/imanum/8.1.141 (the lengths), 10.1137/S1052623497330963
    (clipped), 10.1137/S1052623403428208 (the mean).
    """
    net = _Net(activation.function(arguments).T, above, activation, targets.T)
    start = net.at(net.forward())
    enough = 2.0 * LEAST_CURVATURE * tolerance * start.loss

    def unfinished(walk: _Walk) -> jax.Array:
        return (walk.steps < max_steps) & jnp.any(walk.square > enough)

    def advance(walk: _Walk) -> _Walk:
        return walk.advance(net, walk.square > enough)

    end: _Walk = jax.lax.while_loop(unfinished, advance, _Walk.beginning(start))
    return Relaxed([x.T for x in end.at.states], end.steps)


class _Point(NamedTuple):
    """States, (n_l, samples), with H, (samples,), and its slope.

    ``gradient``: v, by the errors; ``moves``: of the states, which change the errors by -v; both
    (n_l, samples), and 0 where a state is held.
    """

    states: _Vectors
    loss: jax.Array
    gradient: _Vectors
    moves: _Vectors


class _Net(NamedTuple):
    """The net above ``first``, f(y_2).

    Its arrays are (n_l, samples): sums over neurons are quicker with the samples side by side.
    """

    first: jax.Array
    above: Parameters
    activation: Activation
    targets: jax.Array

    def forward(self) -> _Vectors:
        """Return the hidden states of the forward pass."""
        states = [self.first]
        for layer in self.above[:-1]:
            arguments = layer.weights @ states[-1] + layer.bias[:, None]
            states.append(self.activation.function(arguments))
        return states

    def at(self, states: _Vectors) -> _Point:
        """Return H and its slope at ``states``."""
        pairs = zip(states, self.above, strict=True)
        arguments = [layer.weights @ x + layer.bias[:, None] for x, layer in pairs]
        slopes = [self.activation.slope(y) for y in arguments]
        fixed_points = [self.first, *(self.activation.function(y) for y in arguments)]
        neurons = [*states, self.targets]
        errors = [x - f for x, f in zip(neurons, fixed_points, strict=True)]
        gradient, free = self._gradient(states, errors, slopes)
        moves = [-gradient[0]]
        for l in range(1, len(states)):
            drift = slopes[l - 1] * (self.above[l - 1].weights @ moves[-1])
            moves.append(jnp.where(free[l], drift - gradient[l], 0.0))
        return _Point(states, 0.5 * _dot(errors, errors), gradient, moves)

    def _gradient(
        self, states: _Vectors, errors: _Vectors, slopes: _Vectors
    ) -> tuple[_Vectors, _Vectors]:
        """Return the gradient of H by the errors, and which states are free.

        ``g_l = e_l - A_{l+1}^T e_{l+1}`` by the states and ``v_l = g_l + A_{l+1}^T v_{l+1}`` by the
        errors, A = diag(f') W; held, v = 0, are those at an end of the range that g pushes out.
        """
        low, high = self.activation.range
        gradient: _Vectors = []
        free: _Vectors = []
        for l in reversed(range(len(states))):
            back, slope = self.above[l].weights.T, slopes[l]
            by_state = errors[l] - back @ (slope * errors[l + 1])
            held = jnp.where(by_state > 0.0, states[l] == low, states[l] == high)
            by_error = by_state + back @ (slope * gradient[0]) if gradient else by_state
            gradient.insert(0, jnp.where(held, 0.0, by_error))
            free.insert(0, ~held)
        return gradient, free


class _Walk(NamedTuple):
    """Where each sample is, and how it goes on, (samples,).

    ``square``: |v|^2; ``length``: of the next step; ``ceiling``: a mean of H along the way, of
    ``weight`` many values; ``steps``: how many all have tried.
    """

    at: _Point
    square: jax.Array
    length: jax.Array
    ceiling: jax.Array
    weight: jax.Array
    steps: jax.Array

    @classmethod
    def beginning(cls, start: _Point) -> _Walk:
        """Return the walk that begins at ``start``."""
        one = jnp.ones_like(start.loss)
        square = _dot(start.gradient, start.gradient)
        return cls(start, square, FIRST_LENGTH * one, start.loss, one, jnp.int32(0))

    def advance(self, net: _Net, unfinished: jax.Array) -> _Walk:
        """Step with the ``unfinished`` samples; where H ends too high, only shorten the step."""
        low, high = net.activation.range
        pairs = zip(self.at.states, self.at.moves, strict=True)
        trial = net.at([jnp.clip(x + self.length * move, low, high) for x, move in pairs])
        promise = LEAST_SHARE * self.length * self.square
        taken = unfinished & (trial.loss <= self.ceiling - promise)
        weight = MEMORY * self.weight + 1.0
        new = _Walk(
            trial,
            _dot(trial.gradient, trial.gradient),
            self._next_length(trial),
            self.ceiling + (trial.loss - self.ceiling) / weight,
            weight,
            self.steps,
        )
        old = self._replace(length=self.length / 4.0)
        kept: _Walk = jax.tree.map(lambda a, b: jnp.where(taken, a, b), new, old)
        return kept._replace(steps=self.steps + 1)

    def _next_length(self, trial: _Point) -> jax.Array:
        """Return ``dv.ds / |dv|^2`` of the step s = -length v to ``trial``."""
        pairs = zip(trial.gradient, self.at.gradient, strict=True)
        change = [after - before for after, before in pairs]
        along = -self.length * _dot(change, self.at.gradient)
        curved = along > 0.0
        length = along / jnp.where(curved, _dot(change, change), 1.0)
        return jnp.where(curved, jnp.minimum(length, LONGEST), LONGEST)


def _dot(a: _Vectors, b: _Vectors) -> jax.Array:
    """Return the scalar product of each sample, (samples,)."""
    products = [jnp.sum(x * y, axis=0) for x, y in zip(a, b, strict=True)]
    return sum(products[1:], products[0])
