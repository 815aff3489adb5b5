"""Learning algorithms by name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import optax


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["initial", "final", "half_life", "epochs"],
    meta_fields=["kind"],
)
@dataclass(frozen=True)
class Rate:
    """The learning rate over a run of ``epochs``: where it starts and how it changes.

    ``kind``: constant; linear or cosine, from ``initial`` to ``final`` times it over the whole
    run; exponential, halving every ``half_life`` epochs.  Its numbers may be arguments of a
    compiled program, which then serves for all of one kind.
    """

    initial: float | jax.Array
    kind: Literal["constant", "linear", "cosine", "exponential"] = "constant"
    final: float | jax.Array = 0.0
    half_life: float | jax.Array = math.inf
    epochs: float | jax.Array = 1.0

    def at(self, epoch: jax.Array) -> jax.Array:
        """Return the rate after so many epochs, whole or not."""
        progress = epoch / self.epochs
        if self.kind == "linear":
            factor = 1.0 - (1.0 - self.final) * progress
        elif self.kind == "cosine":
            half_turn = 0.5 * (1.0 + jnp.cos(jnp.pi * progress))
            factor = self.final + (1.0 - self.final) * half_turn
        elif self.kind == "exponential":
            factor = jnp.exp2(-epoch / self.half_life)
        else:
            factor = jnp.ones_like(progress)
        return self.initial * factor


def build_optimiser(
    name: Literal["sgd", "momentum", "adam"],
    rate: Rate,
    steps_per_epoch: int,
    **options: float,
) -> optax.GradientTransformation:
    """Return the optax transformation ``name`` with its ``options`` and the learning ``rate``.

    sgd has no options; momentum has ``decay`` and ``nesterov``; adam has ``b1``, ``b2``, ``eps``.
    Each turns a zero gradient into a zero step, on which `ActiveInputs` relies.
    """

    def schedule(step: jax.Array) -> jax.Array:
        epoch = jnp.asarray(step, jnp.float32) / steps_per_epoch
        return rate.at(epoch).astype(jnp.float32)

    learning_rate = rate.initial if rate.kind == "constant" else schedule
    if name == "adam":
        return optax.adam(learning_rate, **options)
    if name == "momentum":
        options["momentum"] = options.pop("decay")
    return optax.sgd(learning_rate, **options)
