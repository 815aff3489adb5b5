"""Projected Newton steps down H of one sample."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from nnuniverse.losses.bulk.newton import dot
from nnuniverse.losses.bulk.potential import Potential

ROUNDING = 1e-15
"""A loss this small, in units of the root of the first one, shows only the rounding of states of
order one."""

SHORTEST_STEP = 1e-6
"""Below this step H is stationary."""


class Effort(NamedTuple):
    """How far a minimisation goes.

    ``relative_decrease``: a sample has converged where the next step promises to lower H by no more
    than this share of what it was at the start; ``max_iterations``: steps of a descent at the most;
    ``samples_at_once``: samples minimised together, until the last of them is done; ``in_rounds``:
    whether those that are not done form new groups now and then, where H is smooth.
    """

    relative_decrease: float
    max_iterations: int | jax.Array
    samples_at_once: int
    in_rounds: bool = True

    def enough(self, start: Place) -> Float[Array, "*samples"]:
        """Return the decrease of H that is none, of a sample that was at ``start``."""
        scale = 0.5 * dot(start.errors, start.errors)
        scale += jnp.abs(start.loss - scale)
        return self.relative_decrease * scale + ROUNDING * jnp.sqrt(scale)

    def goes_on(self, at: Place, enough: Float[Array, "*samples"]) -> Bool[Array, "*samples"]:
        """Return whether a descent takes another step, of one sample or of each.

        ``at``: where the descent of the sample is; ``enough``: a promised decrease of H below which
        it has converged, ().
        """
        left = (at.iterations < self.max_iterations) & (at.step >= SHORTEST_STEP)
        return left & (at.decrease > enough)


EXACT = Effort(1e-12, 100, 200)
"""To rounding, since steps gain two digits or more each.  Nets trained from gain 1 took 34
iterations at the most; an untrained one of gain 3 took 63, and 1 of its 6,000 samples did not
converge, which is then said.  Samples at once: chosen empirically, 50 to 500."""


class BulkMinimum(NamedTuple):
    """The minimum of each sample; what has not converged is an upper bound.

    ``loss``: H, (samples,); ``converged``: (samples,), False also where the net is not finite;
    ``iterations``: Newton steps; ``gradient_norm``: of the gradient of H by the states,
    without what only the range of the activation stops, where the last of these steps began;
    ``states``: x_l at the minimum, (samples, n_l), first hidden layer first; ``multipliers``: of
    `Corners`, (samples, n), where the activation has a kink.
    """

    loss: jax.Array
    converged: jax.Array
    iterations: jax.Array
    gradient_norm: jax.Array
    states: list[jax.Array]
    multipliers: jax.Array | None = None


class Place(NamedTuple):
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
        states: list[Float[Array, " _"]],
        arguments: list[Float[Array, " _"]],
        errors: list[Float[Array, " _"]],
        potential: Potential,
    ) -> Place:
        """Return the point at ``states``, before any step.

        ``arguments``: y of every layer, (n_l,) each; ``errors``: x - f(y) of every layer, (n_l,)
        each; ``potential``: V.
        """
        loss = 0.5 * dot(errors, errors) + potential.value(states)
        zero, inf = jnp.zeros_like(loss), jnp.full_like(loss, jnp.inf)
        return cls(states, arguments, errors, loss, zero + 1.0, jnp.int32(0), inf, zero)

    def minimum(self, enough: Float[Array, "*samples"]) -> BulkMinimum:
        """Return what a descent found that ends here, of one sample or of each.

        ``enough``: a promised decrease of H below which it has converged, ().
        """
        converged = (self.decrease <= enough) & jnp.isfinite(self.loss)
        return BulkMinimum(self.loss, converged, self.iterations, self.gradient_norm, self.states)


class LocalModel(Protocol):
    """H of one sample around a point, to second order."""

    def gradient(self) -> list[Float[Array, " _"]]:
        """Return the gradient of H by the hidden states."""

    def step(
        self, held: list[Bool[Array, " _"]], moves: list[Float[Array, " _"]]
    ) -> list[Float[Array, " _"]]:
        """Return moves of the hidden states that lower H, equal to ``moves`` where ``held``."""


class Landscape(Protocol):
    """H of one sample over its hidden states, which stay in the closed ``range``."""

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest state."""

    def at(self, states: list[Float[Array, " _"]]) -> Place:
        """Return the point at ``states``, before any step."""

    def expand(self, at: Place) -> LocalModel:
        """Return H around a point, to second order.

        ``at``: where the descent of the sample is.
        """


class Descent(NamedTuple):
    """Projected Newton steps of adapted length, for one sample."""

    landscape: Landscape
    effort: Effort

    def run(self, states: list[Float[Array, " _"]]) -> BulkMinimum:
        """Minimise H from ``states``."""
        start = self.landscape.at(states)
        if not sum(x.size for x in states):
            finite = jnp.isfinite(start.loss)
            return BulkMinimum(start.loss, finite, start.iterations, start.gradient_norm, states)
        enough = self.effort.enough(start)
        return self.descend(start, enough).minimum(enough)

    def descend(self, start: Place, enough: Float[Array, ""]) -> Place:
        """Return where no step from ``start`` promises to lower H by more than ``enough``."""
        start = start._replace(decrease=jnp.where(enough == 0.0, 0.0, start.decrease))
        return jax.lax.while_loop(lambda at: self.effort.goes_on(at, enough), self._improve, start)

    def _improve(self, at: Place) -> Place:
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
        step = net.step(held, difference(bounded, at.states))
        inside = difference(moved(-1.0, gradient), at.states)

        trial = self.landscape.at(moved(at.step, step))
        better = trial.loss <= at.loss
        kept: Place = jax.tree.map(lambda new, old: jnp.where(better, new, old), trial, at)
        return kept._replace(
            step=jnp.where(better, jnp.minimum(1.0, 2.0 * at.step), at.step / 4.0),
            iterations=at.iterations + 1,
            decrease=0.5 * jnp.abs(dot(gradient, step)),
            gradient_norm=jnp.sqrt(dot(inside, inside)),
        )


def difference(
    a: list[Float[Array, " _"]], b: list[Float[Array, " _"]]
) -> list[Float[Array, " _"]]:
    """Return a - b, layer by layer."""
    return [x - y for x, y in zip(a, b, strict=True)]
