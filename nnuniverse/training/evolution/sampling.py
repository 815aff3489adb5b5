"""Which samples a step of a replica sees: functions of its key and the number of the step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from nnuniverse.training.batches import random_order


class Sampling(Protocol):
    """How mini-batches are drawn."""

    def begin(self, key: PRNGKeyArray, step: int | Int[Array, ""]) -> Int[Array, " carried"]:
        """Return what is to be carried into step number ``step``, from 1 on.

        ``key``: a JAX key.
        """

    def batch(
        self, key: PRNGKeyArray, step: int | Int[Array, ""], carried: Int[Array, " carried"]
    ) -> tuple[Int[Array, " batch"], Int[Array, " carried"]]:
        """Return the indices of the samples of a step, (batch,), and what to carry on.

        ``key``: a JAX key; ``carried``: what the last step left for this one.
        """


@dataclass(frozen=True)
class IndependentBatches:
    """Every sample of every batch is drawn anew from all: with replacement, without a memory."""

    samples: int
    size: int

    def begin(self, key: PRNGKeyArray, step: int | Int[Array, ""]) -> Int[Array, " 0"]:
        """Return nothing: a step needs no other.

        ``key``: a JAX key.
        """
        return jnp.zeros(0, jnp.int32)

    def batch(
        self, key: PRNGKeyArray, step: int | Int[Array, ""], carried: Int[Array, " 0"]
    ) -> tuple[Int[Array, " {self.size}"], Int[Array, " 0"]]:
        """Return the indices of the samples of a step, (batch,), and nothing.

        ``key``: a JAX key; ``carried``: what the last step left for this one.
        """
        drawn = jax.random.randint(
            jax.random.fold_in(key, step), (self.size,), 0, self.samples, jnp.int32
        )
        return drawn, carried


@dataclass(frozen=True)
class ShuffledEpochs:
    """Batches are consecutive parts of an order of all samples, a new one every epoch.

    ``size``: of a batch, which divides the number of ``samples``.
    """

    samples: int
    size: int

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return self.samples // self.size

    def begin(self, key: PRNGKeyArray, step: int | Int[Array, ""]) -> Int[Array, " {self.samples}"]:
        """Return the order of the epoch that a step belongs to.

        ``key``: a JAX key.
        """
        return random_order(jax.random.fold_in(key, (step - 1) // self.steps), self.samples)

    def batch(
        self, key: PRNGKeyArray, step: int | Int[Array, ""], carried: Int[Array, " {self.samples}"]
    ) -> tuple[Int[Array, " {self.size}"], Int[Array, " {self.samples}"]]:
        """Return the indices of the samples of a step, (batch,), and the order of its epoch.

        ``key``: a JAX key; ``carried``: what the last step left for this one.
        """
        number = (step - 1) % self.steps
        order = jax.lax.cond(number == 0, lambda: self.begin(key, step), lambda: carried)
        return jax.lax.dynamic_slice(order, (number * self.size,), (self.size,)), order
