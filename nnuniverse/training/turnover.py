"""Neurons that come and go after an epoch; the others of their reservoir are dormant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from nnuniverse.networks.active_inputs import TrainedInputs
from nnuniverse.networks.active_masks import ActiveMask
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer, Parameters, Trainable, layers_only
from nnuniverse.observables import Samples
from nnuniverse.training.batches import random_order, rows
from nnuniverse.training.gathering import Widths, widths_of
from nnuniverse.training.neurons import Masked, Neurons, between_active
from nnuniverse.training.slots import map_slots
from nnuniverse.training.train_state import TrainState
from nnuniverse.variables import Axis, Variable

TURNOVER = 2**32 - 1
"""No epoch: the key of a replica with this number folded in orders no samples."""

NO_MOVE = 0
"""Moves follow epochs from 1 on, so the key of moves with this number folded in makes none."""

OF_LAYERS = ("replica", "epoch", "hidden_layer")
"""What is recorded of moves is stored over."""

ACTIVE_NEURONS = Variable(
    "active_neurons",
    OF_LAYERS,
    "active neurons of a hidden layer after the epoch and its moves",
    "2012.05082 Sec. 3",
    equation="sum_i m_i",
    symbol="N",
)

CHANGES = [
    Variable(
        f"{move}_change",
        OF_LAYERS,
        f"change of the energy by the {move} that was tried after the epoch",
        "2012.05082 Sec. 5",
        equation=f"E after the {move} less E before it; missing: none was tried",
        symbol="dE",
    )
    for move in ("birth", "death")
]

ACCEPTED = [
    Variable(
        f"{move}_accepted",
        OF_LAYERS,
        f"{move}s accepted after the epoch",
        "2012.05082 Sec. 5",
        equation=f"{move}s of a hidden layer, each with probability min(1, exp(-(dE - mu dN)/T))",
        symbol=f"number of {move}s",
    )
    for move in ("birth", "death")
]


class MovedNet(Protocol):
    """What a move of every layer comes to."""

    @property
    def parameters(self) -> Parameters:
        """All weights and biases."""

    @property
    def mask(self) -> ActiveMask:
        """Which neurons are active now."""

    @property
    def record(self) -> Mapping[str, Float[Array, " hidden_layers"]]:
        """What was tried and accepted, (hidden layers,) each, by the names of `Turnover.moved`."""


Move = Callable[
    [PRNGKeyArray, Parameters, ActiveMask, Samples, Float[Array, ""], Float[Array, ""]], MovedNet
]
"""Of a key, all weights, mask, probe, temperature, chemical potential: a move of every layer."""


class LearningNet(NamedTuple):
    """What moves change of one replica; fields as of `TrainState`."""

    parameters: Parameters
    silent_weights: jax.Array
    optimiser: optax.OptState
    neurons: Neurons


class Conditions(NamedTuple):
    """Under what neurons come and go during so many ``epochs``.

    ``temperature``: T > 0, in units of the energy; ``chemical_potential``,
    ``final_chemical_potential``: mu at the first and at the last epoch, energy per neuron.  They
    may be arguments of a compiled program.
    """

    temperature: float | jax.Array
    chemical_potential: float | jax.Array
    final_chemical_potential: float | jax.Array
    epochs: float | jax.Array

    def chemical_potential_at(self, epoch: Int[Array, ""]) -> Float[Array, ""]:
        """Return mu at an ``epoch``, linear between the first and the last."""
        progress = (epoch - 1) / jnp.maximum(self.epochs - 1, 1)
        change = self.final_chemical_potential - self.chemical_potential
        return jnp.asarray(self.chemical_potential + change * progress)


@dataclass(frozen=True)
class Turnover:
    """Moves of neurons after every so many epochs.

    ``reservoir``: the net of all neurons; ``begun``: of those that are active at first;
    ``every``: epochs from one move to the next; ``probe``: how many training samples the energy is
    taken on, drawn once of every replica; ``conditions``: temperature and chemical potential;
    ``move``, ``masked``: as they say; ``keeps_weights``: whether dormant neurons do, without which
    no move has a reverse; ``energy``: what decides, in words.
    """

    reservoir: Layered
    begun: Layered
    every: int
    probe: int
    conditions: Conditions
    move: Move
    masked: Masked
    keeps_weights: bool
    energy: str

    @property
    def axis(self) -> Axis:
        """The hidden layers."""
        layers = np.arange(1, len(self.begun.sizes) - 1)
        return Axis("hidden_layer", "hidden layer, 1 the first", layers)

    @property
    def moved(self) -> list[Variable]:
        """What is recorded of moves."""
        changes = [replace(change, attributes={"energy": self.energy}) for change in CHANGES]
        return [*changes, *ACCEPTED]

    @property
    def recorded(self) -> list[Variable]:
        """What is recorded of every epoch."""
        return [ACTIVE_NEURONS, *self.moved]

    @property
    def widths(self) -> list[Widths]:
        """Neurons per hidden layer of the nets that the active ones are trained in."""
        return widths_of(self.reservoir.sizes)

    def begin(self, reservoir: Trainable, begun: Trainable) -> tuple[Parameters, Neurons]:
        """Return the net of one replica before its first epoch, and which neurons are active.

        ``reservoir``: weights of all neurons, as they were drawn; ``begun``: of the active ones,
        which become the first of their layers.
        """
        whole = tuple(
            Layer(_with_corner(drawn.weights, of.weights), _with_corner(drawn.bias, of.bias))
            for drawn, of in zip(layers_only(reservoir), layers_only(begun), strict=True)
        )
        mask = tuple(
            jnp.arange(len(layer.bias)) < size
            for layer, size in zip(whole[:-1], self.begun.sizes[1:-1], strict=True)
        )
        return self.masked(whole, mask), Neurons(mask, whole if self.keeps_weights else None)

    def at_rest(
        self, state: TrainState
    ) -> tuple[TrainState, dict[str, Float[Array, " hidden_layers"]]]:
        """Return the ``state`` of one replica after an epoch without moves, and their record."""
        return state, {of.name: jnp.full(self.axis.values.shape, jnp.nan) for of in self.moved}

    def after_epoch(
        self,
        state: TrainState,
        *,
        epoch: Int[Array, ""],
        conditions: Conditions,
        train: Samples,
        inputs: TrainedInputs[Trainable],
        optimiser: optax.GradientTransformation,
    ) -> tuple[TrainState, dict[str, Float[Array, " hidden_layers"]]]:
        """Move the neurons of one replica, if it is running; return also the record of the moves.

        ``state``: after an ``epoch``; ``conditions``: those of the program; ``train``: all training
        samples; ``inputs``: those that take part in training, by the ``optimiser``.
        """
        neurons = state.neurons
        if neurons is None:
            return self.at_rest(state)
        run_key = jax.random.wrap_key_data(state.shuffle_key, impl="threefry2x32")
        key = jax.random.fold_in(run_key, TURNOVER)
        chosen = random_order(jax.random.fold_in(key, NO_MOVE), len(train.inputs))[: self.probe]
        net, record = self.moved_net(
            LearningNet(
                layers_only(state.parameters), state.silent_weights, state.optimiser, neurons
            ),
            jax.random.fold_in(key, epoch),
            Samples(*(rows(jnp.asarray(array), chosen) for array in train)),
            conditions._replace(chemical_potential=conditions.chemical_potential_at(epoch)),
            inputs=inputs,
            optimiser=optimiser,
        )
        after, running = state._replace(**net._asdict()), state.running
        return jax.tree.map(lambda new, old: jnp.where(running, new, old), after, state), record

    def moved_net(
        self,
        net: LearningNet,
        key: PRNGKeyArray,
        probe: Samples,
        conditions: Conditions,
        *,
        inputs: TrainedInputs[Trainable],
        optimiser: optax.GradientTransformation,
    ) -> tuple[LearningNet, dict[str, Float[Array, " hidden_layers"]]]:
        """Return a ``net`` after one move of its neurons, and what is recorded of it.

        ``probe``: the samples that the energy is taken on; ``conditions``: temperature and the
        first chemical potential are those of the move.

        ``key``: a JAX key; ``inputs``: which inputs take part in training; ``optimiser``: the optax
        transformation of the run.
        """
        neurons = net.neurons
        trained = layers_only(inputs.join(net.parameters, net.silent_weights))
        moved = self.move(
            key,
            neurons.all_weights(trained, self.masked),
            neurons.mask,
            probe,
            jnp.asarray(conditions.temperature),
            jnp.asarray(conditions.chemical_potential),
        )
        whole = jax.tree.map(lambda new, old: new.astype(old.dtype), moved.parameters, trained)
        narrow, silent_weights = inputs.split(self.masked(whole, moved.mask))
        parameters = layers_only(narrow)
        kept = between_active(
            between_active(parameters, neurons.mask, self.masked), moved.mask, self.masked
        )
        slots = map_slots(
            lambda old, fresh: jax.tree.map(jnp.where, kept, old, fresh),
            parameters,
            net.optimiser,
            optimiser.init(parameters),
        )
        after = Neurons(moved.mask, whole if self.keeps_weights else None)
        record = {of.name: moved.record[of.name].astype(jnp.float64) for of in self.moved}
        return LearningNet(parameters, silent_weights, slots, after), record


def active_neurons(state: TrainState) -> dict[str, Float[Array, "*replica hidden_layers"]]:
    """Return how many neurons of every hidden layer are active, by the name of the variable.

    ``state``: weights, optimiser and keys between two epochs.
    """
    return {} if state.neurons is None else {ACTIVE_NEURONS.name: state.neurons.active}


def _with_corner(array: jax.Array, corner: jax.Array) -> jax.Array:
    """Return ``array`` with ``corner`` in the place of its first entries."""
    return array.at[tuple(map(slice, corner.shape))].set(corner)
