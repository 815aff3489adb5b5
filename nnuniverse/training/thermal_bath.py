"""A thermal bath of the weights and biases: Langevin dynamics down the mean loss."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, UInt32

from nnuniverse.networks.propagation import Trainable
from nnuniverse.training.optimiser import Rate

NO_EPOCH = 0
"""Epochs count from 1, so the key of a replica with this number folded in orders no samples."""


class ThermalBath(NamedTuple):
    """A bath at the ``temperature`` T > 0 for steps of gradient descent with the ``rate`` eta.

    A step is ``w <- w - eta g + sqrt(2 eta T) xi`` with xi standard normal, for every weight and
    bias.  For small eta, and g the gradient of the loss L over all samples, the stationary density
    is ``exp(-L / T)``.  Of the quadratic ``L = 1/2 (w - w*) H (w - w*)`` it is normal for every
    ``eta H < 2``, with mean w* and covariance ``T (H (1 - eta H / 2))^-1``: larger than
    ``T H^-1`` by the factor ``1 / (1 - eta h / 2)`` along an eigenvector of H.

    Source: Euler-Maruyama for the overdamped Langevin equation dw = -dL/dw dt + sqrt(2 T) dB.
    """

    temperature: float | jax.Array
    rate: Rate

    def at_epoch(
        self, shuffle_key: UInt32[Array, " 2"], epoch: Int[Array, ""], steps: int
    ) -> EpochOfBath:
        """Return the bath during an ``epoch`` of so many ``steps`` of one replica.

        ``shuffle_key``: raw key data of the replica.  What the bath does depends on that, the
        epoch and the step alone.
        """
        key = jax.random.wrap_key_data(shuffle_key, impl="threefry2x32")
        own = jax.random.fold_in(jax.random.fold_in(key, NO_EPOCH), epoch)
        return EpochOfBath(self, own, epoch, steps)


class EpochOfBath(NamedTuple):
    """The ``bath`` during one ``epoch`` of so many ``steps``; ``key``: of its random numbers."""

    bath: ThermalBath
    key: jax.Array
    epoch: jax.Array
    steps: int

    def kick(self, parameters: Trainable, step: Int[Array, ""]) -> Trainable:
        """Return ``parameters`` with ``sqrt(2 eta T) xi`` added, after a ``step`` from 0 on."""
        done = (self.epoch - 1).astype(jnp.float32) + step.astype(jnp.float32) / self.steps
        width = jnp.sqrt(2.0 * self.bath.rate.at(done) * self.bath.temperature)
        leaves, structure = jax.tree.flatten(parameters)
        keys = jax.random.split(jax.random.fold_in(self.key, step), len(leaves))
        kicked = [
            leaf + width.astype(leaf.dtype) * jax.random.normal(key, leaf.shape, leaf.dtype)
            for key, leaf in zip(keys, leaves, strict=True)
        ]
        return jax.tree.unflatten(structure, kicked)
