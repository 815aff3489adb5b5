"""The compiled program: epochs of stochastic gradient descent with the measurements inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import optax

from nnuniverse.nets import net_of, take_measurement
from nnuniverse.networks.active_inputs import TrainedInputs
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import NUMERICAL_SETTINGS
from nnuniverse.observables import Observable, Samples, Settings
from nnuniverse.observables.weights import weight_dimensions, weight_variables
from nnuniverse.precision import in_float64
from nnuniverse.threads import single_threaded_blas
from nnuniverse.training.batches import random_order, rows, scan_batches, sum_in_parts
from nnuniverse.training.devices import EVERYWHERE, REPLICAS, ROWS_OF_REPLICAS, ReplicaSharding
from nnuniverse.training.objective import RUNNING_TERMS, Objective
from nnuniverse.training.optimiser import Rate
from nnuniverse.training.train_state import (
    NEVER,
    TrainState,
    initial_state,
    keep_finite,
)
from nnuniverse.variables import Schema

EPOCHS_PER_SEGMENT = 4096
SNAPSHOTS_PER_SEGMENT = 32
"""Room on the device for the results of one call: epochs and snapshots at the most."""

MATMUL_PRECISION = NUMERICAL_SETTINGS["jax_default_matmul_precision"]
"""Of the products in training."""

T = TypeVar("T")
Replica = TypeVar("Replica")
Losses = dict[str, jax.Array]
_Step = tuple[Trainable, optax.OptState, Losses]


class Segment(NamedTuple):
    """What a stretch of consecutive epochs produced, on the host.

    ``first`` and ``last``: its epochs, both included; ``first`` is 0 if the untrained net was
    measured.  ``running_losses``: by name, (replica, trained epochs), float64.  ``snapshots``: the
    epochs measured.  ``observables``: by name, (replica, snapshot, ...).  ``diverged_epoch``:
    (replica,).  ``state``: at the end.
    """

    first: int
    last: int
    running_losses: dict[str, np.ndarray]
    snapshots: np.ndarray
    observables: dict[str, np.ndarray]
    diverged_epoch: np.ndarray
    state: TrainState

    @property
    def running_loss(self) -> np.ndarray:
        """The loss that was lowered, as it was met, (replica, trained epochs), float64."""
        return next(iter(self.running_losses.values()))


def end_of_room(first: int, last: int, snapshots: np.ndarray) -> int:
    """Return the last epoch of ``first`` .. ``last`` that one call of the device has room for.

    ``snapshots``: the epochs to measure at, ascending.
    """
    end = min(last, first + EPOCHS_PER_SEGMENT - 1)
    upcoming = snapshots[snapshots >= first]
    if len(upcoming) > SNAPSHOTS_PER_SEGMENT:
        end = min(end, int(upcoming[SNAPSHOTS_PER_SEGMENT]) - 1)
    return end


def _joined(parts: Sequence[Segment]) -> Segment:
    """Return consecutive segments as one."""

    def along_epochs(arrays: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        return {name: np.concatenate([a[name] for a in arrays], axis=1) for name in arrays[0]}

    return Segment(
        first=parts[0].first,
        last=parts[-1].last,
        running_losses=along_epochs([part.running_losses for part in parts]),
        snapshots=np.concatenate([part.snapshots for part in parts]),
        observables=along_epochs([part.observables for part in parts]),
        diverged_epoch=parts[-1].diverged_epoch,
        state=parts[-1].state,
    )


class Buffers(NamedTuple):
    """Room on the device for the results of a segment: row by row, replicas along the second axis.

    ``measured``: how many snapshots are filled in.
    """

    running_losses: Losses
    observables: dict[str, jax.Array]
    measured: jax.Array

    @classmethod
    def empty(cls, program: Program, replicas: int) -> Buffers:
        """Return buffers for ``replicas`` with nothing in them."""
        return cls(
            {
                loss.name: jnp.zeros((EPOCHS_PER_SEGMENT, replicas), jnp.float64)
                for loss in program.objective.recorded
            },
            {
                observable.name: jnp.zeros(
                    (SNAPSHOTS_PER_SEGMENT, replicas, *observable.shape(program.settings)),
                    observable.dtype,
                )
                for observable in program.observables
            },
            jnp.int32(0),
        )

    def with_losses(self, row: jax.Array, losses: Losses) -> Buffers:
        """Store the losses of an epoch."""
        return self._replace(
            running_losses={
                name: buffer.at[row].set(losses[name])
                for name, buffer in self.running_losses.items()
            }
        )

    def with_snapshot(self, values: dict[str, jax.Array]) -> Buffers:
        """Store a snapshot after those already there."""
        return self._replace(
            observables={
                name: buffer.at[self.measured].set(values[name])
                for name, buffer in self.observables.items()
            },
            measured=self.measured + 1,
        )


@dataclass(frozen=True)
class Program:
    """A run's training loop, compiled once and called segment by segment.

    ``settings``: the net and how it is measured; ``observables``: what a snapshot records;
    ``objective``: what training lowers; ``initialiser``, ``gain``: the initial weights;
    ``optimiser``: makes, of the learning ``rate``, an optax transformation that turns a zero
    gradient into a zero step; ``batch``: samples per step; ``shuffle``: whether an epoch visits
    them in a new order; ``seeds``: one per replica; ``train``, ``test``: the samples; ``devices``:
    those that may share the replicas out among themselves, by default all that are local.

    The numbers of the epochs are arguments of the compiled program and not part of it, so that the
    same machine code runs however the epochs are divided into segments: a resumed run is
    bit-identical to an uninterrupted one.  So is the learning rate: a sweep over rates compiles
    once.  On a CPU the replicas run one after another inside the
    program, which costs nothing there and makes the training of each bit-identical to a run of its
    seed alone (measurements agree to 1e-13, since sums over samples may be taken in another
    order); on an accelerator they are batched (`jax.vmap`) and agree up to the rounding of batched
    products.  Several devices take equal shares (`ReplicaSharding`) and run that program on them.
    """

    settings: Settings
    observables: Sequence[Observable]
    objective: Objective
    initialiser: str
    gain: float
    optimiser: Callable[[Rate], optax.GradientTransformation]
    rate: Rate
    batch: int
    shuffle: bool
    seeds: Sequence[int]
    train: Samples
    test: Samples
    batch_replicas: bool = field(default_factory=lambda: jax.default_backend() != "cpu")
    devices: Sequence[jax.Device] = field(default_factory=jax.local_devices)

    @cached_property
    def schema(self) -> Schema:
        """What a run of the program records."""
        axes = [axis for observable in self.observables for axis in observable.axes]
        axes += weight_dimensions(self.settings)
        unique = {axis.name: axis.axis(self.settings) for axis in axes}
        return Schema(
            axes=list(unique.values()),
            running_losses=self.objective.recorded,
            observables=[observable.stored(self.settings) for observable in self.observables],
            weights=weight_variables(self.settings),
        )

    @cached_property
    def sharding(self) -> ReplicaSharding:
        """Which of the ``devices`` trains which replicas."""
        return ReplicaSharding.over(len(self.seeds), self.devices)

    @cached_property
    def inputs(self) -> TrainedInputs[Trainable]:
        """The inputs that take part in training, all of them if they matter to the objective."""
        net = net_of(self.settings.architecture)
        return net.trained_inputs(np.asarray(self.train.inputs), self.objective.whole)

    @cached_property
    def compiler_options(self) -> dict[str, str | bool]:
        """What XLA must be told for a run to be repeatable: nothing on a CPU."""
        return {"xla_gpu_deterministic_ops": True} if jax.default_backend() == "gpu" else {}

    @in_float64
    def initial_state(self) -> TrainState:
        """Return the state before the first epoch."""
        seeds = self.sharding.spread(np.asarray(self.seeds, np.uint32))
        begin = self._jit(self._initial_states, (REPLICAS,), REPLICAS)
        state: TrainState = self.sharding.collected(begin(seeds))
        return state

    @in_float64
    def state_shape(self) -> TrainState:
        """Return the shapes and types of a state."""
        seeds = jax.ShapeDtypeStruct((len(self.seeds),), jnp.uint32)
        shape: TrainState = jax.eval_shape(self._initial_states, seeds)
        return shape

    @in_float64
    def parameters(self, state: TrainState) -> Trainable:
        """Return all weights and biases, silent inputs included; leading replica axis."""
        join = jax.jit(jax.vmap(self.inputs.join))
        joined: Trainable = join(state.parameters, state.silent_weights)
        return joined

    @in_float64
    def run(self, state: TrainState, first: int, last: int, snapshots: np.ndarray) -> Segment:
        """Train epochs ``first`` .. ``last`` and measure after those in ``snapshots``, ascending.

        ``first`` = 0 measures the untrained net before epoch 1, if 0 is a snapshot.  The device is
        called as often as its room for results asks for.
        """
        parts: list[Segment] = []
        while not parts or parts[-1].last < last:
            end = end_of_room(first, last, snapshots)
            parts.append(self._run_within_room(state, first, end, snapshots))
            state, first = parts[-1].state, end + 1
        return parts[0] if len(parts) == 1 else _joined(parts)

    def _run_within_room(
        self, state: TrainState, first: int, last: int, snapshots: np.ndarray
    ) -> Segment:
        due = snapshots[(snapshots >= first) & (snapshots <= last)]
        padded = np.full(SNAPSHOTS_PER_SEGMENT, NEVER, np.int32)
        padded[: len(due)] = due
        state = self.sharding.spread(state)
        rate = jax.tree.map(np.float32, self.rate)
        with single_threaded_blas():
            state, buffers = jax.block_until_ready(
                self.compiled(state, rate, np.int32(first), np.int32(last), padded, *self._samples)
            )
        state = self.sharding.collected(state)
        epochs = last - max(first, 1) + 1
        return Segment(
            first=first,
            last=last,
            running_losses={
                name: self._copy(values, epochs) for name, values in buffers.running_losses.items()
            },
            snapshots=due,
            observables={
                name: self._copy(values, len(due)) for name, values in buffers.observables.items()
            },
            diverged_epoch=np.asarray(state.diverged_epoch),
            state=state,
        )

    @cached_property
    @in_float64
    def compiled(self) -> jax.stages.Compiled:
        """The compiled program of a segment."""
        return self.lowered.compile()

    @property
    @in_float64
    def lowered(self) -> jax.stages.Lowered:
        """The program of a segment as XLA is given it."""
        state = self.sharding.filled_shape(self.state_shape())
        number = jax.ShapeDtypeStruct((), jnp.float32)
        rate = jax.tree.map(lambda _: number, self.rate)
        epoch = jax.ShapeDtypeStruct((), jnp.int32)
        due = jax.ShapeDtypeStruct((SNAPSHOTS_PER_SEGMENT,), jnp.int32)
        program = self._jit(
            self._segment,
            (REPLICAS, *[EVERYWHERE] * 7),
            (REPLICAS, Buffers._make([ROWS_OF_REPLICAS, ROWS_OF_REPLICAS, EVERYWHERE])),
        )
        stage: jax.stages.Lowered = program.lower(state, rate, epoch, epoch, due, *self._samples)
        return stage

    def _jit(self, function: Callable[..., T], inputs: Any, outputs: Any) -> Any:
        options = self.compiler_options
        return self.sharding.jit(function, inputs, outputs, compiler_options=options)

    @cached_property
    def _samples(self) -> tuple[jax.Array, Samples, Samples]:
        """The training inputs without the silent ones, and all samples, on every device."""
        active = np.ascontiguousarray(np.asarray(self.train.inputs)[:, self.inputs.active])
        moved: tuple[jax.Array, Samples, Samples] = self.sharding.everywhere(
            (active, self.train, self.test)
        )
        return moved

    def _over_replicas(self, function: Callable[[Replica], T], replicas: Replica) -> T:
        over = jax.vmap(function) if self.batch_replicas else partial(jax.lax.map, function)
        result: T = over(replicas)
        return result

    def _initial_states(self, seeds: jax.Array) -> TrainState:
        def one(seed: jax.Array) -> TrainState:
            return initial_state(
                seed,
                self.settings.architecture,
                self.initialiser,
                self.gain,
                self.inputs,
                self.optimiser(self.rate),
            )

        return self._over_replicas(one, seeds)

    def _segment(
        self,
        state: TrainState,
        rate: Rate,
        first: jax.Array,
        last: jax.Array,
        due: jax.Array,
        active_inputs: jax.Array,
        train: Samples,
        test: Samples,
    ) -> tuple[TrainState, Buffers]:
        """Train and measure; epoch 0 is the untrained net."""

        def visit(
            epoch: jax.Array, carry: tuple[TrainState, Buffers]
        ) -> tuple[TrainState, Buffers]:
            def train_epoch(carry: tuple[TrainState, Buffers]) -> tuple[TrainState, Buffers]:
                state, buffers = carry
                state, losses = self._over_replicas(
                    lambda replica: self._epoch(replica, rate, epoch, active_inputs, train.targets),
                    state,
                )
                return state, buffers.with_losses(epoch - jnp.maximum(first, 1), losses)

            def measure(carry: tuple[TrainState, Buffers]) -> tuple[TrainState, Buffers]:
                state, buffers = carry
                measured = self._over_replicas(
                    lambda replica: self._measure(replica, train, test), state
                )
                return state, buffers.with_snapshot(measured)

            carry = jax.lax.cond(epoch > 0, train_epoch, lambda carry: carry, carry)
            is_due = due[carry[1].measured] == epoch
            return jax.lax.cond(is_due, measure, lambda carry: carry, carry)

        buffers = Buffers.empty(self, self.sharding.share)
        result: tuple[TrainState, Buffers] = jax.lax.fori_loop(
            first, last + 1, visit, (state, buffers)
        )
        return result

    def _epoch(
        self,
        state: TrainState,
        rate: Rate,
        epoch: jax.Array,
        inputs: jax.Array,
        targets: jax.Array,
    ) -> tuple[TrainState, Losses]:
        """Train one replica for one epoch; return also the means of its losses as they were met."""
        samples = inputs.shape[0]
        transformation = self.optimiser(rate)
        order = jnp.arange(samples, dtype=jnp.int32)
        if self.shuffle:
            key = jax.random.wrap_key_data(state.shuffle_key, impl="threefry2x32")
            order = random_order(jax.random.fold_in(key, epoch), samples)

        def batch_losses(parameters: Trainable, indices: jax.Array) -> tuple[jax.Array, Losses]:
            losses = self.objective.losses(
                parameters, rows(inputs, indices), rows(targets, indices)
            )
            sums = {name: loss.sum() for name, loss in losses.items()}
            return sums[self.objective.lowered], sums

        def step(carry: _Step, indices: jax.Array) -> _Step:
            parameters, optimiser, totals = carry
            (_, sums), gradient = sum_in_parts(
                lambda part: jax.value_and_grad(batch_losses, has_aux=True)(parameters, part),
                indices,
            )
            gradient = jax.tree.map(lambda part: part / len(indices), gradient)
            if self.objective.terms is not None:
                terms = jax.value_and_grad(self.objective.terms)
                value, more = terms(parameters, rows(inputs, indices))
                gradient = jax.tree.map(jnp.add, gradient, more)
                sums = {**sums, RUNNING_TERMS.name: value * len(indices)}
            updates, optimiser = transformation.update(gradient, optimiser, parameters)
            parameters = optax.apply_updates(parameters, updates)
            totals = {
                name: total + sums[name].astype(total.dtype) for name, total in totals.items()
            }
            return parameters, optimiser, totals

        nothing = {loss.name: jnp.float64(0.0) for loss in self.objective.recorded}
        start = (state.parameters, state.optimiser, nothing)
        parameters, optimiser, totals = scan_batches(step, start, order, self.batch)
        trained = state._replace(parameters=parameters, optimiser=optimiser)
        means = {name: total / samples for name, total in totals.items()}
        return keep_finite(state, trained, list(means.values()), epoch), means

    def _measure(self, state: TrainState, train: Samples, test: Samples) -> dict[str, jax.Array]:
        parameters = self.inputs.join(state.parameters, state.silent_weights)
        measurement = take_measurement(self.settings, parameters, train, test)
        return {
            observable.name: observable.measure(measurement).astype(observable.dtype)
            for observable in self.observables
        }

    def _copy(self, buffer: jax.Array, length: int) -> np.ndarray:
        """Return the filled part of a segment's buffer, replicas first.

        A copy: a view would keep the whole buffer alive for as long as the run keeps its results.
        """
        return np.swapaxes(np.asarray(buffer)[:length, : len(self.seeds)], 0, 1).copy()
