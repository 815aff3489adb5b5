"""Projected Newton steps for many samples, grouped anew as some of them are done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from nnuniverse.losses.bulk.descent import BulkMinimum, Descent, Effort, Landscape, Place

FIRST_ROUND = 4
"""Steps of the first round, which nearly all samples need; each round goes a quarter further than
the one before.  Chosen empirically on nets trained and untrained, where 3 steps, a third and one
step at a time did no better."""

Fixed = TypeVar("Fixed")
"""What is fixed for one sample; or of several, along a first axis."""


def descend_in_rounds(
    landscape: Callable[[Fixed], Landscape],
    fixed: Fixed,
    start: list[Float[Array, "samples _"]],
    order: Int[Array, " samples"],
    effort: Effort,
) -> BulkMinimum:
    """Return the minimum of every sample's ``landscape``, by the steps of `Descent`.

    Samples take steps together, ``effort.samples_at_once``, and wait for the last of them.  After a
    round those that are not done form new groups, so that they wait only for each other.  A sample
    takes the steps that it takes in one group until the end, up to rounding.
    ``fixed``: what the landscapes are made of, (samples, ...) each; ``start``: hidden states,
    (samples, n), n > 0; ``order``: of the samples, like ones side by side, (samples,).
    """

    def begin(fixed: Fixed, states: list[jax.Array]) -> tuple[Place, jax.Array]:
        place = landscape(fixed).at(states)
        return _bare(place), effort.enough(place)

    places, enough = jax.vmap(begin)(fixed, start)
    rounds = _Rounds(landscape, fixed, enough, order, effort)
    end, _ = jax.lax.while_loop(
        lambda carried: jnp.any(effort.goes_on(carried[0], enough)),
        lambda carried: rounds.take(*carried),
        (places, jnp.int32(FIRST_ROUND)),
    )
    return end.minimum(enough)


class _Rounds(NamedTuple, Generic[Fixed]):
    """What stays the same; ``enough``: the decrease of H that is none, (samples,)."""

    landscape: Callable[[Fixed], Landscape]
    fixed: Fixed
    enough: jax.Array
    order: jax.Array
    effort: Effort

    def take(self, places: Place, last: jax.Array) -> tuple[Place, jax.Array]:
        """Return the places after step ``last`` and the last step of the next round."""
        at_once = min(self.effort.samples_at_once, len(self.order))
        going = self.effort.goes_on(places, self.enough)
        # The sort is stable, so like samples stay side by side.
        order = self.order[jnp.argsort(~going[self.order])]
        order = jnp.pad(order, (0, -len(order) % at_once), mode="edge")

        def advance(group: jax.Array, places: Place) -> Place:
            rows = jax.lax.dynamic_slice(order, (group * at_once,), (at_once,))
            moved = self._descend(rows, places, last)
            return jax.tree.map(lambda every, some: every.at[rows].set(some), places, moved)

        groups = (jnp.sum(going) + at_once - 1) // at_once
        return jax.lax.fori_loop(0, groups, advance, places), last + jnp.maximum(1, last // 4)

    def _descend(self, rows: jax.Array, places: Place, last: jax.Array) -> Place:
        """Return the places of the samples ``rows`` after step ``last``."""
        effort = self.effort._replace(max_iterations=jnp.minimum(last, self.effort.max_iterations))

        def descend(fixed: Fixed, place: Place, enough: jax.Array) -> Place:
            landscape = self.landscape(fixed)
            here = landscape.at(place.states)
            whole = place._replace(arguments=here.arguments, errors=here.errors)
            return _bare(Descent(landscape, effort).descend(whole, enough))

        everything = self.fixed, places, self.enough
        chosen = jax.tree.map(lambda array: jnp.asarray(array)[rows], everything)
        return jax.vmap(descend)(*chosen)


def _bare(place: Place) -> Place:
    """Return ``place`` without what its states tell, which is larger than they are."""
    return place._replace(arguments=[], errors=[])
