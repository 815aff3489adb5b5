"""Optimisers that adjust the size of their steps themselves, and one that is told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

Steps = float | Float[Array, ""] | Callable[[Int[Array, ""]], Float[Array, ""]]
"""A learning rate, or its schedule by the number of the step."""

SelfAdjusting = Literal["momo", "momo_adam", "prodigy", "dadapt_adamw", "cocob"]


class OfLoss(NamedTuple):
    """An optax transformation whose ``update`` is also given ``value``, the batch's objective."""

    init: Callable[[Any], Any]
    update: Callable[..., tuple[Any, Any]]


class Plateau(NamedTuple):
    """The rate falls to ``factor`` times it where the running loss has stopped falling.

    After ``patience`` epochs without one that is less than the best by its share ``tolerance``; for
    ``cooldown`` epochs after it fell it stays; ``minimum``: share of the first rate that it stays
    at.
    """

    factor: float = 0.1
    patience: int = 10
    tolerance: float = 1e-4
    cooldown: int = 0
    minimum: float = 0.0

    def after(self, optimiser: optax.GradientTransformation, epoch: int) -> OfLoss:
        """Return ``optimiser`` with its steps shortened so; ``epoch``: its number of steps."""
        reduced = optax.contrib.reduce_on_plateau(
            factor=self.factor,
            patience=self.patience,
            rtol=self.tolerance,
            cooldown=self.cooldown,
            accumulation_size=epoch,
            min_scale=self.minimum,
        )
        return OfLoss(*optax.chain(optimiser, reduced))


def build_self_adjusting(name: str, rate: Steps, **options: Any) -> optax.GradientTransformation:
    """Return the optimiser ``name`` of optax with its ``options`` at the learning ``rate``.

    momo, momo_adam: ``rate`` bounds the step, which is else such that the model of the loss, its
    average and slope, reaches ``lower_bound``.  prodigy, dadapt_adamw: ``rate`` multiplies the step
    that follows from the distance to the solution as it is estimated on the way.  cocob has none.

    Source: 2305.07583 (momo), 2306.06101 (prodigy), 2301.07733 (dadapt), 1705.07795 (cocob).
    """
    if name == "momo":
        return OfLoss(*optax.contrib.momo(rate, **options))
    if name == "momo_adam":
        return OfLoss(*optax.contrib.momo_adam(rate, **options))
    if name == "cocob":
        return optax.contrib.cocob(1.0, **options)
    options["betas"] = (options.pop("b1"), options.pop("b2"))
    options["estim_lr0"] = options.pop("first_distance")
    if name == "dadapt_adamw":
        return _known_distance(optax.contrib.dadapt_adamw(rate, **options))
    options["estim_lr_coef"] = options.pop("coefficient")
    return _known_distance(optax.contrib.prodigy(rate, **options))


def _known_distance(optimiser: optax.GradientTransformation) -> optax.GradientTransformation:
    """Return ``optimiser`` standing still until the first gradient that is not zero.

    Before it, the estimated distance is 0/0.
    """

    def update(gradient: Any, before: Any, parameters: Any = None, **_: Any) -> tuple[Any, Any]:
        steps, after = optimiser.update(gradient, before, parameters)
        unknown = optax.tree.sum(jax.tree.map(jnp.abs, after.grad_sum)) == 0.0
        distance = jnp.where(unknown, before.estim_lr, after.estim_lr)
        still = jax.tree.map(lambda step: jnp.where(unknown, 0.0, step), steps)
        return still, after._replace(estim_lr=distance)

    return optax.GradientTransformationExtraArgs(optimiser.init, update)


def steps_of(
    optimiser: optax.GradientTransformation,
    gradient: optax.Updates,
    state: optax.OptState,
    parameters: optax.Params,
    value: Callable[[], Float[Array, ""]],
) -> tuple[optax.Updates, optax.OptState]:
    """Return the steps of ``optimiser`` and its next ``state``.

    ``value``: returns the objective of the batch, and is asked only by those that need it, so that
    the program of the others is what it would be without.

    ``gradient``: of the loss, as the parameters are; ``parameters``: as they are before the step.
    """
    if isinstance(optimiser, OfLoss):
        return optimiser.update(gradient, state, parameters, value=value())
    return optimiser.update(gradient, state, parameters)
