"""An epoch of one replica: stochastic gradient descent through the samples, once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from nnuniverse.networks.propagation import Trainable
from nnuniverse.training.batches import random_order, rows, scan_batches, sum_in_parts
from nnuniverse.training.objective import RUNNING_PENALTY, RUNNING_TERMS, Objective
from nnuniverse.training.penalty import EpochOfShrinking, Shrinking, cost_of_weights
from nnuniverse.training.self_adjusting import steps_of
from nnuniverse.training.thermal_bath import EpochOfBath, ThermalBath
from nnuniverse.training.train_state import TrainState, keep_finite

Losses = dict[str, jax.Array]
"""By name, of one replica: of a batch, summed over its samples; of an epoch, their means."""

OptimiserAt = Callable[[Int[Array, ""] | None], optax.GradientTransformation]
"""What takes a step of an epoch, of its number."""


class _Descent(NamedTuple):
    """Between two steps: the net, the state of optax, and the sums of the losses met so far.

    ``step``: how many steps of the epoch were taken, where a bath, proximal steps or the rate ask.
    """

    parameters: Trainable
    optimiser: optax.OptState
    totals: Losses
    step: jax.Array | None


def train_epoch(
    state: TrainState,
    epoch: Int[Array, ""],
    inputs: Float[Array, "samples inputs"],
    targets: Float[Array, "samples n_L"],
    *,
    objective: Objective,
    optimiser: optax.GradientTransformation,
    batch: int,
    parts: int,
    shuffle: bool,
    bath: ThermalBath | None = None,
    shrinking: Shrinking | None = None,
    optimiser_at: OptimiserAt | None = None,
) -> tuple[TrainState, Losses]:
    """Train one replica for an epoch; return also the means of its losses as they were met.

    ``state``: before the epoch, without a replica axis; ``epoch``: its number, from 1 on, which
    decides the order; ``inputs``, ``targets``: of all samples, (samples, active inputs) and
    (samples, n_L); ``objective``: what is lowered; ``optimiser``: makes steps of gradients;
    ``batch``: samples per step; ``parts``: of it, computed side by side; ``shuffle``: whether they
    are visited in a new order; ``bath``: what the weights are in contact with; ``shrinking``: the
    proximal steps of a penalty; ``optimiser_at``: a step of the epoch, from 0 on, in place of
    ``optimiser``.  A replica that diverges stays as it was before: `keep_finite`.
    """
    samples = inputs.shape[0]
    steps = -(-samples // batch)
    contact = bath.at_epoch(state.shuffle_key, epoch, steps) if bath else None
    proximal = shrinking.at_epoch(epoch, steps) if shrinking else None
    order = _order(state.shuffle_key, epoch, samples) if shuffle else _ascending(samples)
    gradient = partial(
        batch_gradient, inputs=inputs, targets=targets, objective=objective, parts=parts
    )
    step = partial(
        _step,
        gradient=gradient,
        lowered=objective.lowered,
        optimiser=optimiser_at or (lambda step: optimiser),
        contact=contact,
        proximal=proximal,
    )
    nothing = {loss.name: jnp.float64(0.0) for loss in objective.recorded}
    first = jnp.int32(0) if contact or proximal or optimiser_at else None
    start = _Descent(state.parameters, state.optimiser, nothing, first)
    end = scan_batches(step, start, order, batch)
    trained = state._replace(parameters=end.parameters, optimiser=end.optimiser)
    means = {name: total / samples for name, total in end.totals.items()}
    return keep_finite(state, trained, list(means.values()), epoch), means


def _ascending(samples: int) -> jax.Array:
    return jnp.arange(samples, dtype=jnp.int32)


def _order(shuffle_key: jax.Array, epoch: jax.Array, samples: int) -> jax.Array:
    """Return the order of the samples: it depends on the key and the number of the ``epoch``."""
    key = jax.random.wrap_key_data(shuffle_key, impl="threefry2x32")
    return random_order(jax.random.fold_in(key, epoch), samples)


def _step(
    before: _Descent,
    batch: jax.Array,
    *,
    gradient: Callable[[Trainable, jax.Array], tuple[Losses, Trainable]],
    lowered: str,
    optimiser: OptimiserAt,
    contact: EpochOfBath | None,
    proximal: EpochOfShrinking | None,
) -> _Descent:
    """Take one step down the ``gradient`` over the samples numbered in ``batch``."""
    sums, slopes = gradient(before.parameters, batch)
    value = partial(mean_objective, sums, lowered, len(batch))
    chosen = optimiser(before.step)
    updates, state = steps_of(chosen, slopes, before.optimiser, before.parameters, value)
    parameters = optax.apply_updates(before.parameters, updates)
    totals = {name: total + sums[name].astype(total.dtype) for name, total in before.totals.items()}
    if before.step is None:
        return _Descent(parameters, state, totals, None)
    if contact:
        parameters = contact.kick(parameters, before.step)
    if proximal:
        parameters = proximal.shrink(parameters, before.step)
    return _Descent(parameters, state, totals, before.step + 1)


def batch_gradient(
    parameters: Trainable,
    batch: Int[Array, " batch"],
    *,
    inputs: Float[Array, "samples inputs"],
    targets: Float[Array, "samples n_L"],
    objective: Objective,
    parts: int,
) -> tuple[Losses, Trainable]:
    """Return the sums of the losses over a ``batch``, and the gradient of the mean objective.

    ``parameters``: those that take part in training; ``batch``: indices of its samples, (batch,);
    ``inputs``, ``targets``: of all samples, (samples, active inputs) and (samples, n_L);
    ``objective``: what is lowered; ``parts``: of the batch, computed side by side.
    """
    of_part = jax.value_and_grad(_summed_losses, has_aux=True)
    (_, sums), gradient = sum_in_parts(
        partial(of_part, parameters, inputs, targets, objective), batch, parts
    )
    gradient = jax.tree.map(lambda summed: summed / len(batch), gradient)
    if objective.terms is not None:
        value, more = jax.value_and_grad(objective.terms)(parameters, rows(inputs, batch))
        gradient = jax.tree.map(jnp.add, gradient, more)
        sums = {**sums, RUNNING_TERMS.name: value * len(batch)}
    if objective.penalty is not None:
        gradient = objective.penalty.with_gradient(gradient, parameters)
        value = cost_of_weights(objective.penalty, parameters)
        sums = {**sums, RUNNING_PENALTY.name: value * len(batch)}
    return sums, gradient


def mean_objective(sums: Losses, lowered: str, batch: int) -> Float[Array, ""]:
    """Return what a step lowers, of the ``sums`` over a ``batch``: mean loss, terms and penalty.

    ``lowered``: the name of what is lowered.
    """
    total = sums[lowered]
    for added in (RUNNING_TERMS.name, RUNNING_PENALTY.name):
        if added in sums:
            total = total + sums[added]
    return total / batch


def _summed_losses(
    parameters: Trainable,
    inputs: jax.Array,
    targets: jax.Array,
    objective: Objective,
    batch: jax.Array,
) -> tuple[jax.Array, Losses]:
    """Return the sums over a ``batch`` of the loss that is lowered, and of all by name."""
    losses = objective.losses(parameters, rows(inputs, batch), rows(targets, batch))
    sums = {name: loss.sum() for name, loss in losses.items()}
    return sums[objective.lowered], sums
