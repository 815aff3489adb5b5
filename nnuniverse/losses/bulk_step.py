"""One Gauss-Newton step of the hidden states towards the bulk loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp

RELATIVE_RESIDUAL = 1e-2
MAX_PRODUCTS = 40
"""When conjugate gradients end: chosen empirically on the trained net 784-40-20-10, where 1e-3
and 1e-1 took half as long again."""

_Vectors = list[jax.Array]


class Linearised(NamedTuple):
    """A net of one sample at given hidden states, first hidden layer first, outputs last.

    ``errors``: e_l = x_l - f(y_l), (n_l,); ``slopes``: f'(y_l); ``weights``: W_l, of which the
    first, between inputs and first hidden layer, is left out.
    """

    errors: _Vectors
    slopes: _Vectors
    weights: _Vectors

    def couple(self, l: int, move: jax.Array) -> jax.Array:
        """Return ``diag(f'_l) W_l d_{l-1}``, how a move of the layer below moves f(y_l)."""
        return self.slopes[l] * (self.weights[l - 1] @ move)

    def gradient(self) -> _Vectors:
        """Return the gradient of H by the hidden states, ``e_l - A_{l+1}^T e_{l+1}``."""
        pairs = zip(self.weights, self.slopes[1:], self.errors[1:], strict=True)
        pulled = [weights.T @ (slope * error) for weights, slope, error in pairs]
        return [error - pull for error, pull in zip(self.errors, pulled, strict=False)]


def gauss_newton_step(net: Linearised, held: _Vectors, moves: _Vectors) -> _Vectors:
    """Return the moves d_l of the hidden states that minimise the linearised bulk loss.

    ``1/2 sum_l |e_l + d_l - A_l d_{l-1}|^2`` over d, A_l = diag(f'_l) W_l, with the outputs fixed
    and d_l = ``moves`` where ``held``.  The unknowns are the changes v of the errors of the states
    that are not held: the others and the outputs see Bv of them, and I + B^T B, whose
    eigenvalues are at least one and mostly exactly that, suits conjugate gradients.  With
    nothing held, B is J, and the new errors are J^T (I + J J^T)^{-1} (r + Je).
    """
    hidden = len(net.errors) - 1

    def follow(start: _Vectors, given: _Vectors) -> tuple[_Vectors, _Vectors]:
        """Return the moves, and how they move f(y) where it has to follow: held and outputs."""
        moved, seen = [jnp.where(held[0], given[0], start[0])], []
        for l in range(1, hidden):
            drift = net.couple(l, moved[-1])
            seen.append(jnp.where(held[l], drift, 0.0))
            moved.append(jnp.where(held[l], given[l], drift + start[l]))
        return moved, [*seen, net.couple(hidden, moved[-1])]

    nothing = [jnp.zeros_like(error) for error in net.errors[:-1]]

    def see(v: _Vectors) -> _Vectors:
        return follow(v, nothing)[1]

    transposed = jax.linear_transpose(see, nothing)

    def normal(v: _Vectors) -> _Vectors:
        return _add(v, 1.0, transposed(see(v))[0])

    base, seen = follow(nothing, moves)
    targets = [
        jnp.where(h, move + error, 0.0)
        for h, move, error in zip(held[1:], moves[1:], net.errors[1:-1], strict=True)
    ]
    missed = _add([*targets, net.errors[-1]], -1.0, seen)
    free = [jnp.where(h, 0.0, error) for h, error in zip(held, net.errors, strict=False)]
    solution = _conjugate_gradients(normal, _add(transposed(missed)[0], -1.0, free))
    return _add(base, 1.0, follow(solution, nothing)[0])


def dot(a: Sequence[jax.Array], b: Sequence[jax.Array]) -> jax.Array:
    """Return the scalar product of two states given layer by layer."""
    products = [jnp.sum(x * y) for x, y in zip(a, b, strict=True)]
    return jnp.sum(jnp.stack(products))


def _add(a: Sequence[jax.Array], factor: jax.Array | float, b: Sequence[jax.Array]) -> _Vectors:
    return [x + factor * y for x, y in zip(a, b, strict=True)]


def _conjugate_gradients(product: Callable[[_Vectors], _Vectors], right: _Vectors) -> _Vectors:
    """Solve ``product(x) = right`` from x = 0, symmetric and positive, roughly."""
    start = dot(right, right)
    State = tuple[jax.Array, _Vectors, _Vectors, _Vectors, jax.Array]

    def unfinished(state: State) -> jax.Array:
        products, *_, square = state
        return (products < MAX_PRODUCTS) & (square > RELATIVE_RESIDUAL**2 * start)

    def advance(state: State) -> State:
        products, x, residual, direction, square = state
        image = product(direction)
        length = square / dot(direction, image)
        x = _add(x, length, direction)
        residual = _add(residual, -length, image)
        remaining = dot(residual, residual)
        direction = _add(residual, remaining / square, direction)
        return products + 1, x, residual, direction, remaining

    zero = [jnp.zeros_like(part) for part in right]
    first: State = (jnp.int32(0), zero, right, right, start)
    x: _Vectors = jax.lax.while_loop(unfinished, advance, first)[1]
    return x
