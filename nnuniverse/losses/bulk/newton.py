"""One Newton step of the hidden states towards the bulk loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.losses.bulk.potential import Potential

RELATIVE_RESIDUAL = 1e-2
MAX_PRODUCTS = 40
"""When conjugate gradients end: chosen empirically on the trained net 784-40-20-10, where 1e-3
and 1e-1 took half as long again."""

LEAST_CURVATURE = 1e-3
RADIUS = 1.0
"""How far to go along a direction of less curvature than that: states are of order one, and the
curvature is 1 where nothing couples."""

_Vectors = list[jax.Array]


class Expanded(NamedTuple):
    """A net of one sample around given hidden states, first hidden layer first, outputs last.

    ``errors``: e_l = x_l - f(y_l), (n_l,); ``slopes``: f'(y_l); ``bends``: f''(y_l); ``weights``:
    W_l, of which the first, between inputs and first hidden layer, is left out; ``pull``: the
    gradient of V by the hidden states; ``potential``: V.
    """

    errors: _Vectors
    slopes: _Vectors
    bends: _Vectors
    weights: _Vectors
    pull: _Vectors
    potential: Potential

    def gradient(self) -> _Vectors:
        """Return the gradient of H by the hidden states, ``e_l - A_{l+1}^T e_{l+1} + dV/dx_l``."""
        above = zip(self.weights, self.slopes[1:], self.errors[1:], strict=True)
        back = [weights.T @ (slope * error) for weights, slope, error in above]
        own = zip(self.errors, back, self.pull, strict=False)
        return [error - carried + pull for error, carried, pull in own]

    def step(self, held: _Vectors, moves: _Vectors) -> _Vectors:
        """Return the moves of `newton_step`.

        ``held``: which states stay, layer by layer.
        """
        return newton_step(self, held, moves)


def newton_step(net: Expanded, held: _Vectors, moves: _Vectors) -> _Vectors:
    """Return moves d_l of the hidden states that lower the bulk loss, expanded to second order.

    ``1/2 sum_l |e_l + d_l - A_l d_{l-1}|^2 - 1/2 sum_l e_l f''_l (W_l d_{l-1})^2 + V(x + d)`` over
    d, A_l = diag(f'_l) W_l, with the outputs fixed and d_l = ``moves`` where ``held``.  The
    unknowns are the changes v of the errors of the states that are not held.  In them the second
    derivative is the identity plus something of low rank while f'' and V are small, which suits
    conjugate gradients.  Where it is not positive, the move goes `RADIUS` along the direction that
    shows it.

    ``net``: the expansion.
    """
    nothing = [jnp.zeros_like(error) for error in net.errors[:-1]]

    def move(v: _Vectors, given: _Vectors) -> tuple[_Vectors, _Vectors]:
        """Return the moves d_l and the drifts W_l d_{l-1}."""
        moved, drifts = [jnp.where(held[0], given[0], v[0])], []
        for l in range(1, len(v)):
            drifts.append(net.weights[l - 1] @ moved[-1])
            free = net.slopes[l] * drifts[-1] + v[l]
            moved.append(jnp.where(held[l], given[l], free))
        return moved, [*drifts, net.weights[-1] @ moved[-1]]

    base, drifts = move(nothing, moves)
    ends = [*moves[1:], jnp.zeros_like(net.errors[-1])]
    follows = [*held[1:], jnp.ones_like(net.errors[-1], bool)]
    # Errors that have to follow, those of held states and of the outputs, weigh f'^2 on the drifts;
    # all weigh -e f''.
    weights, driven = [], []
    layers = zip(net.errors[1:], net.slopes[1:], net.bends[1:], strict=True)
    for (error, slope, bend), end, drift, follow in zip(layers, ends, drifts, follows, strict=True):
        weights.append(jnp.where(follow, slope**2, 0.0) - error * bend)
        driven.append(weights[-1] * drift - jnp.where(follow, slope * (error + end), 0.0))
    transposed = jax.linear_transpose(lambda v: move(v, nothing), nothing)

    def normal(v: _Vectors) -> _Vectors:
        moved, drifts = move(v, nothing)
        forces = [weight * drift for weight, drift in zip(weights, drifts, strict=True)]
        return _add(v, 1.0, transposed((net.potential.product(moved), forces))[0])

    pull = _add(net.pull, 1.0, net.potential.product(base))
    own = [jnp.where(h, 0.0, error) for h, error in zip(held, net.errors, strict=False)]
    gradient = _add(own, 1.0, transposed((pull, driven))[0])
    solution = conjugate_gradients(normal, [-part for part in gradient])
    return _add(base, 1.0, move(solution, nothing)[0])


def dot(a: Sequence[Float[Array, " _"]], b: Sequence[Float[Array, " _"]]) -> Float[Array, ""]:
    """Return the scalar product of two states given layer by layer.

    ``a``: (n_l,) each; ``b``: (n_l,) each.
    """
    products = [jnp.sum(x * y) for x, y in zip(a, b, strict=True)]
    return jnp.sum(jnp.stack(products))


def _add(a: Sequence[jax.Array], factor: jax.Array | float, b: Sequence[jax.Array]) -> _Vectors:
    return [x + factor * y for x, y in zip(a, b, strict=True)]


def conjugate_gradients(
    product: Callable[[_Vectors], _Vectors],
    right: _Vectors,
    max_products: int = MAX_PRODUCTS,
    least_curvature: float = LEAST_CURVATURE,
) -> _Vectors:
    """Solve ``product(x) = right`` from x = 0 roughly; stop where ``product`` is not positive.

    ``max_products``: the most that are taken; ``least_curvature``: below which ``product`` does not
    count as positive.
    """
    start = dot(right, right)
    State = tuple[jax.Array, _Vectors, _Vectors, _Vectors, jax.Array, jax.Array]

    def unfinished(state: State) -> jax.Array:
        products, _, _, _, square, positive = state
        return positive & (products < max_products) & (square > RELATIVE_RESIDUAL**2 * start)

    def advance(state: State) -> State:
        products, x, residual, direction, square, _ = state
        image = product(direction)
        curvature = dot(direction, image)
        size = dot(direction, direction)
        positive = curvature > least_curvature * size
        length = jnp.where(positive, square / curvature, RADIUS / jnp.sqrt(size))
        x = _add(x, length, direction)
        residual = _add(residual, -length, image)
        remaining = dot(residual, residual)
        direction = _add(residual, remaining / square, direction)
        return products + 1, x, residual, direction, remaining, positive

    zero = [jnp.zeros_like(part) for part in right]
    first: State = (jnp.int32(0), zero, right, right, start, jnp.bool_(True))
    return jax.lax.while_loop(unfinished, advance, first)[1]
