"""The bulk loss: the least error of all neurons with the boundary clamped."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.losses.boundary import boundary_loss
from nnuniverse.losses.bulk.coordinates import Fan
from nnuniverse.losses.bulk.corners import Corners
from nnuniverse.losses.bulk.descent import EXACT, BulkMinimum, Descent, Effort, Place, difference
from nnuniverse.losses.bulk.kinks import Kinked, KinkedDescent
from nnuniverse.losses.bulk.newton import Expanded
from nnuniverse.losses.bulk.potential import LocalObjective, Potential
from nnuniverse.losses.bulk.rounds import Fixed, descend_in_rounds
from nnuniverse.networks.activation import Activation, Kink
from nnuniverse.networks.propagation import Layer, Parameters, layers_of
from nnuniverse.precision import in_float64

NO_OBJECTIVE = LocalObjective()
NO_POTENTIAL = Potential()


@in_float64
def bulk_minimum(
    parameters: Parameters,
    activation: Activation,
    inputs: Float[Array, "*samples n_1"],
    targets: Float[Array, "*samples n_L"] | None,
    local: LocalObjective = NO_OBJECTIVE,
    effort: Effort = EXACT,
) -> BulkMinimum:
    """Return the bulk loss of each sample.

    ``H = min 1/2 sum_{l=2}^L |x_l - f(W_l x_{l-1} + b_l)|^2 + V(x)`` over the states x_2 .. x_{L-1}
    of the hidden neurons, with x_1 = ``inputs``, shape (samples, n_1), and x_L = ``targets``,
    (samples, n_L), clamped; without targets x_L is free too.  ``local``: V, without what is
    constant.  States stay in the closed range of the activation, without which V would have no
    minimum.  The descent starts from the forward pass, where H is boundary loss + V, and never
    rises; so H <= boundary loss if V = 0.  It is the minimum of the valley that the forward pass
    lies in, or if the activation has a kink of a lower one, see `KinkedDescent`; but a local one:
    see `restarted_bulk_minimum` for others.  Without hidden layers it is the boundary loss.  Weak
    weights, V = 0: 1/2 r^T (I + J J^T)^{-1} r with r = target - output and J the derivative of the
    outputs by the hidden errors.  ``effort``: how far the descent goes.

    ``parameters``: W_l, (n_l, n_(l-1)), and b_l, (n_l,), of every layer.

    Source: 2004.09280 (3.1), (3.3), (3.4) (A4).
    """
    first, *above = parameters
    arguments = inputs.astype(jnp.float64) @ first.weights.T.astype(jnp.float64) + first.bias
    potential = local.acting_on_hidden(layers_of(parameters), inputs.astype(jnp.float64), targets)
    return bulk_minimum_above(arguments, tuple(above), activation, targets, potential, effort)


@in_float64
def bulk_minimum_above(
    arguments: Float[Array, "samples n_2"],
    above: Parameters,
    activation: Activation,
    targets: Float[Array, "*samples n_L"] | None,
    potential: Potential = NO_POTENTIAL,
    effort: Effort = EXACT,
) -> BulkMinimum:
    """Return the bulk loss of each sample from what its inputs send to the first hidden layer.

    ``arguments``: y_2 = W_2 x_1 + b_2, shape (samples, n_2); ``above``: the layers after that;
    ``potential``: V as it acts on the hidden neurons; the rest as for `bulk_minimum`.

    ``activation``: f with its derivative and range; ``targets``: of the outputs, (samples, n_L);
    None leaves them free; ``effort``: how far the descent goes.
    """
    above = jax.tree.map(lambda array: array.astype(jnp.float64), above)
    targets = None if targets is None else jnp.asarray(targets, jnp.float64)
    return minimise(
        jnp.asarray(arguments, jnp.float64), above, activation, targets, potential, effort
    )


def minimise(
    arguments: Float[Array, "samples n_2"],
    above: Parameters,
    activation: Activation,
    targets: Float[Array, "*samples n_L"] | None,
    potential: Potential,
    effort: Effort,
    start: list[Float[Array, "samples _"]] | None = None,
) -> BulkMinimum:
    """Return what `bulk_minimum_above` does, in the precision of its arguments.

    ``start``: hidden states to begin with, (samples, n_l), in place of those of the forward pass.

    ``above``: the layers after the first hidden one; ``activation``: f with its derivative and
    range; ``targets``: of the outputs, (samples, n_L); None leaves them free; ``potential``: V as a
    function of the states or places; ``effort``: how far the descent goes.
    """
    if targets is None:  # the output layer is one more hidden layer, below one of no neurons
        outputs = len(above[-1].bias) if above else arguments.shape[1]
        nobody = Layer(jnp.zeros((0, outputs), arguments.dtype), jnp.zeros(0, arguments.dtype))
        above, targets = (*above, nobody), jnp.zeros((len(arguments), 0), arguments.dtype)
    states, last = _forward(arguments, above, activation)
    free = potential._replace(field=None)
    return minimise_each(
        lambda sample: _Layers(above, activation, free._replace(field=sample.field), sample),
        activation,
        _LayeredSample(arguments, targets, potential.field),
        states if start is None else start,
        boundary_loss(activation.function(last), targets),
        effort,
    )


def minimise_each(
    landscape: Callable[[Fixed], Kinked],
    activation: Activation,
    fixed: Fixed,
    start: list[Float[Array, "samples _"]],
    losses: Float[Array, " samples"],
    effort: Effort,
) -> BulkMinimum:
    """Return the minimum of every sample's ``landscape``.

    ``fixed``: what it is made of, (samples, ...) each; ``start``: hidden states, (samples, n);
    ``losses``: (samples,), like ones for samples that may take alike many steps.

    ``activation``: f with its derivative and range; ``effort``: how far the descent goes.
    """
    samples = len(losses)
    at_once = min(effort.samples_at_once, samples)
    # Samples with like losses take alike many steps, and so wait little for each other.
    order = jnp.argsort(losses)
    several = samples > at_once and any(x.size for x in start)
    if effort.in_rounds and several and activation.kink is None:
        return descend_in_rounds(landscape, fixed, start, order, effort)
    order = jnp.pad(order, (0, -samples % at_once), mode="edge").reshape(-1, at_once)

    def one(fixed: Fixed, states: list[jax.Array]) -> BulkMinimum:
        if activation.kink is None:
            return Descent(landscape(fixed), effort).run(states)
        return KinkedDescent(landscape(fixed), activation.kink, effort).run(states)

    def some(rows: jax.Array) -> BulkMinimum:
        chosen = jax.tree.map(lambda array: jnp.asarray(array)[rows], (fixed, start))
        return jax.vmap(one)(*chosen)

    ordered = jax.lax.map(some, order)
    return jax.tree.map(
        lambda values: (
            jnp.zeros((samples, *values.shape[2:]), values.dtype)
            .at[order.ravel()]
            .set(values.reshape(order.size, *values.shape[2:]))
        ),
        ordered,
    )


def _forward(
    arguments: jax.Array, above: Parameters, activation: Activation
) -> tuple[list[jax.Array], jax.Array]:
    """Return the hidden states of the forward pass and the arguments of the outputs."""
    states = []
    for layer in above:
        states.append(activation.function(arguments))
        arguments = states[-1] @ layer.weights.T + layer.bias
    return states, arguments


class _LayeredSample(NamedTuple):
    """What is fixed for one sample: y_2, the clamped outputs, the field of V."""

    first: jax.Array
    target: jax.Array
    field: jax.Array | None


class _Layers(NamedTuple):
    """H of one sample of a layered net."""

    above: Parameters
    activation: Activation
    potential: Potential
    sample: _LayeredSample

    @property
    def range(self) -> tuple[float, float]:
        """The closed range of the activation."""
        return self.activation.range

    def at(self, states: list[jax.Array]) -> Place:
        """Return the point at ``states``, before any step."""
        arguments = [self.sample.first]
        for layer, state in zip(self.above, states, strict=True):
            arguments.append(layer.weights @ state + layer.bias)
        fixed_points = [self.activation.function(y) for y in arguments]
        errors = difference([*states, self.sample.target], fixed_points)
        return Place.unmoved(states, arguments, errors, self.potential)

    def expand(self, at: Place, slopes: jax.Array | None = None) -> Expanded:
        """Return H around a point, to second order; ``slopes``: of the outputs, in place of f'."""
        found, bends = slopes_and_bends(self.activation, at.arguments)
        found = found if slopes is None else [*found[:-1], slopes]
        pull = self.potential.gradient(at.states)
        weights = [layer.weights for layer in self.above]
        return Expanded(at.errors, found, bends, weights, pull, self.potential)

    def fans(self, at: Place) -> list[Fan]:
        """Return what a change of one hidden state does, layer by layer."""
        pulls = self.potential.gradient(at.states)
        curvatures = self.potential.curvatures(at.states)
        receiving = [*at.states[1:], self.sample.target]
        return [
            Fan(at.errors[l] + pull, 1.0 + curvature, layer.weights.T, at.arguments[l + 1], above)
            for l, (layer, pull, curvature, above) in enumerate(
                zip(self.above, pulls, curvatures, receiving, strict=True)
            )
        ]

    def corners(self, kink: Kink) -> Corners:
        """Return the outputs with a corner."""
        squares = jnp.sum(self.above[-1].weights ** 2, axis=1)
        return Corners.of(self.activation, kink, self.sample.target, True, squares)

    def senders(self, forces: jax.Array) -> list[jax.Array]:
        """Return ``w^T`` times the forces on the arguments of the outputs."""
        *lower, last = self.above
        return [*(jnp.zeros_like(layer.weights[0]) for layer in lower), last.weights.T @ forces]


def slopes_and_bends(
    activation: Activation, arguments: list[Float[Array, "*samples _"]]
) -> tuple[list[Float[Array, "*samples _"]], list[Float[Array, "*samples _"]]]:
    """Return f'(y) and f''(y).

    ``activation``: f with its derivative and range; ``arguments``: y = W x + b of every layer,
    (..., n_l) each.
    """
    pairs = [jax.jvp(activation.slope, (y,), (jnp.ones_like(y),)) for y in arguments]
    return [slope for slope, _ in pairs], [bend for _, bend in pairs]
