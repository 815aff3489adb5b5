"""The bulk loss where the activation has a kink, and H is piecewise quadratic."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.losses.bulk.coordinates import Fan, best_changes
from nnuniverse.losses.bulk.corners import Corners
from nnuniverse.losses.bulk.descent import (
    BulkMinimum,
    Descent,
    Effort,
    Landscape,
    LocalModel,
    Place,
)
from nnuniverse.losses.bulk.newton import dot
from nnuniverse.networks.activation import Activation, Kink

MAX_ROUNDS = 60
MAX_STARTS = 10
"""Descents from one start, and starts, per sample at the most."""

CERTAIN = 10.0
"""H is lower if it is by so many times what a descent may leave."""


class Kinked(Landscape, Protocol):
    """H of one sample whose activation has a kink."""

    @property
    def activation(self) -> Activation:
        """The activation."""

    def expand(self, at: Place, slopes: Float[Array, " n"] | None = None) -> LocalModel:
        """Return H around a point, to second order; ``slopes``: of the last y, in place of f'.

        ``at``: where the descent of the sample is.
        """

    def fans(self, at: Place) -> list[Fan]:
        """Return what a change of one hidden state does, for each array of states.

        ``at``: where the descent of the sample is.
        """

    def corners(self, kink: Kink) -> Corners:
        """Return the clamped neurons, some of which have a corner.

        ``kink``: where f is kinked, and by how much its slope changes.
        """

    def senders(self, forces: Float[Array, " n"]) -> list[Float[Array, " _"]]:
        """Return ``w^T`` times the forces on the last arguments."""


class _Softened(NamedTuple):
    """H of one sample without its corners."""

    landscape: Kinked
    corners: Corners

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest state."""
        return self.landscape.range

    def at(self, states: list[jax.Array]) -> Place:
        """Return the point at ``states``, before any step."""
        return self.corners.soften(self.landscape.at(states))

    def expand(self, at: Place) -> LocalModel:
        """Return H around a point, to second order."""
        return self.landscape.expand(at, self.corners.slopes(at))


class _Round(NamedTuple):
    """What a descent has come to: how many there were, and whether it was the last."""

    at: BulkMinimum
    number: jax.Array
    done: jax.Array


class _Start(NamedTuple):
    """Where to start next, if ``worthwhile``; the best of the ``number`` starts before."""

    states: list[jax.Array]
    worthwhile: jax.Array
    number: jax.Array
    best: BulkMinimum


class KinkedDescent(NamedTuple):
    """Descents until neither a direction nor a change of one hidden state lowers H.

    Some kinks of H are concave, as those of hidden relu neurons: H is least at none of them, but
    there may be a valley on either side.  So from the end of a descent by Newton's method it goes
    on with the change of one state that lowers H most, if any does.  Other kinks are convex
    `Corners`.  A sample has converged if the last descent has; if H without corners, nowhere above
    H, is as low as H there; and if no change of one state lowers H.  Then no direction does: at a
    concave kink, a state would, one way or the other.

    Where an output is silent, as relu's with y < 0 < t, no state is pulled to its target.  If one
    is, all this starts again from the least change of states that has it on target, and again as
    long as H ends lower.
    """

    landscape: Kinked
    kink: Kink
    effort: Effort

    def run(self, states: list[Float[Array, " _"]]) -> BulkMinimum:
        """Minimise H from ``states``."""
        if not sum(x.size for x in states):
            return Descent(self.landscape, self.effort).run(states)
        enough = self.effort.enough(self.landscape.at(states))
        corners = self.landscape.corners(self.kink)

        def unfinished(last: _Start) -> jax.Array:
            return last.worthwhile & (last.number < MAX_STARTS)

        def advance(last: _Start) -> _Start:
            found = self._descend(last.states, corners, enough)
            lower = found.converged & (last.best.loss - found.loss > CERTAIN * enough)
            better = lower | (last.number == 0)
            best: BulkMinimum = jax.tree.map(lambda a, b: jnp.where(better, a, b), found, last.best)
            best = best._replace(iterations=last.best.iterations + found.iterations)
            silent, other = self._other_start(best.states, corners)
            return _Start(other, better & best.converged & silent, last.number + 1, best)

        nothing = self._unmoved(states, corners)
        first = _Start(states, jnp.bool_(True), jnp.int32(0), nothing)
        end: _Start = jax.lax.while_loop(unfinished, advance, first)
        return end.best

    def _unmoved(self, states: list[jax.Array], corners: Corners) -> BulkMinimum:
        """Return the states as they are, as what has not converged."""
        at = self.landscape.at(states)
        multipliers = corners.touching(at).multipliers
        never = jnp.bool_(False)
        return BulkMinimum(at.loss, never, at.iterations, at.gradient_norm, states, multipliers)

    def _descend(self, states: list[jax.Array], corners: Corners, enough: jax.Array) -> BulkMinimum:
        """Return where neither a direction nor a change of one state lowers H any more."""

        def unfinished(last: _Round) -> jax.Array:
            return ~last.done & (last.number < MAX_ROUNDS)

        def advance(last: _Round) -> _Round:
            return self._advance(last, corners.held_by(last.at.multipliers), enough)

        first = _Round(self._unmoved(states, corners), jnp.int32(0), jnp.bool_(False))
        end: _Round = jax.lax.while_loop(unfinished, advance, first)
        return end.at

    def _advance(self, last: _Round, corners: Corners, enough: jax.Array) -> _Round:
        """Descend once, and find out what is left to do."""
        smooth = _Softened(self.landscape, corners)
        end = Descent(smooth, self.effort).descend(smooth.at(last.at.states), enough)
        at = self.landscape.at(end.states)
        changed = self.landscape.at(self._best_change(at))
        settled = (end.decrease <= enough) & jnp.isfinite(at.loss)
        tight = at.loss - end.loss <= enough
        ready = tight | ~settled  # else new multipliers come first
        lower = ready & (at.loss - changed.loss > CERTAIN * enough)
        new: Place = jax.tree.map(lambda a, b: jnp.where(lower, a, b), changed, at)
        multipliers = corners.touching(changed).multipliers, corners.updated(end).multipliers
        minimum = BulkMinimum(
            new.loss,
            settled & tight & ~lower,
            last.at.iterations + end.iterations,
            end.gradient_norm,
            new.states,
            jnp.where(lower, *multipliers),
        )
        return _Round(minimum, last.number + 1, ready & ~lower)

    def _best_change(self, at: Place) -> list[jax.Array]:
        """Return the states after the change of one of them that lowers H most."""
        net = self.landscape
        pairs = zip(net.fans(at), at.states, strict=True)
        found = [
            best_changes(fan, net.activation.function, self.kink, x, net.range) for fan, x in pairs
        ]
        best = jnp.argmax(jnp.concatenate([gains for _, gains in found]))
        moved, first = [], 0
        for x, (changes, _) in zip(at.states, found, strict=True):
            chosen = jnp.arange(first, first + len(x)) == best
            moved.append(x + jnp.where(chosen, changes, 0.0))
            first += len(x)
        return moved

    def _other_start(
        self, states: list[jax.Array], corners: Corners
    ) -> tuple[jax.Array, list[jax.Array]]:
        """Return whether a silent output can be reached, and states that have it on target."""
        low, high = self.landscape.range
        lack = corners.lack(self.landscape.at(states))
        way = self.landscape.senders(jnp.where(lack == 0.0, 0.0, jnp.ones_like(lack)))
        square = dot(way, way)
        length = jnp.sum(lack) / jnp.where(square > 0.0, square, 1.0)
        moved = [jnp.clip(x + length * w, low, high) for x, w in zip(states, way, strict=True)]
        return square > 0.0, moved
