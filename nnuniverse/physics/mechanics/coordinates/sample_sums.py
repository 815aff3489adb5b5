"""Sums over all samples of a data set, in chunks, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnuniverse.networks.samples_at_once import SAMPLES_AT_ONCE

SampleFunction = Callable[
    [Float[Array, " K"], Float[Array, "samples n_1"], Float[Array, "samples n_L"]],
    Float[Array, " samples"],
]
"""Flat parameters (K,), inputs (samples, n_1), targets (samples, n_L) to losses (samples,)."""


def sum_over_samples(
    function: Callable[
        [Float[Array, "chunk n_1"], Float[Array, "chunk n_L"]], Float[Array, "*sum"]
    ],
    inputs: Float[Array, "samples n_1"],
    targets: Float[Array, "samples n_L"],
    chunk: int = SAMPLES_AT_ONCE,
) -> Float[Array, "*sum"]:
    """Return the sum of ``function(inputs, targets)`` over chunks of samples, in float64.

    ``function``: of a chunk's inputs and targets to a sum over its samples, of any shape.
    """

    def of(some_inputs: jax.Array, some_targets: jax.Array) -> jax.Array:
        return function(some_inputs.astype(jnp.float64), some_targets.astype(jnp.float64))

    whole = len(inputs) // chunk
    rest = of(inputs[whole * chunk :], targets[whole * chunk :]) if len(inputs) % chunk else 0.0
    if whole == 0:
        return jnp.asarray(rest)
    chunks = [
        array[: whole * chunk].reshape(whole, chunk, *array.shape[1:])
        for array in (inputs, targets)
    ]
    first = of(chunks[0][0], chunks[1][0])
    others = [array[1:] for array in chunks]
    total, _ = jax.lax.scan(lambda sofar, data: (sofar + of(*data), None), first, tuple(others))
    return total + rest
