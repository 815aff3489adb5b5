"""The order in which an epoch visits the samples, and the steps that it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray, Shaped

Carry = TypeVar("Carry")
T = TypeVar("T")

SHARED_PRODUCTS = 7_000_000
"""Multiplications of a step from which on two threads gain more than it costs to wait for both.

Measured on two processors, where three parts and more were slower than two; a function of shapes
alone, so that results do not depend on the machine.
"""


def parts_of_batch(products: int) -> int:
    """Return into how many parts a batch is divided whose step takes so many multiplications.

    The products of a net that is not large are too small to be shared between threads one by one.
    """
    return 2 if products >= SHARED_PRODUCTS else 1


def random_order(key: PRNGKeyArray, samples: int) -> Int[Array, " {samples}"]:
    """Return a random permutation of 0 .. samples - 1, int32; JAX must be in 64-bit mode.

    Sorts 64-bit words with random high bits and the index in the low ones: one array to sort
    instead of the keys and values of `jax.random.permutation`, which at 6,000 samples takes ten
    times as long, a quarter of an epoch.  Words with equal random bits, which would favour
    ascending order, occur with probability < samples^2 / 2^(65 - index bits): 2e-9 at 6,000.

    ``key``: a JAX key.
    """
    index_bits = max(samples - 1, 1).bit_length()
    index_mask = (1 << index_bits) - 1
    words = jax.random.bits(key, (samples,), jnp.uint64) & jnp.uint64(~index_mask & (2**64 - 1))
    words = jnp.sort(words | jnp.arange(samples, dtype=jnp.uint64))
    return (words & jnp.uint64(index_mask)).astype(jnp.int32)


def scan_batches(
    step: Callable[[Carry, Int[Array, " indices"]], Carry],
    carry: Carry,
    order: Int[Array, " order"],
    batch: int,
) -> Carry:
    """Apply ``step(carry, indices)`` to consecutive batches of ``order``.

    Every index occurs once; if ``batch`` does not divide their number, the last batch is smaller.
    """
    whole = len(order) - len(order) % batch

    def body(carry: Carry, indices: jax.Array) -> tuple[Carry, None]:
        return step(carry, indices), None

    carry = jax.lax.scan(body, carry, order[:whole].reshape(-1, batch))[0]
    return step(carry, order[whole:]) if whole < len(order) else carry


def sum_in_parts(
    function: Callable[[Int[Array, " part"]], T], batch: Int[Array, " batch"], parts: int
) -> T:
    """Return the sum of ``function`` over so many ``parts`` of ``batch``, none of them empty.

    The parts do not depend on each other, so the compiled program computes them side by side.
    """
    results = [function(part) for part in jnp.array_split(batch, min(parts, len(batch)))]
    return jax.tree.map(lambda *parts: sum(parts[1:], parts[0]), *results)


def rows(
    array: Shaped[Array, " samples *row"], indices: Int[Array, " indices"]
) -> Shaped[Array, " indices *row"]:
    """Return the rows of ``array`` at ``indices``, which must be within it."""
    return array.at[indices].get(mode="promise_in_bounds")
