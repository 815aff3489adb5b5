"""What weights cost besides the loss: their absolute values, their squares, and their sign."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from nnuniverse.networks.propagation import Trainable, map_weights, weights_of
from nnuniverse.training.optimiser import Rate


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["l1", "l2", "lasting"],
    meta_fields=["nonnegative"],
)
@dataclass(frozen=True)
class Penalty:
    """The cost ``l1 sum |w| + 1/2 l2 sum w^2`` of all weights; biases have none.

    ``l1``: by proximal steps, None: no such steps are taken; ``l2``: by the gradient, None: none;
    ``nonnegative``: whether weights are kept at zero or above, by the same proximal steps, which
    then need an ``l1``, maybe 0; ``lasting``: the sum of the steps that one gradient brings, in
    units of the learning rate: 1 of sgd, 1/(1 - decay) of momentum.

    Its numbers may be arguments of a compiled program.
    """

    l1: float | jax.Array | None = None
    l2: float | jax.Array | None = None
    nonnegative: bool = False
    lasting: float | jax.Array = 1.0

    def with_gradient(self, gradient: Trainable, parameters: Trainable) -> Trainable:
        """Return ``gradient`` and ``l2 w``, the part of the cost that has one everywhere.

        ``parameters``: weights and biases of the net.
        """
        l2 = self.l2
        if l2 is None:
            return gradient
        return map_weights(lambda slope, weights: slope + l2 * weights, gradient, parameters)

    def shrinking(self, rate: Rate) -> Shrinking | None:
        """Return the proximal steps after those of the learning ``rate``, None for none."""
        if self.l1 is None:
            return None
        return Shrinking(self.l1 * self.lasting, self.nonnegative, rate)


def cost_of_weights(penalty: Penalty, parameters: Trainable) -> Float[Array, ""]:
    """Return ``l1 sum |w| + 1/2 l2 sum w^2`` over the weights of a net, ().

    ``penalty``: its strengths; ``parameters``: weights and biases of the net.
    """
    total = jnp.zeros((), weights_of(parameters)[0].dtype)
    for weights in weights_of(parameters):
        if penalty.l1 is not None:
            total += penalty.l1 * jnp.abs(weights).sum()
        if penalty.l2 is not None:
            total += 0.5 * penalty.l2 * jnp.square(weights).sum()
    return total


def soft_threshold(
    weights: Float[Array, "*weights"], threshold: Float[Array, ""], nonnegative: bool
) -> Float[Array, "*weights"]:
    """Return the w that minimises ``1/2 (w - weights)^2 + threshold |w|``.

    ``sign(w) max(|w| - t, 0)``, or where ``nonnegative``, which asks for w >= 0, ``max(w - t, 0)``:
    small ones are exactly 0.

    >>> soft_threshold(jnp.array([3.0, -2.0]), jnp.array(1.0), nonnegative=False).tolist()
    [2.0, -1.0]
    """
    if nonnegative:
        return jnp.maximum(weights - threshold, 0.0)
    return jnp.sign(weights) * jnp.maximum(jnp.abs(weights) - threshold, 0.0)


class Shrinking(NamedTuple):
    """Proximal steps after those of an optimiser with the learning ``rate``.

    After every step ``w <- prox_t(w)``, `soft_threshold`, with ``t = rate strength``.  With sgd
    the ``strength`` is l1.  With momentum a gradient that stays adds up to ``1 / (1 - decay)``
    times a step, so that ``l1 / (1 - decay)`` has the fixed points of the penalised loss:
    ``dL/dw = -l1 sign w`` where w is not zero, ``|dL/dw| <= l1`` where it is.
    """

    strength: float | jax.Array
    nonnegative: bool
    rate: Rate

    def at_epoch(self, epoch: Int[Array, ""], steps: int) -> EpochOfShrinking:
        """Return the proximal steps of an ``epoch`` of so many ``steps``."""
        return EpochOfShrinking(self, epoch, steps)


class EpochOfShrinking(NamedTuple):
    """The ``shrinking`` during one ``epoch`` of so many ``steps``."""

    shrinking: Shrinking
    epoch: jax.Array
    steps: int

    def shrink(self, parameters: Trainable, step: Int[Array, ""]) -> Trainable:
        """Return ``parameters`` after the proximal step that follows a ``step`` from 0 on."""
        strength, nonnegative, rate = self.shrinking
        dtype = weights_of(parameters)[0].dtype
        done = (self.epoch - 1).astype(dtype) + step.astype(dtype) / self.steps
        threshold = (rate.at(done) * strength).astype(dtype)
        return map_weights(lambda w: soft_threshold(w, threshold, nonnegative), parameters)
