"""Solutions of x'' = -w2 x - 2 g x', smooth through w2 = 0."""

from __future__ import annotations

from math import factorial

import jax
import jax.numpy as jnp

TERMS = 8
SERIES = 0.5
"""|w2 t^2| below which the series is summed: its first term left out is 2e-16 there."""


def cosine_and_sine(
    square: jax.Array, time: jax.Array, damping: jax.Array | float = 0.0
) -> tuple[jax.Array, jax.Array]:
    """Return exp(-g t) cos(w t) and exp(-g t) sin(w t) / w for w^2 of either sign.

    ``square``: w^2, of negative ones cosh and sinh; ``time``: t; ``damping``: g, at least
    sqrt(-w^2) if the result must not overflow.  Their Wronskian is exp(-2 g t).
    """
    phase = square * time**2
    small = jnp.abs(phase) < SERIES
    few = jnp.where(small, phase, 0.0)
    cos_few = sum((-few) ** n / factorial(2 * n) for n in range(TERMS))
    sin_few = sum((-few) ** n / factorial(2 * n + 1) for n in range(TERMS))
    turning = jnp.sqrt(jnp.where(phase >= SERIES, phase, 1.0))
    growing = jnp.sqrt(jnp.where(phase <= -SERIES, -phase, 1.0))
    decay = jnp.exp(-damping * time)
    up, down = jnp.exp(growing - damping * time), jnp.exp(-growing - damping * time)
    up = jnp.where(phase <= -SERIES, up, 0.0)
    cosine = jnp.where(phase > 0.0, decay * jnp.cos(turning), (up + down) / 2.0)
    sine = jnp.where(phase > 0.0, decay * jnp.sin(turning) / turning, (up - down) / 2.0 / growing)
    return (
        jnp.where(small, decay * cos_few, cosine),
        time * jnp.where(small, decay * sin_few, sine),
    )
