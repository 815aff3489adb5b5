"""The bulk loss where the activation has a kink, and H is piecewise quadratic."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import jax
import jax.numpy as jnp

from nnuniverse.losses.bulk_coordinates import Fan, best_changes
from nnuniverse.losses.bulk_corners import Corners
from nnuniverse.losses.bulk_descent import BulkMinimum, Descent, Effort, Expansion, Landscape, Point
from nnuniverse.networks import Activation, Kink

MAX_ROUNDS = 60
"""Descents per sample at the most."""

CERTAIN = 10.0
"""A change of one state counts if it lowers H by so many times what a descent may leave."""


class Kinked(Landscape, Protocol):
    """H of one sample whose activation has a kink."""

    @property
    def activation(self) -> Activation:
        """The activation."""

    def expand(self, at: Point, slopes: jax.Array | None = None) -> Expansion:
        """Return H around a point, to second order; ``slopes``: of the last y, in place of f'."""

    def fans(self, at: Point) -> list[Fan]:
        """Return what a change of one hidden state does, for each array of states."""

    def corners(self, kink: Kink) -> Corners:
        """Return the clamped neurons with a corner."""


class _Softened(NamedTuple):
    """H of one sample without its corners."""

    landscape: Kinked
    corners: Corners

    @property
    def range(self) -> tuple[float, float]:
        """The least and the largest state."""
        return self.landscape.range

    def at(self, states: list[jax.Array]) -> Point:
        """Return the point at ``states``, before any step."""
        return self.corners.soften(self.landscape.at(states))

    def expand(self, at: Point) -> Expansion:
        """Return H around a point, to second order."""
        return self.landscape.expand(at, self.corners.slopes(at))


class _Round(NamedTuple):
    """Where the descents of one sample have come to, ``iterations`` steps of all of them."""

    states: list[jax.Array]
    multipliers: jax.Array
    loss: jax.Array
    converged: jax.Array
    done: jax.Array
    rounds: jax.Array
    iterations: jax.Array
    gradient_norm: jax.Array


class KinkedDescent(NamedTuple):
    """Descents that end where no direction and no change of one hidden state lowers H.

    Of the kinks of H some are concave, as those of hidden relu neurons: H is least at none of them,
    but on either side there may be a valley.  Each descent by Newton's method therefore goes on
    from the best change of one state, if any lowers H.  Others are convex `Corners`.  A sample has
    converged if the last descent has; if H without corners, which is not above H, is as low as H;
    and if no change of one state lowers H.  Then no direction descends: at a concave kink, one of
    the two senses of a coordinate that crosses it would.
    """

    landscape: Kinked
    kink: Kink
    effort: Effort

    def run(self, states: list[jax.Array]) -> BulkMinimum:
        """Minimise H from ``states``."""
        if not sum(x.size for x in states):
            return Descent(self.landscape, self.effort).run(states)
        start = self.landscape.at(states)
        enough = self.effort.enough(start)
        corners = self.landscape.corners(self.kink)
        first = _Round(
            states,
            corners.touching(start).multipliers,
            start.loss,
            jnp.bool_(False),
            jnp.bool_(False),
            jnp.int32(0),
            jnp.int32(0),
            start.gradient_norm,
        )

        def unfinished(last: _Round) -> jax.Array:
            return ~last.done & (last.rounds < MAX_ROUNDS)

        def advance(last: _Round) -> _Round:
            return self._advance(last, corners._replace(multipliers=last.multipliers), enough)

        end: _Round = jax.lax.while_loop(unfinished, advance, first)
        return BulkMinimum(
            end.loss, end.converged, end.iterations, end.gradient_norm, end.states, end.multipliers
        )

    def _advance(self, last: _Round, corners: Corners, enough: jax.Array) -> _Round:
        """Descend once, and find out what is left to do."""
        smooth = _Softened(self.landscape, corners)
        end = Descent(smooth, self.effort).descend(smooth.at(last.states), enough)
        at = self.landscape.at(end.states)
        changed = self.landscape.at(self._best_change(at))
        settled = (end.decrease <= enough) & jnp.isfinite(at.loss)
        tight = at.loss - end.loss <= enough
        ready = tight | ~settled  # else new multipliers come first
        lower = ready & (at.loss - changed.loss > CERTAIN * enough)
        new = jax.tree.map(lambda a, b: jnp.where(lower, a, b), changed, at)
        multipliers = corners.touching(changed).multipliers, corners.updated(end).multipliers
        return _Round(
            new.states,
            jnp.where(lower, *multipliers),
            new.loss,
            settled & tight & ~lower,
            ready & ~lower,
            last.rounds + 1,
            last.iterations + end.iterations,
            end.gradient_norm,
        )

    def _best_change(self, at: Point) -> list[jax.Array]:
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
