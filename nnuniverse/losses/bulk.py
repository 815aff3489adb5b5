"""The bulk loss: the least error of all neurons with the boundary clamped."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

import jax
import jax.numpy as jnp

from nnuniverse.losses.boundary import boundary_loss
from nnuniverse.losses.bulk_step import Expanded, dot
from nnuniverse.losses.local import LocalObjective, Potential
from nnuniverse.networks import Activation, Layer, Parameters
from nnuniverse.precision import in_float64

Fixed = TypeVar("Fixed")
"""What is fixed for one sample; or of several, along a first axis."""

NO_OBJECTIVE = LocalObjective()
NO_POTENTIAL = Potential()

ROUNDING = 1e-15
"""A loss this small, in units of the root of the first one, shows only the rounding of states of
order one."""

SHORTEST_STEP = 1e-6
"""Below this step H is stationary."""


class Effort(NamedTuple):
    """How far a minimisation goes.

    ``relative_decrease``: a sample has converged where the next step promises to lower H by no more
    than this share of what it was at the start; ``max_iterations``: steps per sample at the most;
    ``samples_at_once``: samples minimised together, until the last of them is done.
    """

    relative_decrease: float
    max_iterations: int
    samples_at_once: int


EXACT = Effort(1e-12, 100, 200)
"""To rounding, since steps gain two digits or more each.  Nets trained from gain 1 took 34
iterations at the most; an untrained one of gain 3 took 63, and 1 of its 6,000 samples did not
converge, which is then said.  Samples at once: chosen empirically, 50 to 500."""


class BulkMinimum(NamedTuple):
    """The minimum of each sample; what has not converged is an upper bound.

    ``loss``: H, (samples,); ``converged``: (samples,), False also where the net is not finite;
    ``iterations``: Newton steps; ``gradient_norm``: of the gradient of H by the states,
    without what only the range of the activation stops, where the last of these steps began;
    ``states``: x_l at the minimum, (samples, n_l), first hidden layer first.
    """

    loss: jax.Array
    converged: jax.Array
    iterations: jax.Array
    gradient_norm: jax.Array
    states: list[jax.Array]


class Point(NamedTuple):
    """Where the descent of one sample is; ``decrease``: what its last step promised."""

    states: list[jax.Array]
    arguments: list[jax.Array]
    errors: list[jax.Array]
    loss: jax.Array
    step: jax.Array
    iterations: jax.Array
    decrease: jax.Array
    gradient_norm: jax.Array

    @classmethod
    def unmoved(
        cls,
        states: list[jax.Array],
        arguments: list[jax.Array],
        errors: list[jax.Array],
        potential: Potential,
    ) -> Point:
        """Return the point at ``states``, before any step."""
        loss = 0.5 * dot(errors, errors) + potential.value(states)
        zero, inf = jnp.zeros_like(loss), jnp.full_like(loss, jnp.inf)
        return cls(states, arguments, errors, loss, zero + 1.0, jnp.int32(0), inf, zero)


class Expansion(Protocol):
    """H of one sample around a point, to second order."""

    def gradient(self) -> list[jax.Array]:
        """Return the gradient of H by the hidden states."""

    def step(self, held: list[jax.Array], moves: list[jax.Array]) -> list[jax.Array]:
        """Return moves of the hidden states that lower H, equal to ``moves`` where ``held``."""


class Landscape(Protocol):
    """H of one sample over its hidden states, which stay in the closed ``range``."""

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest state."""

    def at(self, states: list[jax.Array]) -> Point:
        """Return the point at ``states``, before any step."""

    def expand(self, at: Point) -> Expansion:
        """Return H around a point, to second order."""


@in_float64
def bulk_minimum(
    parameters: Parameters,
    activation: Activation,
    inputs: jax.Array,
    targets: jax.Array | None,
    local: LocalObjective = NO_OBJECTIVE,
) -> BulkMinimum:
    """Return the bulk loss of each sample.

    ``H = min 1/2 sum_{l=2}^L |x_l - f(W_l x_{l-1} + b_l)|^2 + V(x)`` over the states x_2 .. x_{L-1}
    of the hidden neurons, with x_1 = ``inputs``, shape (samples, n_1), and x_L = ``targets``,
    (samples, n_L), clamped; without targets x_L is free too.  ``local``: V, without what is
    constant.  States stay in the closed range of the activation, without which V would have no
    minimum.  The descent starts from the forward pass, where H is boundary loss + V, and never
    rises; so H <= boundary loss if V = 0.  It is the minimum of the valley that the forward pass
    lies in: see `restarted_bulk_minimum` for others.  Without hidden layers it is the boundary
    loss.  Weak weights, V = 0: 1/2 r^T (I + J J^T)^{-1} r with r = target - output and J the
    derivative of the outputs by the hidden errors.

    Source: 2004.09280 (3.1), (3.3), (3.4) (A4).
    """
    first, *above = parameters
    arguments = inputs.astype(jnp.float64) @ first.weights.T.astype(jnp.float64) + first.bias
    potential = local.acting_on_hidden(parameters, inputs.astype(jnp.float64), targets)
    return bulk_minimum_above(arguments, tuple(above), activation, targets, potential)


@in_float64
def bulk_minimum_above(
    arguments: jax.Array,
    above: Parameters,
    activation: Activation,
    targets: jax.Array | None,
    potential: Potential = NO_POTENTIAL,
) -> BulkMinimum:
    """Return the bulk loss of each sample from what its inputs send to the first hidden layer.

    ``arguments``: y_2 = W_2 x_1 + b_2, shape (samples, n_2); ``above``: the layers after that;
    ``potential``: V as it acts on the hidden neurons; the rest as for `bulk_minimum`.
    """
    above = jax.tree.map(lambda array: array.astype(jnp.float64), above)
    targets = None if targets is None else jnp.asarray(targets, jnp.float64)
    return minimise(
        jnp.asarray(arguments, jnp.float64), above, activation, targets, potential, EXACT
    )


def minimise(
    arguments: jax.Array,
    above: Parameters,
    activation: Activation,
    targets: jax.Array | None,
    potential: Potential,
    effort: Effort,
    start: list[jax.Array] | None = None,
) -> BulkMinimum:
    """Return what `bulk_minimum_above` does, in the precision of its arguments.

    ``start``: hidden states to begin with, (samples, n_l), in place of those of the forward pass.
    """
    if targets is None:  # the output layer is one more hidden layer, below one of no neurons
        outputs = len(above[-1].bias) if above else arguments.shape[1]
        nobody = Layer(jnp.zeros((0, outputs), arguments.dtype), jnp.zeros(0, arguments.dtype))
        above, targets = (*above, nobody), jnp.zeros((len(arguments), 0), arguments.dtype)
    states, last = _forward(arguments, above, activation)
    free = potential._replace(field=None)
    return minimise_each(
        lambda sample: _Layers(above, activation, free._replace(field=sample.field), sample),
        _Sample(arguments, targets, potential.field),
        states if start is None else start,
        boundary_loss(activation.function(last), targets),
        effort,
    )


def minimise_each(
    landscape: Callable[[Fixed], Landscape],
    fixed: Fixed,
    start: list[jax.Array],
    losses: jax.Array,
    effort: Effort,
) -> BulkMinimum:
    """Return the minimum of every sample's ``landscape``.

    ``fixed``: what it is made of, (samples, ...) each; ``start``: hidden states, (samples, n);
    ``losses``: (samples,), like ones for samples that may take alike many steps.
    """
    samples = len(losses)
    at_once = min(effort.samples_at_once, samples)
    # Samples with like losses take alike many steps, and so wait little for each other.
    order = jnp.argsort(losses)
    order = jnp.pad(order, (0, -samples % at_once), mode="edge").reshape(-1, at_once)

    def one(fixed: Fixed, states: list[jax.Array]) -> BulkMinimum:
        return _Descent(landscape(fixed), effort).run(states)

    def some(rows: jax.Array) -> BulkMinimum:
        chosen = jax.tree.map(lambda array: jnp.asarray(array)[rows], (fixed, start))
        minima: BulkMinimum = jax.vmap(one)(*chosen)
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
    arguments: jax.Array, above: Parameters, activation: Activation
) -> tuple[list[jax.Array], jax.Array]:
    """Return the hidden states of the forward pass and the arguments of the outputs."""
    states = []
    for layer in above:
        states.append(activation.function(arguments))
        arguments = states[-1] @ layer.weights.T + layer.bias
    return states, arguments


class _Sample(NamedTuple):
    """What is fixed for one sample: y_2, the clamped outputs, the field of V."""

    first: jax.Array
    target: jax.Array
    field: jax.Array | None


class _Layers(NamedTuple):
    """H of one sample of a layered net."""

    above: Parameters
    activation: Activation
    potential: Potential
    sample: _Sample

    @property
    def range(self) -> tuple[float, float]:
        """The closed range of the activation."""
        return self.activation.range

    def at(self, states: list[jax.Array]) -> Point:
        """Return the point at ``states``, before any step."""
        arguments = [self.sample.first]
        for layer, state in zip(self.above, states, strict=True):
            arguments.append(layer.weights @ state + layer.bias)
        fixed_points = [self.activation.function(y) for y in arguments]
        errors = _difference([*states, self.sample.target], fixed_points)
        return Point.unmoved(states, arguments, errors, self.potential)

    def expand(self, at: Point) -> Expanded:
        """Return H around a point, to second order."""
        slopes, bends = slopes_and_bends(self.activation, at.arguments)
        pull = self.potential.gradient(at.states)
        weights = [layer.weights for layer in self.above]
        return Expanded(at.errors, slopes, bends, weights, pull, self.potential)


class _Descent(NamedTuple):
    """Projected Newton steps of adapted length, for one sample."""

    landscape: Landscape
    effort: Effort

    def run(self, states: list[jax.Array]) -> BulkMinimum:
        """Minimise H from ``states``."""
        start = self.landscape.at(states)
        scale = 0.5 * dot(start.errors, start.errors)
        scale += jnp.abs(start.loss - scale)
        enough = self.effort.relative_decrease * scale + ROUNDING * jnp.sqrt(scale)

        def unfinished(at: Point) -> jax.Array:
            goes_on = (at.iterations < self.effort.max_iterations) & (at.step >= SHORTEST_STEP)
            return goes_on & (at.decrease > enough)

        if not sum(x.size for x in states):
            finite = jnp.isfinite(start.loss)
            return BulkMinimum(start.loss, finite, start.iterations, start.gradient_norm, states)
        start = start._replace(decrease=jnp.where(scale == 0.0, 0.0, start.decrease))
        end: Point = jax.lax.while_loop(unfinished, self._improve, start)
        converged = (end.decrease <= enough) & jnp.isfinite(end.loss)
        return BulkMinimum(end.loss, converged, end.iterations, end.gradient_norm, end.states)

    def _improve(self, at: Point) -> Point:
        """Take a step if it does not raise H; else stay, and step less far next time."""
        low, high = self.landscape.range

        def moved(length: jax.Array | float, moves: list[jax.Array]) -> list[jax.Array]:
            pairs = zip(at.states, moves, strict=True)
            return [jnp.clip(x + length * move, low, high) for x, move in pairs]

        net = self.landscape.expand(at)
        gradient = net.gradient()
        # Held are the states that a step along the gradient would take to the end of the range:
        # with a shorter step only those close to it, so that some step always descends.
        bounded = moved(-at.step, gradient)
        held = [(x == low) | (x == high) for x in bounded]
        step = net.step(held, _difference(bounded, at.states))
        inside = _difference(moved(-1.0, gradient), at.states)

        trial = self.landscape.at(moved(at.step, step))
        better = trial.loss <= at.loss
        kept: Point = jax.tree.map(lambda new, old: jnp.where(better, new, old), trial, at)
        return kept._replace(
            step=jnp.where(better, jnp.minimum(1.0, 2.0 * at.step), at.step / 4.0),
            iterations=at.iterations + 1,
            decrease=0.5 * jnp.abs(dot(gradient, step)),
            gradient_norm=jnp.sqrt(dot(inside, inside)),
        )


def slopes_and_bends(
    activation: Activation, arguments: list[jax.Array]
) -> tuple[list[jax.Array], list[jax.Array]]:
    """Return f'(y) and f''(y)."""
    pairs = [jax.jvp(activation.slope, (y,), (jnp.ones_like(y),)) for y in arguments]
    return [slope for slope, _ in pairs], [bend for _, bend in pairs]


def _difference(a: list[jax.Array], b: list[jax.Array]) -> list[jax.Array]:
    return [x - y for x, y in zip(a, b, strict=True)]
