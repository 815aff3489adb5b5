"""Fixed points of ``x = f(w x + b)``: iteration, its status, and implicit derivatives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

LONGEST_PERIOD = 64
"""Longest period of a cycle that is recognised."""

ROUNDING = 16
"""Units of rounding below which a change is not asked for, chosen empirically in float32."""

Map = Callable[[Float[Array, "samples n"]], Float[Array, "samples n"]]
Theta = TypeVar("Theta")
ParametricMap = Callable[[Theta, Float[Array, "samples n"]], Float[Array, "samples n"]]


class Iterate(NamedTuple):
    """Where an iteration stopped: ``state`` (samples, n), and ``settled``, (samples,)."""

    state: jax.Array
    settled: jax.Array


def iterate(
    step: Map,
    start: Float[Array, "samples n"],
    iterations: int,
    tolerance: float,
    scale: float = 1.0,
) -> Iterate:
    """Iterate ``x(t + 1) = step(x(t))`` of every sample until it settles.

    Settled: ``max_i |x_i(t + 1) - x_i(t)| <= tolerance * max(scale, max_i |x_i(t + 1)|)``; from
    then on the sample is left as it is, so that it does not depend on others in its batch.
    At most ``iterations`` steps.  In float32 the tolerance is at least 16 units of rounding.

    ``start``: (samples, n).

    >>> end = iterate(lambda x: 0.5 * x + 1.0, jnp.zeros((1, 1)), iterations=60, tolerance=1e-6)
    >>> round(float(end.state[0, 0]), 4), end.settled.tolist()
    (2.0, [True])
    """

    def unsettled(carry: tuple[Iterate, jax.Array]) -> jax.Array:
        return (carry[1] < iterations) & ~carry[0].settled.all()

    def advance(carry: tuple[Iterate, jax.Array]) -> tuple[Iterate, jax.Array]:
        (state, settled), t = carry
        stepped = step(state)
        close = _close(stepped, state, tolerance, scale)
        state = jnp.where(settled[:, None], state, stepped)
        return Iterate(state, settled | close), t + 1

    begin = Iterate(start, jnp.zeros(start.shape[0], bool))
    return jax.lax.while_loop(unsettled, advance, (begin, jnp.int32(0)))[0]


def find_periods(step: Map, end: Iterate, tolerance: float) -> Int[Array, " samples"]:
    """Return the period of every sample after an `iterate`, int32, (samples,).

    1: settled in a fixed point; p from 2 to `LONGEST_PERIOD`: x comes back after p steps, to
    within the tolerance of `iterate`; 0: neither.

    ``step``: of the iteration; ``end``: where it ended.

    >>> flip = lambda x: -x
    >>> end = iterate(flip, jnp.ones((1, 1)), iterations=10, tolerance=1e-6)
    >>> find_periods(flip, end, tolerance=1e-6).tolist()
    [2]
    """

    def advance(
        carry: tuple[jax.Array, jax.Array], t: jax.Array
    ) -> tuple[tuple[jax.Array, jax.Array], None]:
        state, period = carry
        state = step(state)
        back = (period == 0) & _close(state, end.state, tolerance, 1.0)
        return (state, jnp.where(back, t, period)), None

    def search(unknown: jax.Array) -> jax.Array:
        times = jnp.arange(1, LONGEST_PERIOD + 1, dtype=jnp.int32)
        period = jax.lax.scan(advance, (end.state, unknown), times)[0][1]
        return jnp.where(period > 1, period, 0)

    unknown = jnp.zeros(end.settled.shape, jnp.int32)
    periods = jax.lax.cond(end.settled.all(), lambda unknown: unknown, search, unknown)
    return jnp.where(end.settled, 1, periods)


def find_fixed_point(
    step: ParametricMap[Theta],
    theta: Theta,
    start: Float[Array, "samples n"],
    iterations: int,
    tolerance: float,
) -> Iterate:
    """Return the fixed point ``x = step(theta, x)`` of every sample, differentiable in theta.

    By `iterate`; where it does not settle, the last state.  The gradient is that of the fixed
    point as an implicit function: with J = d step / d x there, ``u = (1 - J^T)^-1 g`` solves
    ``u = g + J^T u`` by the same iteration, and the gradient is ``u^T d step / d theta``.  A
    sample contributes none if it did not settle, or if u does not: its state is then no
    function of theta that could be followed.

    ``start``: (samples, n), which the result does not depend on.

    ``iterations``: the most that are made; ``tolerance``: a step below which it has settled.
    """
    end = iterate(partial(step, jax.lax.stop_gradient(theta)), start, iterations, tolerance)
    end = jax.lax.stop_gradient(end)
    return end._replace(state=_as_function(step, theta, end, iterations, tolerance))


@partial(jax.custom_vjp, nondiff_argnums=(0, 3, 4))
def _as_function(
    step: ParametricMap[Theta], theta: Theta, end: Iterate, iterations: int, tolerance: float
) -> jax.Array:
    """Return the state of ``end``, the fixed point at ``theta``, as a function of it."""
    return end.state


def _forward(
    step: ParametricMap[Theta], theta: Theta, end: Iterate, iterations: int, tolerance: float
) -> tuple[jax.Array, tuple[Theta, Iterate]]:
    return end.state, (theta, end)


def _backward(
    step: ParametricMap[Theta],
    iterations: int,
    tolerance: float,
    saved: tuple[Theta, Iterate],
    gradient: jax.Array,
) -> tuple[Theta, None]:
    theta, (state, settled) = saved
    source = jnp.where(settled[:, None], gradient, 0.0)
    transpose = jax.vjp(partial(step, theta), state)[1]
    adjoint = iterate(lambda u: source + transpose(u)[0], source, iterations, tolerance, scale=0.0)
    kept = jnp.where(adjoint.settled[:, None], adjoint.state, 0.0)
    return jax.vjp(lambda theta: step(theta, state), theta)[1](kept)[0], None


_as_function.defvjp(_forward, _backward)


def _close(one: jax.Array, other: jax.Array, tolerance: float, scale: float) -> jax.Array:
    tolerance = max(tolerance, ROUNDING * float(np.finfo(one.dtype).eps))
    change = jnp.max(jnp.abs(one - other), axis=-1, initial=0.0)
    size = jnp.max(jnp.abs(one), axis=-1, initial=scale)
    return change <= tolerance * size
