"""Rules by which mini-batches change their size between epochs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables import NoiseAndSignal, noise_and_signal
from nnuniverse.training.epoch import Losses
from nnuniverse.training.objective import EPOCHS
from nnuniverse.training.optimiser import Rate
from nnuniverse.training.train_state import TrainState
from nnuniverse.variables import Variable

BATCHES = 2**32 - 2
"""No epoch: the key of a replica with this number folded in orders no samples."""

GROUP = 10
"""Samples whose mean gradient is one of those that the noise is estimated from."""

Gradient = Callable[[Trainable, Int[Array, " group"]], tuple[Losses, Trainable]]
"""Of parameters and indices of samples: sums of losses, and the gradient of their mean."""


Sizes = Float[Array, " sizes"]
"""Samples of a mini-batch, ascending."""

Number = Int[Array, ""]
"""That of an epoch, or of one of the sizes."""

Scale = Float[Array, ""]
"""The gradient noise scale B_simple."""


class BatchRule(Protocol):
    """How the size of an epoch's mini-batches follows from that of the last."""

    @property
    def needs_noise(self) -> bool:
        """Whether it asks for the noise scale before every epoch."""

    def place(self, sizes: Sizes, before: Number, epoch: Number, scale: Scale) -> Number:
        """Return which of the ascending ``sizes`` an ``epoch`` has, from 1 on.

        ``before``: that of the last epoch, at first 0; ``scale``: B_simple, NaN where it is not
        known.
        """


@dataclass(frozen=True)
class Doubling:
    """The next size after ``every`` so many epochs.

    Source: Smith et al. (2018), 1711.00489.
    """

    every: int
    needs_noise: bool = False

    def place(self, sizes: Sizes, before: Number, epoch: Number, scale: Scale) -> Number:
        """Return the number of times that the size has changed, as far as there are sizes.

        ``before``: the number of the last epoch's size; ``epoch``: from 1 on; ``scale``: the
        gradient noise scale, unused.
        """
        return jnp.minimum((epoch - 1) // self.every, len(sizes) - 1).astype(before.dtype)


@dataclass(frozen=True)
class NoiseScale:
    """The largest size that is at most ``share`` times the noise scale; may shrink.

    Source: McCandlish et al. (2018), 1812.06162 (2.9).
    """

    share: float
    needs_noise: bool = True

    def place(self, sizes: Sizes, before: Number, epoch: Number, scale: Scale) -> Number:
        """Return it; where the scale is not known, that of the last epoch.

        ``sizes``: ascending, (sizes,); ``before``: the number of the last epoch's size.
        """
        fitting = (sizes <= self.share * scale).sum() - 1
        chosen = jnp.where(jnp.isnan(scale), before, jnp.maximum(fitting, 0))
        return chosen.astype(before.dtype)


@dataclass(frozen=True)
class NormTest:
    """The least size B at which ``tr Sigma / B <= theta^2 |G|^2``; never shrinks.

    Source: Byrd et al. (2012), Math. Program. 134, 127 (3.8).
    """

    theta: float
    needs_noise: bool = True

    def place(self, sizes: Sizes, before: Number, epoch: Number, scale: Scale) -> Number:
        """Return it, or the largest; where the scale is not known, that of the last epoch.

        ``sizes``: ascending, (sizes,); ``before``: the number of the last epoch's size.
        """
        enough = (sizes < scale / self.theta**2).sum()
        least = jnp.minimum(enough, len(sizes) - 1)
        chosen = jnp.where(jnp.isnan(scale), before, jnp.maximum(before, least))
        return chosen.astype(before.dtype)


@dataclass(frozen=True)
class Batching:
    """Mini-batches of a size that a ``rule`` chooses before every epoch.

    ``sizes``: ascending divisors of the number of samples, each compiled on its own; ``probe``:
    samples that the noise is estimated on, drawn anew before every epoch; ``rate_grows``: whether
    the learning rate is multiplied by the size over the first.
    """

    sizes: tuple[int, ...]
    rule: BatchRule
    probe: int
    rate_grows: bool = False

    @property
    def recorded(self) -> list[Variable]:
        """What is recorded of every epoch."""
        return [BATCH_SIZE]

    def rate(self, rate: Rate, size: int) -> Rate:
        """Return the learning ``rate`` of batches of a ``size``."""
        if not self.rate_grows:
            return rate
        return replace(rate, initial=rate.initial * (size / self.sizes[0]))

    def train(
        self,
        of_size: Callable[[int, TrainState], tuple[TrainState, Losses]],
        gradient: Gradient,
        samples: int,
        epoch: Int[Array, ""],
        state: TrainState,
    ) -> tuple[TrainState, Losses]:
        """Train one replica for an ``epoch`` with batches of the size that is due; tell it too.

        ``of_size``: trains with a size; ``gradient``: of what is lowered, for so many ``samples``.

        ``state``: weights, optimiser and keys between two epochs.
        """
        scale = jnp.float64(jnp.nan)
        if self.rule.needs_noise:
            key = jax.random.wrap_key_data(state.shuffle_key, impl="threefry2x32")
            own = jax.random.fold_in(jax.random.fold_in(key, BATCHES), epoch)
            groups = max(self.probe // GROUP, 2)
            drawn = jax.random.randint(own, (groups, GROUP), 0, samples, jnp.int32)
            scale = noise_of_groups(gradient, state.parameters, drawn).scale
        before = jnp.int32(0) if state.batch_place is None else state.batch_place
        sizes = jnp.asarray(np.asarray(self.sizes, np.float64))
        place = self.rule.place(sizes, before, epoch, scale)
        branches = [partial(of_size, size) for size in self.sizes]
        after, losses = jax.lax.switch(place, branches, state._replace(batch_place=place))
        return after, {**losses, BATCH_SIZE.name: sizes[place]}


def noise_of_groups(
    gradient: Gradient, parameters: Trainable, drawn: Int[Array, "groups group"]
) -> NoiseAndSignal:
    """Return the noise and signal of a ``gradient`` by groups of samples ``drawn``, (groups, n).

    ``parameters``: weights and biases of the net.
    """

    def add(total: Trainable, group: jax.Array) -> tuple[Trainable, jax.Array]:
        slopes = gradient(parameters, group)[1]
        square = optax.tree.norm(slopes, squared=True).astype(jnp.float64)
        return jax.tree.map(jnp.add, total, slopes), square

    start = jax.tree.map(jnp.zeros_like, parameters)
    total, squares = jax.lax.scan(add, start, drawn)
    groups, group = drawn.shape
    square_of_sum = optax.tree.norm(total, squared=True).astype(jnp.float64)
    return noise_and_signal(squares.sum(), square_of_sum / groups**2, groups, group)


def ladder(samples: int, first: int, largest: int) -> tuple[int, ...]:
    """Return divisors of the number of ``samples`` from ``first``, itself one, to ``largest``.

    Each is the least that is at least twice the one before.

    >>> ladder(samples=60, first=4, largest=30)
    (4, 10, 20)
    """
    sizes = [first]
    divisors = [n for n in range(first, largest + 1) if samples % n == 0]
    for divisor in divisors:
        if divisor >= 2 * sizes[-1]:
            sizes.append(divisor)
    return tuple(sizes)


def doubled(samples: int, first: int, largest: int) -> Sequence[int]:
    """Return ``first`` times powers of two up to ``largest`` as long as they divide ``samples``.

    >>> list(doubled(samples=48, first=3, largest=48))
    [3, 6, 12, 24, 48]
    """
    sizes = [first]
    while 2 * sizes[-1] <= largest and samples % (2 * sizes[-1]) == 0:
        sizes.append(2 * sizes[-1])
    return tuple(sizes)


BATCH_SIZE = Variable(
    "batch_size",
    EPOCHS,
    "samples of a mini-batch during the epoch",
    "not of the papers",
    units="sample",
    equation="samples per step, chosen by train.batching",
    symbol="B",
    computed_by=(ladder, doubled),
)
