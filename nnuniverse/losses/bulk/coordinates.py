"""The best change of one hidden state, where H is piecewise quadratic in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.networks.activation import Kink

ENTRIES_AT_ONCE = 10_000
"""Neurons times receivers looked at together: bounds the memory, chosen empirically."""


class Fan(NamedTuple):
    """What H of one sample depends on when one of n states changes.

    By a change s of the state x_i, the terms ``1/2 (x_k - f(y_k))^2`` of the d neurons k that it
    acts on change, and all else by ``linear s + curvature s^2 / 2``, (n,) each.

    ``weights``: w_ki, (n, d), 0 where there is no edge; ``arguments``: y_k and ``states``: x_k,
    (d,), if all act on the same neurons, or else (m,), of which ``receivers`` are those, (n, d);
    ``loops``: 1 where k is i itself, (n, d), or 0.
    """

    linear: jax.Array
    curvature: jax.Array
    weights: jax.Array
    arguments: jax.Array
    states: jax.Array
    receivers: np.ndarray | None = None
    loops: np.ndarray | None = None


class _Ray(NamedTuple):
    """A `Fan` of one neuron: its numbers (), its arrays (d,)."""

    linear: jax.Array
    curvature: jax.Array
    weights: jax.Array
    arguments: jax.Array
    states: jax.Array
    loops: jax.Array | float


def best_changes(
    fan: Fan,
    function: Callable[[Float[Array, " ..."]], Float[Array, " ..."]],
    kink: Kink,
    x: Float[Array, " n"],
    bounds: tuple[float, float],
) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
    """Return the change of each state ``x``, (n,), that lowers H most, and by how much it does.

    All others stay.  H is quadratic in x_i between the points where an argument passes the kink of
    f; the minimum over all these pieces is exact, but for rounding.  ``function``: f.

    ``fan``: what a change of each state does to the arguments; ``bounds``: the closed range of the
    activation.
    """
    value = function(jnp.asarray(kink.at, x.dtype))

    def one(i: jax.Array) -> tuple[jax.Array, jax.Array]:
        chosen = ... if fan.receivers is None else jnp.asarray(fan.receivers)[i]
        loops = 0.0 if fan.loops is None else jnp.asarray(fan.loops, x.dtype)[i]
        y, states = fan.arguments[chosen], fan.states[chosen]
        ray = _Ray(fan.linear[i], fan.curvature[i], fan.weights[i], y, states, loops)
        change, least = _best_change(ray, value, kink, bounds[0] - x[i], bounds[1] - x[i])
        error = jnp.where(ray.weights != 0.0, states - function(y), 0.0)
        return change, 0.5 * jnp.sum(error**2) - least

    at_once = max(1, ENTRIES_AT_ONCE // max(1, fan.weights.shape[1]))
    changes, gains = jax.lax.map(one, jnp.arange(len(x)), batch_size=min(at_once, len(x)))
    return changes, gains


def _best_change(
    ray: _Ray, value: jax.Array, kink: Kink, low: jax.Array, high: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return the change of one state, between ``low`` and ``high``, and H of its receivers then."""
    edge = ray.weights != 0.0
    before, after = _quadratics(ray, value, kink)
    rest = jnp.stack([jnp.zeros_like(ray.linear), ray.linear, 0.5 * ray.curvature])
    ends = (kink.at - ray.arguments) / jnp.where(edge, ray.weights, 1.0)
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


def _quadratics(ray: _Ray, value: jax.Array, kink: Kink) -> tuple[jax.Array, jax.Array]:
    """Return the receivers' terms as ``c_0 + c_1 s + c_2 s^2``, (3, d), before and after the kink.

    ``value``: f at the kink.  Before is where s is less.
    """

    def on(slope: float) -> jax.Array:
        error = ray.states - value - slope * (ray.arguments - kink.at)
        rate = ray.loops - slope * ray.weights
        terms = jnp.stack([0.5 * error**2, error * rate, 0.5 * rate**2])
        return jnp.where(ray.weights != 0.0, terms, 0.0)

    below, above = on(kink.below), on(kink.above)
    upwards = ray.weights > 0.0
    return jnp.where(upwards, below, above), jnp.where(upwards, above, below)
