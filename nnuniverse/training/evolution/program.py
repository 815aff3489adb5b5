"""The compiled program: steps of many replicas, with their coordinates stored at some of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Int

from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables import Samples
from nnuniverse.precision import in_float64
from nnuniverse.threads import single_threaded_blas
from nnuniverse.training.devices import EVERYWHERE, REPLICAS, ROWS_OF_REPLICAS, ReplicaSharding
from nnuniverse.training.early_stopping import NEVER
from nnuniverse.training.epoch import batch_gradient, mean_objective
from nnuniverse.training.evolution.neuron_moves import NeuronMoves
from nnuniverse.training.evolution.sampling import Sampling
from nnuniverse.training.evolution.state import EvolutionState
from nnuniverse.training.objective import Objective
from nnuniverse.training.optimiser import Rate
from nnuniverse.training.self_adjusting import steps_of
from nnuniverse.training.thermal_bath import EpochOfBath, ThermalBath
from nnuniverse.training.turnover import Conditions

RECORDS_PER_CALL = 64
"""Room on a device for what one call stores."""

EVOLUTION = 0x45564F4C
"""Folded into the key of a seed, so that an ensemble's noise is none that a training had."""

BATH = 0
"""Folded into the key of a replica for its bath: steps count from 1."""


class _StepCall(NamedTuple):
    """What a call is given besides the state, the same for every replica.

    ``first``, ``last``: steps, both included, 0 being the start; ``due``: the steps after which
    coordinates are stored, ascending, filled up with `NEVER`; ``conditions``, ``probe``: of the
    moves of neurons, None without.
    """

    share: jax.Array
    rate: Rate
    conditions: Conditions | None
    first: jax.Array
    last: jax.Array
    due: jax.Array
    origin: jax.Array
    directions: jax.Array
    inputs: jax.Array
    targets: jax.Array
    probe: Samples | None


class StoredRecords(NamedTuple):
    """What is stored at steps that are due.

    ``positions``: (due, coordinate); ``active``: active neurons of the hidden layers, (due,
    hidden_layer), None where all are.  The rows of several replicas have these as their second
    axis, of a finished call as their first.
    """

    positions: jax.Array
    active: jax.Array | None


class _Progress(NamedTuple):
    """A replica on its way through a call; ``carried``: by the sampling; ``rows``: stored so far.

    Of the room for what is ``stored``.
    """

    state: EvolutionState
    carried: jax.Array
    stored: StoredRecords
    rows: jax.Array


@dataclass(frozen=True)
class EvolutionProgram:
    """Replicas that descend from given starts, compiled once and called stretch by stretch.

    ``objective``: what a step lowers; ``optimiser``: makes an optax transformation of the learning
    ``rate``; ``batch``: samples per step, in ``parts`` side by side; ``sampling``: which ones;
    ``temperature``: of a thermal bath, 0 for none; ``seed``: of the noise, from which replica m
    takes its own by its number; ``starts``: parameters that replicas begin with, leading replica
    axis; ``moves``: of their neurons, None where these stay; ``origin``: the flat parameters,
    (parameter,), from which positions are counted; ``directions``: P, (coordinate, parameter), so
    that q = P (theta - origin); ``inputs``, ``targets``: of all training samples.

    Numbers of steps are arguments of the machine code, so however a run is cut into calls, it
    gives the same numbers.  Replicas take turns on a CPU, each bit-identical to what it is alone;
    on an accelerator they are batched.
    """

    objective: Objective
    optimiser: Callable[[Rate], optax.GradientTransformation]
    rate: Rate
    batch: int
    parts: int
    sampling: Sampling
    seed: int
    starts: Trainable
    origin: np.ndarray
    directions: np.ndarray
    inputs: np.ndarray
    targets: np.ndarray
    temperature: float = 0.0
    moves: NeuronMoves | None = None
    batch_replicas: bool = field(default_factory=lambda: jax.default_backend() != "cpu")
    devices: Sequence[jax.Device] = field(default_factory=jax.local_devices)

    @property
    def replicas(self) -> int:
        """How many there are."""
        return len(jax.tree.leaves(self.starts)[0])

    @cached_property
    def sharding(self) -> ReplicaSharding:
        """Which of the ``devices`` follows which replicas."""
        return ReplicaSharding.over(self.replicas, self.devices)

    @cached_property
    def compiler_options(self) -> dict[str, str | bool]:
        """What XLA must be told for a run to be repeatable: nothing on a CPU."""
        return {"xla_gpu_deterministic_ops": True} if jax.default_backend() == "gpu" else {}

    @in_float64
    def initial_state(self) -> EvolutionState:
        """Return the state before the first step."""
        numbers = np.arange(self.replicas, dtype=np.uint32)
        return self._beginning.lower().compile()(numbers, self.starts)

    @in_float64
    def state_shape(self) -> EvolutionState:
        """Return the shapes and types of a state."""
        return self._beginning.out_info

    @cached_property
    @in_float64
    def _beginning(self) -> jax.stages.Traced:
        """What makes the first state, traced once for its shapes and for the machine code."""
        numbers = jax.ShapeDtypeStruct((self.replicas,), jnp.uint32)
        return jax.jit(jax.vmap(self._begin)).trace(numbers, self.starts)

    @in_float64
    def run(
        self, state: EvolutionState, first: int, last: int, due: Int[np.ndarray, " due"]
    ) -> tuple[EvolutionState, StoredRecords]:
        """Take steps ``first`` .. ``last``; return also what is stored, of every replica.

        ``first`` = 0 stores the start, if that is due; ``due``: steps after which positions are
        stored, ascending, at most `RECORDS_PER_CALL` of them in ``first`` .. ``last``.

        ``state``: weights, optimiser and what sampling carries, of the replicas.
        """
        now = due[(due >= first) & (due <= last)]
        filled = np.full(RECORDS_PER_CALL, NEVER, np.int32)
        filled[: len(now)] = now
        call = self._call(np.int32(first), np.int32(last), filled)
        with single_threaded_blas():
            end, stored = jax.block_until_ready(self.compiled(self.sharding.spread(state), call))

        def of_replicas(rows: jax.Array) -> np.ndarray:
            return np.swapaxes(np.asarray(rows)[: len(now), : self.replicas], 0, 1).copy()

        return self.sharding.collected(end), jax.tree.map(of_replicas, stored)

    @cached_property
    @in_float64
    def compiled(self) -> jax.stages.Compiled:
        """The compiled program of a call."""
        state = self.sharding.filled_shape(self.state_shape())
        step = jax.ShapeDtypeStruct((), jnp.int32)
        due = jax.ShapeDtypeStruct((RECORDS_PER_CALL,), jnp.int32)
        program = self.sharding.jit(
            self._stretch, (REPLICAS, EVERYWHERE), (REPLICAS, ROWS_OF_REPLICAS),
            self.compiler_options,
        )  # fmt: skip
        return program.lower(state, self._call(step, step, due)).compile()

    def _call(self, first: Any, last: Any, due: Any) -> _StepCall:
        """Return what a call is given, of numbers or of their shapes and types."""
        precise = self.origin.dtype.type
        share: Any = np.int32(self.sharding.share)
        under = self.moves.turnover.conditions if self.moves else None
        conditions = jax.tree.map(np.float64, under)
        rate = jax.tree.map(precise, self.rate)
        return _StepCall(share, rate, conditions, first, last, due, *self._held)

    @cached_property
    def _held(self) -> tuple[Any, ...]:
        """What stays on every device."""
        probe = self.moves.probe if self.moves else None
        held = (self.origin, self.directions, self.inputs, self.targets, probe)
        return tuple(self.sharding.everywhere(held))

    def _begin(self, number: jax.Array, start: Trainable) -> EvolutionState:
        key = jax.random.fold_in(jax.random.key(self.seed, impl="threefry2x32"), EVOLUTION)
        own = jax.random.key_data(jax.random.fold_in(key, number))
        state = EvolutionState(start, self.optimiser(self.rate).init(start), own)
        return self.moves.begin(state) if self.moves else state

    def _stretch(
        self, state: EvolutionState, call: _StepCall
    ) -> tuple[EvolutionState, StoredRecords]:
        """Return every replica after the steps of a call, and what it stored, rows first."""
        end, stored = self.sharding.each(
            partial(self._follow, call), state, call.share, batched=self.batch_replicas
        )
        return end, jax.tree.map(lambda rows: jnp.swapaxes(rows, 0, 1), stored)

    def _follow(
        self, call: _StepCall, state: EvolutionState
    ) -> tuple[EvolutionState, StoredRecords]:
        """Take one replica through the steps of a call."""
        key = jax.random.wrap_key_data(state.key, impl="threefry2x32")
        carried = self.sampling.begin(key, jnp.maximum(call.first, 1))
        positions = jnp.zeros((RECORDS_PER_CALL, len(self.directions)), call.origin.dtype)
        active = jnp.zeros((RECORDS_PER_CALL, self.moves.layers)) if self.moves else None
        before = _Progress(state, carried, StoredRecords(positions, active), jnp.int32(0))
        end = jax.lax.fori_loop(call.first, call.last + 1, partial(self._visit, call, key), before)
        return end.state, end.stored

    def _visit(
        self, call: _StepCall, key: jax.Array, step: jax.Array, before: _Progress
    ) -> _Progress:
        """Take a step, unless it is number 0, the start, and store the position if it is due."""
        taken = jax.lax.cond(step > 0, partial(self._step, call, key, step), lambda p: p, before)
        is_due = call.due[taken.rows] == step
        return jax.lax.cond(is_due, partial(self._store, call), lambda p: p, taken)

    def _step(
        self, call: _StepCall, key: jax.Array, step: jax.Array, before: _Progress
    ) -> _Progress:
        batch, carried = self.sampling.batch(key, step, before.carried)
        state, optimiser = before.state, self.optimiser(call.rate)
        sums, gradient = batch_gradient(
            state.parameters,
            batch,
            inputs=call.inputs,
            targets=call.targets,
            objective=self.objective,
            parts=self.parts,
        )
        value = partial(mean_objective, sums, self.objective.lowered, len(batch))
        updates, momenta = steps_of(optimiser, gradient, state.optimiser, state.parameters, value)
        parameters = optax.apply_updates(state.parameters, updates)
        if self.temperature:
            parameters = self._bath(call, key).kick(parameters, step)
        after = state._replace(parameters=parameters, optimiser=momenta)
        if self.moves and call.conditions is not None and call.probe is not None:
            after = self.moves.after_step(
                key,
                step,
                after,
                probe=call.probe,
                conditions=call.conditions,
                optimiser=optimiser,
            )
        return before._replace(state=after, carried=carried)

    def _bath(self, call: _StepCall, key: jax.Array) -> EpochOfBath:
        """Return the bath of a replica, to which a whole run is one epoch."""
        bath = ThermalBath(self.temperature, call.rate)
        return EpochOfBath(bath, jax.random.fold_in(key, BATH), jnp.int32(1), 1)

    def _store(self, call: _StepCall, before: _Progress) -> _Progress:
        """Store q = P (theta - origin), subtracted first: theta is large beside what it moves."""
        state, row = before.state, before.rows
        flat = ravel_pytree(self.moves.all_weights(state) if self.moves else state.parameters)[0]
        position = jnp.matmul(call.directions, flat - call.origin, precision="highest")
        positions, active = before.stored
        if active is not None and state.neurons is not None:
            active = active.at[row].set(state.neurons.active)
        stored = StoredRecords(positions.at[row].set(position), active)
        return before._replace(stored=stored, rows=row + 1)
