"""The best change of one hidden state, where H is piecewise quadratic in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from nnuniverse.networks import Kink

ENTRIES_AT_ONCE = 10_000
"""Neurons times receivers looked at together: bounds the memory, chosen empirically."""


class Fan(NamedTuple):
    """What H of one sample depends on when one of n states changes.

    By a change s of the state x_i, the terms ``1/2 (x_k - f(y_k))^2`` of the d neurons k that it
    acts on change, and all else by ``linear s + curvature s^2 / 2``, (n,) each.

    ``weights``: w_ki, (n, d), 0 where there is no edge; ``arguments``: y_k, ``states``: x_k, the
    same shape; ``loops``: 1 where k is i itself, else 0, the same shape.
    """

    linear: jax.Array
    curvature: jax.Array
    weights: jax.Array
    arguments: jax.Array
    states: jax.Array
    loops: jax.Array


def best_changes(
    fan: Fan,
    function: Callable[[jax.Array], jax.Array],
    kink: Kink,
    x: jax.Array,
    bounds: tuple[float, float],
) -> tuple[jax.Array, jax.Array]:
    """Return the change of each state ``x``, (n,), that lowers H most, and by how much it does.

    All others stay.  H is quadratic in x_i between the points where an argument passes the kink of
    f; the minimum over all these pieces is exact, but for rounding.  ``function``: f.
    """

    def one(given: tuple[Fan, jax.Array]) -> tuple[jax.Array, jax.Array]:
        fan, x = given
        value = function(jnp.asarray(kink.at, x.dtype))
        change, least = _best_change(fan, value, kink, bounds[0] - x, bounds[1] - x)
        error = fan.states - function(fan.arguments)
        return change, 0.5 * jnp.sum(jnp.where(fan.weights != 0.0, error**2, 0.0)) - least

    at_once = max(1, ENTRIES_AT_ONCE // max(1, fan.weights.shape[1]))
    changes, gains = jax.lax.map(one, (fan, x), batch_size=min(at_once, len(x)))
    return changes, gains


def _best_change(
    fan: Fan, value: jax.Array, kink: Kink, low: jax.Array, high: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return the change of one state, between ``low`` and ``high``, and H of its receivers then."""
    edge = fan.weights != 0.0
    before, after = _quadratics(fan, value, kink)
    rest = jnp.stack([jnp.zeros_like(fan.linear), fan.linear, 0.5 * fan.curvature])
    ends = (kink.at - fan.arguments) / jnp.where(edge, fan.weights, 1.0)
    ends = jnp.where(edge, ends, jnp.inf)
    order = jnp.argsort(ends)
    # Where x_i grows past an end, the term of one receiver goes over to its other line.
    passed = jnp.cumsum((after - before)[:, order], axis=1)
    first = (before.sum(axis=1) + rest)[:, None]
    constant, linear, square = first + jnp.pad(passed, ((0, 0), (1, 0)))
    inner, infinite = ends[order], jnp.full(1, jnp.inf, ends.dtype)
    left = jnp.maximum(jnp.concatenate([-infinite, inner]), low)
    right = jnp.minimum(jnp.concatenate([inner, infinite]), high)
    curved = square > 0.0
    vertex = jnp.where(curved, -linear / jnp.where(curved, 2.0 * square, 1.0), 0.0)
    change = jnp.clip(vertex, left, right)
    values = constant + change * (linear + change * square)
    values = jnp.where(left <= right, values, jnp.inf)
    best = jnp.argmin(values)
    return change[best], values[best]


def _quadratics(fan: Fan, value: jax.Array, kink: Kink) -> tuple[jax.Array, jax.Array]:
    """Return the receivers' terms as ``c_0 + c_1 s + c_2 s^2``, (3, d), before and after the kink.

    ``value``: f at the kink.  Before is where s is less.
    """

    def on(slope: float) -> jax.Array:
        error = fan.states - value - slope * (fan.arguments - kink.at)
        rate = fan.loops - slope * fan.weights
        terms = jnp.stack([0.5 * error**2, error * rate, 0.5 * rate**2])
        return jnp.where(fan.weights != 0.0, terms, 0.0)

    below, above = on(kink.below), on(kink.above)
    upwards = fan.weights > 0.0
    return jnp.where(upwards, below, above), jnp.where(upwards, above, below)
