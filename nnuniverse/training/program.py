"""The compiled program: epochs of stochastic gradient descent with the measurements inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.stages import Wrapped
from jaxtyping import Int

from nnuniverse.nets import net_of, take_measurement
from nnuniverse.networks.active_inputs import TrainedInputs
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import NUMERICAL_SETTINGS
from nnuniverse.observables import Observable, Samples, Settings
from nnuniverse.observables.weights import weight_dimensions, weight_variables
from nnuniverse.precision import in_float64
from nnuniverse.threads import single_threaded_blas
from nnuniverse.training.batch_rules import Batching
from nnuniverse.training.devices import EVERYWHERE, REPLICAS, ROWS_OF_REPLICAS, ReplicaSharding
from nnuniverse.training.early_stopping import EarlyStopping
from nnuniverse.training.epoch import Losses, OptimiserAt, batch_gradient, train_epoch
from nnuniverse.training.gathering import train_active
from nnuniverse.training.objective import Objective
from nnuniverse.training.optimiser import Rate
from nnuniverse.training.penalty import Penalty
from nnuniverse.training.segment import (
    SNAPSHOTS_PER_SEGMENT,
    Buffers,
    Segment,
    end_of_room,
    filled_up,
    joined,
    on_host,
)
from nnuniverse.training.thermal_bath import ThermalBath
from nnuniverse.training.train_state import TrainState, drawn_parameters, initial_state
from nnuniverse.training.turnover import TURNOVER, Conditions, Turnover, active_neurons
from nnuniverse.variables import Schema

MATMUL_PRECISION = NUMERICAL_SETTINGS["jax_default_matmul_precision"]
"""Of the products in training."""

RUNS_ONCE: dict[str, str | bool | int] = {
    "xla_cpu_use_fusion_emitters": False,
    "xla_backend_optimization_level": 1,
}
"""What XLA is told on a CPU of a program that runs once: it is compiled in half the time."""

T = TypeVar("T")
Replica = TypeVar("Replica")


class _Call(NamedTuple):
    """What a call of the device is given besides the state, the same for every replica.

    ``share``: the replicas of a device; ``rate``: the learning rate; ``temperature``: of the
    thermal bath, None without; ``penalty``: of the weights, None without; ``conditions``: under
    which neurons come and go, None where they do not; ``first``, ``last``: epochs;
    ``snapshots``: `filled_up`; ``active_inputs``: those of ``train`` that take part in training;
    ``train``, ``test``: samples.
    """

    share: jax.Array
    rate: Rate
    temperature: jax.Array | None
    penalty: Penalty | None
    conditions: Conditions | None
    first: jax.Array
    last: jax.Array
    snapshots: jax.Array
    active_inputs: jax.Array
    train: Samples
    test: Samples


class _Trained(NamedTuple):
    """How far a call is: the state of every replica, and the results up to now."""

    state: TrainState
    results: Buffers


@dataclass(frozen=True)
class Program:
    """A run's training loop, compiled once and called segment by segment.

    ``settings``: the net and how it is measured; ``observables``: what a snapshot records;
    ``objective``: what training lowers; ``initialiser``, ``gain``: the initial weights;
    ``optimiser``: makes, of the learning ``rate``, an optax transformation that turns a zero
    gradient into a zero step, with a ``batching`` also of ``steps_per_epoch``; ``batch``: samples
    per step; ``parts``: of a batch, computed side by side, which `parts_of_batch` chooses;
    ``shuffle``: whether an epoch visits samples in a new order; ``seeds``: one per replica;
    ``train``, ``test``: the samples; ``start``: reads the weights that the replicas begin with,
    leading replica axis, once they are asked for, None:
    drawn ones; ``temperature``: of the bath that weights and biases are in contact with, 0 for
    none; ``early_stopping``: when a replica stops, by one of the ``observables``; ``turnover``: how
    neurons come and go, of a net that is their reservoir; None: they stay; ``batching``: how
    the size of a batch changes, ``batch`` being the first; None: it does not; ``devices``: those
    that may share the replicas out among themselves, by default all that are local.

    The numbers of the epochs are arguments of the compiled program and not part of it, so that the
    same machine code runs however the epochs are divided into segments: a resumed run is
    bit-identical to an uninterrupted one.  So are learning rate, temperatures, chemical potential
    and the numbers of a penalty: a sweep over them compiles once.  On a CPU the replicas run one
    after another inside the program, which costs nothing there and makes the training of each
    bit-identical to a run of its seed alone (measurements agree to 1e-13, since sums over samples
    may be taken in another order); on an accelerator they are batched (`jax.vmap`) and agree up to
    the rounding of batched products.  Several devices take equal shares (`ReplicaSharding`) and
    run that program on them.
    """

    settings: Settings
    observables: Sequence[Observable]
    objective: Objective
    initialiser: str
    gain: float
    optimiser: Callable[..., optax.GradientTransformation]
    rate: Rate
    batch: int
    parts: int
    shuffle: bool
    seeds: Sequence[int]
    train: Samples
    test: Samples
    start: Callable[[], Trainable] | None = None
    temperature: float = 0.0
    early_stopping: EarlyStopping | None = None
    turnover: Turnover | None = None
    batching: Batching | None = None
    batch_replicas: bool = field(default_factory=lambda: jax.default_backend() != "cpu")
    devices: Sequence[jax.Device] = field(default_factory=jax.local_devices)

    @cached_property
    def schema(self) -> Schema:
        """What a run of the program records."""
        axes = [axis for observable in self.observables for axis in observable.axes]
        axes += weight_dimensions(self.settings)
        unique = {axis.name: axis.axis(self.settings) for axis in axes}
        turnover = self.turnover
        return Schema(
            axes=[*unique.values(), *([turnover.axis] if turnover else [])],
            running_losses=self.objective.recorded,
            observables=[observable.stored(self.settings) for observable in self.observables],
            weights=weight_variables(self.settings),
            stops=self.early_stopping is not None,
            others_of_epochs=[
                *(turnover.recorded if turnover else ()),
                *(self.batching.recorded if self.batching else ()),
            ],
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
        if self.start is None:
            return self.sharding.collected(self._drawing.lower().compile()(seeds))
        begin = self._jit(self._started_states, (REPLICAS, REPLICAS), REPLICAS, once=True)
        return self.sharding.collected(begin(seeds, self.sharding.spread(self.start())))

    @in_float64
    def state_shape(self) -> TrainState:
        """Return the shapes and types of a state."""
        return self.sharding.collected_shape(self._drawing.out_info)

    @cached_property
    @in_float64
    def _drawing(self) -> jax.stages.Traced:
        """What draws the first state, traced once for its shapes and for the machine code."""
        seeds = self.sharding.filled_shape(jax.ShapeDtypeStruct((len(self.seeds),), jnp.uint32))
        return self._jit(self._initial_states, (REPLICAS,), REPLICAS, once=True).trace(seeds)

    @in_float64
    def parameters(self, state: TrainState) -> Trainable:
        """Return all weights and biases, silent inputs included; leading replica axis.

        ``state``: weights, optimiser and keys between two epochs.
        """
        return self._join(state.parameters, state.silent_weights)

    @cached_property
    def _join(self) -> Callable[[Trainable, jax.Array], Trainable]:
        """Of every replica; kept, for a checkpoint shall not compile it anew."""
        return jax.jit(jax.vmap(self.inputs.join))

    @in_float64
    def run(
        self, state: TrainState, first: int, last: int, snapshots: Int[np.ndarray, " snapshot"]
    ) -> Segment:
        """Train epochs ``first`` .. ``last`` and measure after those in ``snapshots``, ascending.

        ``first`` = 0 measures the untrained net before epoch 1, if 0 is a snapshot.  The device is
        called as often as its room for results asks for.

        ``state``: weights, optimiser and keys between two epochs.
        """
        parts: list[Segment] = []
        while not parts or parts[-1].last < last:
            end = end_of_room(first, last, snapshots)
            parts.append(self._run_within_room(state, first, end, snapshots))
            state, first = parts[-1].state, end + 1
        return parts[0] if len(parts) == 1 else joined(parts)

    def _run_within_room(
        self, state: TrainState, first: int, last: int, snapshots: np.ndarray
    ) -> Segment:
        due = snapshots[(snapshots >= first) & (snapshots <= last)]
        call = self._call(np.int32(first), np.int32(last), filled_up(due))
        with single_threaded_blas():
            end = jax.block_until_ready(self.compiled(self.sharding.spread(state), call))
        state, replicas = self.sharding.collected(end.state), len(self.seeds)
        waiting = state.waiting
        epochs = last - max(first, 1) + 1
        of_epochs = on_host(end.results.of_epochs, epochs, replicas)
        return Segment(
            first=first,
            last=last,
            of_epochs={of.name: of_epochs[of.name] for of in self.schema.of_epochs},
            snapshots=due,
            observables=on_host(end.results.observables, len(due), replicas),
            diverged_epoch=np.asarray(state.diverged_epoch),
            state=state,
            stopped_epoch=None if waiting is None else np.asarray(waiting.stopped_epoch),
        )

    # --- compiling -------------------------------------------------------------------------------

    @cached_property
    @in_float64
    def compiled(self) -> jax.stages.Compiled:
        """The compiled program of a segment."""
        return self.lowered.compile()

    @cached_property
    @in_float64
    def lowered(self) -> jax.stages.Lowered:
        """The program of a segment as XLA is given it."""
        state = self.sharding.filled_shape(self.state_shape())
        epoch = jax.ShapeDtypeStruct((), jnp.int32)
        due = jax.ShapeDtypeStruct((SNAPSHOTS_PER_SEGMENT,), jnp.int32)
        results = Buffers._make([ROWS_OF_REPLICAS, ROWS_OF_REPLICAS, EVERYWHERE])
        shared_out = _Trained._make([REPLICAS, results])
        program = self._jit(self._segment, (REPLICAS, EVERYWHERE), shared_out)
        return program.lower(state, self._call(epoch, epoch, due))

    def _jit(
        self, function: Callable[..., T], inputs: object, outputs: object, *, once: bool = False
    ) -> Wrapped:
        on_cpu = jax.default_backend() == "cpu"
        options = self.compiler_options | (RUNS_ONCE if once and on_cpu else {})
        return self.sharding.jit(function, inputs, outputs, options)

    def _call(self, first: Any, last: Any, snapshots: Any) -> _Call:
        """Return what a call is given, of numbers or of their shapes and types."""
        precise = np.dtype(self.settings.precision).type
        rate = jax.tree.map(precise, self.rate)
        bath: Any = precise(self.temperature) if self.temperature else None
        share: Any = np.int32(self.sharding.share)
        turnover = self.turnover
        conditions = jax.tree.map(np.float64, turnover.conditions) if turnover else None
        penalty = jax.tree.map(precise, self.objective.penalty)
        changing = (rate, bath, penalty, conditions)
        when, samples = (first, last, snapshots), self._samples
        return _Call._make([share, *changing, *when, *samples])

    @cached_property
    def _samples(self) -> tuple[jax.Array, Samples, Samples]:
        """The training inputs without the silent ones, and all samples, on every device."""
        active = np.ascontiguousarray(np.asarray(self.train.inputs)[:, self.inputs.active])
        return self.sharding.everywhere((active, self.train, self.test))

    # --- what is compiled ------------------------------------------------------------------------

    def _initial_states(self, seeds: jax.Array) -> TrainState:
        def begin(seed: jax.Array) -> TrainState:
            return self._state_with(seed, self._drawn(seed, self._begun))

        return self._over_replicas(begin, seeds)

    def _started_states(self, seeds: jax.Array, start: Trainable) -> TrainState:
        def begin(replica: tuple[jax.Array, Trainable]) -> TrainState:
            seed, parameters = replica
            types = jax.eval_shape(partial(self._drawn, architecture=self._begun), seed)
            as_drawn = jax.tree.map(lambda array, of: array.astype(of.dtype), parameters, types)
            return self._state_with(seed, as_drawn)

        return self._over_replicas(begin, (seeds, start))

    @property
    def _begun(self) -> Architecture:
        """The net of the neurons that are active at first."""
        return self.turnover.begun if self.turnover else self.settings.architecture

    def _drawn(self, seed: jax.Array, architecture: Architecture, *numbers: int) -> Trainable:
        settings = self.settings
        drawn = drawn_parameters(seed, architecture, self.initialiser, self.gain, *numbers)
        if settings.precision == "float32":
            return drawn
        exact = net_of(architecture).as_given(drawn)
        return jax.tree.map(lambda array: jnp.asarray(array, jnp.float64), exact)

    def _state_with(self, seed: jax.Array, parameters: Trainable) -> TrainState:
        neurons = None
        if self.turnover:
            reservoir = self._drawn(seed, self.settings.architecture, TURNOVER)
            parameters, neurons = self.turnover.begin(reservoir, parameters)
        return initial_state(
            seed,
            parameters,
            self.inputs,
            self.optimiser(_held(self.rate) if self.batching else self.rate),
            may_stop=self.early_stopping is not None,
            neurons=neurons,
            has_batching=self.batching is not None,
        )

    def _segment(self, state: TrainState, call: _Call) -> _Trained:
        """Visit the epochs of a call one after another."""
        sizes = {axis.name: len(axis.values) for axis in self.schema.axes}
        shapes = {of.name: tuple(sizes[d] for d in of.dims[2:]) for of in self.schema.of_epochs}
        results = Buffers.empty(shapes, self.observables, self.settings, self.sharding.share)
        return jax.lax.fori_loop(
            call.first, call.last + 1, partial(self._visit, call), _Trained(state, results)
        )

    def _visit(self, call: _Call, epoch: jax.Array, before: _Trained) -> _Trained:
        """Train for an epoch, 0 being the untrained net, and measure if it is a snapshot."""
        train = partial(self._train_epoch, call, epoch)
        measure = partial(self._measure, call, epoch)
        trained: _Trained = jax.lax.cond(epoch > 0, train, _unchanged, before)
        is_due = call.snapshots[trained.results.measured] == epoch
        return jax.lax.cond(is_due, measure, _unchanged, trained)

    def _train_epoch(self, call: _Call, epoch: jax.Array, before: _Trained) -> _Trained:
        train = partial(self._train_replica, call, epoch)
        state, values = self._over_replicas(train, before.state, call.share)
        state, more = self._moved(call, epoch, state)
        row = epoch - jnp.maximum(call.first, 1)
        return _Trained(state, before.results.with_epoch(row, {**values, **more}))

    def _train_replica(
        self, call: _Call, epoch: jax.Array, state: TrainState
    ) -> tuple[TrainState, Losses]:
        if self.batching is not None:
            return self._train_by_rule(self.batching, call, epoch, state)
        optimiser = self.optimiser(call.rate)
        train = self._epoch(call, epoch, self.batch, call.rate, optimiser)
        # Replicas have unlike numbers of active neurons, of which a batch of them would train all.
        if self.turnover is None or state.neurons is None or self.batch_replicas:
            return train(state)
        return train_active(train, state, state.neurons, self.turnover.widths)

    def _epoch(
        self,
        call: _Call,
        epoch: jax.Array,
        batch: int,
        rate: Rate,
        optimiser: optax.GradientTransformation,
        optimiser_at: OptimiserAt | None = None,
    ) -> Callable[[TrainState], tuple[TrainState, Losses]]:
        """Return what trains a replica for an ``epoch`` with mini-batches of ``batch`` samples."""
        return partial(
            train_epoch,
            epoch=epoch,
            inputs=call.active_inputs,
            targets=call.train.targets,
            objective=self._objective(call),
            optimiser=optimiser,
            batch=batch,
            parts=self.parts,
            shuffle=self.shuffle,
            bath=None if call.temperature is None else ThermalBath(call.temperature, rate),
            shrinking=call.penalty.shrinking(rate) if call.penalty else None,
            optimiser_at=optimiser_at,
        )

    def _objective(self, call: _Call) -> Objective:
        """Return the objective with the numbers of its penalty as arguments of the program."""
        return replace(self.objective, penalty=call.penalty)

    def _train_by_rule(
        self, batching: Batching, call: _Call, epoch: jax.Array, state: TrainState
    ) -> tuple[TrainState, Losses]:
        """Train a replica with mini-batches of the size that is due.

        Steps of different epochs are unlike parts of them, so that a rate that changes is made for
        every step by its own time, whatever number the optimiser counts it by.
        """
        samples = len(self.train.inputs)
        gradient = partial(
            batch_gradient,
            inputs=call.active_inputs,
            targets=call.train.targets,
            objective=self._objective(call),
            parts=self.parts,
        )

        def of_size(size: int, state: TrainState) -> tuple[TrainState, Losses]:
            steps, rate = samples // size, batching.rate(call.rate, size)
            make = partial(self.optimiser, steps_per_epoch=steps)

            def at(step: jax.Array | None) -> optax.GradientTransformation:
                precision = self.settings.precision
                done = (epoch - 1).astype(precision) + jnp.asarray(step, precision) / steps
                return make(_held(replace(rate, initial=rate.at(done))))

            changes = rate.kind != "constant"
            train = self._epoch(call, epoch, size, rate, make(_held(rate)), at if changes else None)
            return train(state)

        return batching.train(of_size, gradient, samples, epoch, state)

    def _moved(
        self, call: _Call, epoch: jax.Array, state: TrainState
    ) -> tuple[TrainState, dict[str, jax.Array]]:
        """Return the ``state`` of all replicas after the moves that are due, and their record."""
        turnover, conditions = self.turnover, call.conditions
        if turnover is None or conditions is None:
            return state, {}

        move = partial(
            turnover.after_epoch,
            epoch=epoch,
            conditions=conditions,
            train=call.train,
            inputs=self.inputs,
            optimiser=self.optimiser(call.rate),
        )
        state, record = jax.lax.cond(
            epoch % turnover.every == 0,
            # The last digit of an energy may decide whether a neuron comes.
            partial(self._over_replicas, move, share=call.share, looped=True),
            jax.vmap(turnover.at_rest),
            state,
        )
        return state, {**record, **active_neurons(state)}

    def _measure(self, call: _Call, epoch: jax.Array, before: _Trained) -> _Trained:
        measure = partial(self._measure_replica, call)
        measured = self._over_replicas(measure, before.state, call.share)
        state = self._stopped(before.state, measured, epoch)
        return _Trained(state, before.results.with_snapshot(measured))

    def _stopped(
        self, state: TrainState, measured: dict[str, jax.Array], epoch: jax.Array
    ) -> TrainState:
        """Return the ``state`` of all replicas, without those that stop after a snapshot."""
        stopping = self.early_stopping
        if stopping is None or state.waiting is None:
            return state
        value = measured[stopping.observable]
        waiting = stopping.after_snapshot(state.waiting, value, epoch, state.running)
        return state._replace(waiting=waiting)

    def _measure_replica(self, call: _Call, state: TrainState) -> dict[str, jax.Array]:
        parameters = self.inputs.join(state.parameters, state.silent_weights)
        mask = state.neurons.mask if state.neurons else None
        measurement = take_measurement(self.settings, parameters, call.train, call.test, mask)
        return {
            observable.name: observable.measure(measurement).astype(observable.dtype)
            for observable in self.observables
        }

    def _over_replicas(
        self,
        function: Callable[[Replica], T],
        replicas: Replica,
        share: jax.Array | None = None,
        *,
        looped: bool = False,
    ) -> T:
        """Apply ``function`` to every replica of a device, of which there are ``share``."""
        batched = self.batch_replicas
        return self.sharding.each(function, replicas, share, batched=batched, looped=looped)


def _unchanged(progress: _Trained) -> _Trained:
    return progress


def _held(rate: Rate) -> Rate:
    """Return a constant ``rate``, the first."""
    return Rate(rate.initial)
