"""Learning algorithms by name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Real

from nnuniverse.training.self_adjusting import (
    Plateau,
    SelfAdjusting,
    Steps,
    build_self_adjusting,
)


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["initial", "final", "half_life", "boundaries", "factors", "epochs"],
    meta_fields=["kind"],
)
@dataclass(frozen=True)
class Rate:
    """The learning rate over a run of ``epochs``: where it starts and how it changes.

    ``kind``: constant; linear or cosine, from ``initial`` to ``final`` times it over the whole
    run; exponential, halving every ``half_life`` epochs; piecewise, after as many epochs as one of
    the ascending ``boundaries`` says the one of the ``factors`` with its number times ``initial``.
    Its numbers may be arguments of a compiled program, which then serves for all of one kind.
    """

    initial: float | jax.Array
    kind: Literal["constant", "linear", "cosine", "exponential", "piecewise"] = "constant"
    final: float | jax.Array = 0.0
    half_life: float | jax.Array = math.inf
    boundaries: tuple[float | jax.Array, ...] = ()
    factors: tuple[float | jax.Array, ...] = ()
    epochs: float | jax.Array = 1.0

    def at(self, epoch: Real[Array, "*epochs"]) -> Float[Array, "*epochs"]:
        """Return the rate after so many epochs, whole or not.

        ``epoch``: the number of the epoch, or several, (...).
        """
        progress = epoch / self.epochs
        if self.kind == "linear":
            factor = 1.0 - (1.0 - self.final) * progress
        elif self.kind == "cosine":
            half_turn = 0.5 * (1.0 + jnp.cos(jnp.pi * progress))
            factor = self.final + (1.0 - self.final) * half_turn
        elif self.kind == "exponential":
            factor = jnp.exp2(-epoch / self.half_life)
        elif self.kind == "piecewise":
            factor = jnp.ones_like(progress)
            for boundary, after in zip(self.boundaries, self.factors, strict=True):
                factor = jnp.where(epoch >= boundary, after, factor)
        else:
            factor = jnp.ones_like(progress)
        return self.initial * factor


def build_optimiser(
    name: Literal["sgd", "momentum", "adam", "adamw"] | SelfAdjusting,
    rate: Rate,
    steps_per_epoch: int,
    clip_norm: float | None = None,
    plateau: Plateau | None = None,
    **options: Any,
) -> optax.GradientTransformation:
    """Return the optax transformation ``name`` with its ``options`` and the learning ``rate``.

    sgd has no options; momentum has ``decay`` and ``nesterov``; adam has ``b1``, ``b2``, ``eps``;
    those of `build_self_adjusting` have theirs.
    ``clip_norm`` c: a gradient g of all weights and biases is first multiplied by
    ``min(1, c / |g|)``.  ``plateau``: the rate falls where the loss does no more.
    ``weight_decay`` lambda: a step also takes ``eta lambda w`` from all of
    them, whatever the gradient (decoupled: 1711.05101); adamw is adam, for those who look for it.
    Without decay, each turns a zero gradient into a zero step, on which `ActiveInputs` relies.

    ``steps_per_epoch``: how many batches an epoch has.
    """

    def schedule(step: jax.Array) -> jax.Array:
        # An argument of the compiled program has that of training.
        precision = rate.initial.dtype if isinstance(rate.initial, jax.Array) else jnp.float32
        epoch = jnp.asarray(step, precision) / steps_per_epoch
        return rate.at(epoch).astype(precision)

    learning_rate = rate.initial if rate.kind == "constant" else schedule
    if name in get_args(SelfAdjusting):
        chosen = build_self_adjusting(name, learning_rate, **options)
    else:
        chosen = _given(name, learning_rate, **options)
    if clip_norm is not None:
        chosen = optax.chain(optax.clip_by_global_norm(clip_norm), chosen)
    return chosen if plateau is None else plateau.after(chosen, steps_per_epoch)


def _given(
    name: str, rate: Steps, weight_decay: float = 0.0, **options: float
) -> optax.GradientTransformation:
    """Return an optimiser whose steps are as long as the ``rate`` says."""
    if name == "momentum":
        options["momentum"] = options.pop("decay")
    adaptive = name in ("adam", "adamw")
    if not weight_decay:
        return (optax.adam if adaptive else optax.sgd)(rate, **options)
    decayed = optax.add_decayed_weights(weight_decay)
    return optax.chain(_direction(adaptive, **options), decayed, optax.scale_by_learning_rate(rate))


def _direction(adaptive: bool, **options: float) -> optax.GradientTransformation:
    """Return what an optimiser makes of a gradient before rate and decay."""
    if adaptive:
        return optax.scale_by_adam(**options)
    if "momentum" not in options:
        return optax.identity()
    return optax.trace(decay=options["momentum"], nesterov=bool(options["nesterov"]))
