"""An ensemble of one trained net, from its coordinates to its last record: `nnu evolve`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.config import RunConfig, config_yaml
from nnuniverse.config.evolve import Displaced
from nnuniverse.errors import ConfigError, NNUniverseError, StoppedError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.algorithm import bath_temperature
from nnuniverse.experiments.ensemble_coordinates import Seen, TrainedPoint, see, settled_theory
from nnuniverse.experiments.records_of_ensemble import (
    positions_due,
    predictions,
    record_steps,
    records_of,
    require_room,
    stored_coordinates,
)
from nnuniverse.experiments.reopen import IdentifiedRun, reopen_run, run_header
from nnuniverse.experiments.samples import identify, load_dataset
from nnuniverse.experiments.train import SILENT, Reporter
from nnuniverse.experiments.trained_net import (
    asked_for,
    find_or_train,
    trained_epochs,
    trained_parameters,
)
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import numerical_settings, require_jax
from nnuniverse.physics.mechanics.coordinates.displacement import displacement
from nnuniverse.physics.mechanics.ensemble import Descent, LinearTheory
from nnuniverse.processors import NO_LIMIT
from nnuniverse.runs import (
    Checkpoint,
    Checkpoints,
    Provenance,
    RunFolder,
    create_run_folder,
    open_run_folder,
)
from nnuniverse.runs.evolution import EvolutionRecords
from nnuniverse.runs.lock import writing
from nnuniverse.training import MATMUL_PRECISION, Program, restore_state, state_arrays
from nnuniverse.training.evolution import (
    RECORDS_PER_CALL,
    EvolutionProgram,
    EvolutionState,
    IndependentBatches,
    ShuffledEpochs,
)
from nnuniverse.training.optimiser import Rate

Status = Literal["complete", "diverged", "interrupted"]

SEGMENT_SECONDS = 1.0
"""Aim for the length of a call: how long progress and a stop may wait for its end."""

PILOT_REPLICAS = 256
"""Of the ensemble whose principal components are taken."""

Advanced = Callable[[int, int], None]
"""Hears how many of how many steps are done."""


@dataclass(frozen=True)
class EvolutionOutcome:
    """How an ensemble ended: where it lies, its status, steps done, and which replicas diverged.

    ``diverged``: the step of the first record that was not finite, by the number of the replica.
    """

    folder: RunFolder
    status: Status
    steps: int
    diverged: dict[int, int]


def start_evolution(
    config: RunConfig,
    root: str | Path,
    reporter: Reporter = SILENT,
    stop: Callable[[], bool] = lambda: False,
    threads: int = NO_LIMIT,
    advanced: Advanced = lambda done, of: None,
) -> EvolutionOutcome:
    """Follow a new ensemble of ``config``'s trained net, in a new folder under ``root``.

    The net is that of `evolve.run`; without it, that of the newest run of the same config under
    ``root``, or of one that is trained first.  ``stop`` is asked after every call of about a
    second; if it says so, the ensemble is checkpointed and can be resumed.  ``threads``: the most
    to use; ``advanced``: hears of the steps.  Raises ConfigError, DataError or RunError, and
    StoppedError if the training of the net was.
    """
    started = datetime.now(UTC)
    asked_for(config)
    _require_batches(config)
    require_jax(threads)
    config = find_or_train(config, Path(root), reporter, stop, threads)
    if stop():
        again = "the same command goes on with it"
        raise StoppedError(f"interrupted while the net was trained; {again}.")
    dataset = load_dataset(config)
    with numerical_settings():
        program = assemble.build_program(config, dataset)
        point = trained_point(config, program)
        seen = see(config, point, partial(_pilot, config, point), reporter.message)
        steps = record_steps(config, seen)
        require_room(config, seen, steps)
        evolution = build_evolution(config, point, seen.directions, starts_of(config, point, seen))
        identity = identify(config, dataset)
        rounding = assemble.rounding_of(program)
        header = Provenance.create(
            Path(), **run_header(config, dataset, identity), **rounding.record()
        )
        folder = create_run_folder(
            Path(root),
            config.name,
            identity.run_hash,
            started,
            {"config.yaml": config_yaml(config).encode(), "provenance.json": header.image()},
        )
        run = IdentifiedRun(folder, config, dataset, identity, identity.run_hash, rounding)
        with writing(folder.path):
            records = records_of(run, point, seen, steps)
            settle = partial(settled_theory, run.config, point, seen)
            return _Evolution(run, evolution, records, settle, reporter, stop, advanced).follow()


def resume_evolution(
    path: str | Path,
    reporter: Reporter = SILENT,
    stop: Callable[[], bool] = lambda: False,
    threads: int = NO_LIMIT,
    advanced: Advanced = lambda done, of: None,
) -> EvolutionOutcome:
    """Continue the ensemble in the folder ``path`` from its last checkpoint, to the same bits.

    Arguments as of `start_evolution`.  One that has ended stays as it is.  Raises ConfigError,
    DataError or RunError.
    """
    folder = open_run_folder(path)
    with writing(folder.path):
        require_jax(threads)
        run = reopen_run(folder.path, reporter.message, of_ensemble=True)
        with numerical_settings():
            program = assemble.build_program(run.config, run.dataset, run.rounding)
            if folder.results.exists():
                point, seen = stored_coordinates(run, program)
            else:
                point = trained_point(run.config, program)
                seen = see(run.config, point, partial(_pilot, run.config, point), reporter.message)
            steps = record_steps(run.config, seen)
            starts = starts_of(run.config, point, seen)
            evolution = build_evolution(run.config, point, seen.directions, starts)
            records = records_of(run, point, seen, steps)
            settle = partial(settled_theory, run.config, point, seen)
            return _Evolution(run, evolution, records, settle, reporter, stop, advanced).follow()


def trained_point(config: RunConfig, program: Program) -> TrainedPoint:
    """Return the net that an ensemble of ``config`` starts from, and how it learns there."""
    whole = trained_parameters(config, program.settings.architecture)
    rate = program.rate.at(jnp.asarray(trained_epochs(config), jnp.float32))
    return TrainedPoint(program, descent_of(config, program, float(rate)), whole)


def descent_of(config: RunConfig, program: Program, rate: float) -> Descent:
    """Return how the replicas of ``config`` learn, at the learning ``rate`` eta."""
    train = config.train
    chosen = train.optimiser.model_dump()
    extras = [
        text
        for text, is_used in (
            ("weight decay", chosen["weight_decay"] > 0.0),
            ("clipped gradients", train.clip_norm is not None),
            ("a thermal bath", train.noise.temperature > 0.0),
        )
        if is_used
    ]
    return Descent(
        optimiser=" with ".join([chosen["kind"], *extras[:1]]) if extras else chosen["kind"],
        rate=rate,
        batch=train.batch,
        period=len(program.train.labels) // train.batch,
        sampling=asked_for(config).sampling,
        momentum=chosen.get("decay", 0.0),
        nesterov=chosen.get("nesterov", False),
    )


def _require_batches(config: RunConfig) -> None:
    """Raise ConfigError where shuffled epochs would end in a smaller batch."""
    if asked_for(config).sampling == "independent":
        return
    samples = len(load_dataset(config).train.labels)
    if samples % config.train.batch:
        raise ConfigError(
            "`train.batch`",
            f"divide the {samples} training samples for shuffled epochs",
            f"is {config.train.batch}",
            "evolve.sampling=independent, or a divisor",
        )


def build_evolution(
    config: RunConfig, point: TrainedPoint, directions: np.ndarray, starts: np.ndarray
) -> EvolutionProgram:
    """Return the program of replicas with the flat parameters ``starts``, (replica, parameter).

    ``directions``: P, (coordinate, parameter).
    """
    program, train = point.program, config.train
    samples = len(program.train.labels)
    sampling = asked_for(config).sampling
    batches = IndependentBatches if sampling == "independent" else ShuffledEpochs
    return EvolutionProgram(
        objective=program.objective,
        optimiser=program.optimiser,
        rate=Rate(point.descent.rate),
        batch=train.batch,
        parts=program.parts,
        sampling=batches(samples, train.batch),
        seed=config.seed,
        starts=_unraveled(point, starts, train.precision),
        origin=point.flat.astype(train.precision),
        directions=directions.astype(train.precision),
        inputs=point.inputs,
        targets=point.targets,
        temperature=bath_temperature(config),
    )


def _unraveled(point: TrainedPoint, flat: np.ndarray, precision: str) -> Trainable:
    """Return the nets whose parameters are the rows of ``flat``, leading replica axis."""
    narrow = point.unravel(jnp.asarray(point.flat))
    leaves, structure = jax.tree.flatten(narrow)
    ends = np.cumsum([leaf.size for leaf in leaves])[:-1]
    parts = [
        part.reshape(len(flat), *leaf.shape).astype(precision)
        for part, leaf in zip(np.split(flat, ends, axis=1), leaves, strict=True)
    ]
    return jax.tree.unflatten(structure, parts)


def starts_of(config: RunConfig, point: TrainedPoint, seen: Seen) -> np.ndarray:
    """Return the flat parameters that the replicas begin with, (replica, parameter), float64.

    Displaced ones lie along the coordinates at ``sigma (amount + width xi)`` with xi normal, sigma
    being what linear theory says of independent batches.  That of a replica depends on the seed and
    its number alone.  Raises ConfigError where there is no such sigma.
    """
    asked = asked_for(config)
    at_rest = np.repeat(point.flat[None], asked.members, axis=0)
    if not isinstance(asked.start, Displaced):
        return at_rest
    variance = seen.memoryless.variance
    if not (np.isfinite(variance) & (variance > 0.0)).all():
        which = ", ".join(
            label
            for label, value in zip(seen.labels, variance, strict=True)
            if not (np.isfinite(value) and value > 0.0)
        )
        raise ConfigError(
            "`evolve.start.kind`",
            "be trained where linear theory knows no width to displace by",
            f"is displaced along {which} under {point.descent.optimiser}",
            "evolve.start.kind=trained",
        )
    normal = np.stack(
        [
            np.random.Generator(np.random.Philox(key=[config.seed, member])).standard_normal(
                len(variance)
            )
            for member in range(asked.members)
        ]
    )
    targets = np.sqrt(variance) * (asked.start.amount + asked.start.width * normal)
    return at_rest + displacement(seen.directions, targets)


def _pilot(config: RunConfig, point: TrainedPoint) -> np.ndarray:
    """Return the parameters of a pilot ensemble after its steps, (replica, parameter)."""
    asked = asked_for(config)
    steps = max(getattr(chosen, "steps", 0) for chosen in asked.coordinates)
    starts = np.repeat(point.flat[None], PILOT_REPLICAS, axis=0)
    program = build_evolution(config, point, point.flat[None] * 0.0, starts)
    end, _ = program.run(program.initial_state(), 0, steps, np.asarray([], np.int64))
    return flat_replicas(end)


def flat_replicas(state: EvolutionState) -> np.ndarray:
    """Return the parameters of every replica as one row, (replica, parameter), float64."""
    leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(state.parameters)]
    return np.concatenate([leaf.reshape(len(leaf), -1) for leaf in leaves], axis=1)


class _Evolution:
    """An ensemble in progress."""

    def __init__(
        self,
        run: IdentifiedRun,
        program: EvolutionProgram,
        records: EvolutionRecords,
        settle: Callable[[np.ndarray], LinearTheory],
        reporter: Reporter,
        stop: Callable[[], bool],
        advanced: Advanced,
    ) -> None:
        self.run = run
        self.folder = run.folder
        self.reporter = reporter
        self.stop = stop
        self.advanced = advanced
        self.program = program
        self.records = records
        self.settle = settle
        self.record_step = records.record_step
        self.due = positions_due(self.record_step)
        self.last = int(self.due[-1])
        self.checkpoints = Checkpoints(run.folder.path, *run.run_hashes)
        self.provenance = Provenance.read(run.folder.provenance)
        self.stored = -1

    def follow(self) -> EvolutionOutcome:
        """Take steps from wherever the ensemble is to its end, or until asked to stop."""
        state, done = self._restore()
        self.provenance.describe(self.run.header)
        if done >= self.last:
            self.reporter.message(f"already complete: {self.folder}")
            return self._outcome(done)
        self.provenance.begin_segment(
            first_step=done + 1,
            device=str(jax.devices()[0].device_kind),
            devices=len(self.program.sharding.devices),
            backend=jax.default_backend(),
            compiler_options=self.program.compiler_options,
            matmul_precision=MATMUL_PRECISION,
        )
        self.folder.note(f"following from step {done + 1}")
        started, status = time.perf_counter(), "failed"
        try:
            self.advanced(max(done, 0), self.last)
            done = self._take_steps(state, done)
            status = self._outcome(done).status
        except NNUniverseError as error:
            self.folder.note(str(error))
            raise
        finally:
            self.folder.note(f"{status} after step {self.stored}")
            seconds = round(time.perf_counter() - started, 3)
            self.provenance.end_segment(last_step=self.stored, seconds=seconds, status=status)
        return self._outcome(done)

    def _restore(self) -> tuple[EvolutionState, int]:
        """Return the state to continue from, and the steps behind it, -1 before the start."""
        shape = self.program.state_shape()
        checkpoint = self.checkpoints.latest(
            self.last, lambda kept: restore_state(shape, kept.arrays)
        )
        for name in self.checkpoints.damaged:
            text = f"{name} is damaged; continuing from the checkpoint before it"
            self.folder.note(text)
            self.reporter.message(text)
        if checkpoint is None:
            return self.program.initial_state(), -1
        self.stored = checkpoint.epoch
        complete = int((self.record_step + 1 <= checkpoint.epoch).sum())
        self.records.read_back(self.folder.results, complete)
        return restore_state(shape, checkpoint.arrays), checkpoint.epoch

    def _take_steps(self, state: EvolutionState, done: int) -> int:
        """Call the program stretch by stretch; return the steps done."""
        length, checkpointed = 1, time.monotonic()
        while done < self.last and not self.stop():
            first, last = done + 1, self._end_of_call(done + 1, length)
            began = time.perf_counter()
            state, positions = self.program.run(state, first, last, self.due)
            self._collect(positions)
            done = last
            elapsed = time.perf_counter() - began
            is_due = time.monotonic() - checkpointed >= self.run.config.checkpoint.seconds
            if is_due or done == self.last or first == 0:
                self._checkpoint(state, done)
                checkpointed = time.monotonic()
            self.advanced(done, self.last)
            aim = int((last - first + 1) * SEGMENT_SECONDS / elapsed)
            length = max(1, min(aim, 4 * length))
        if self.stored < done:
            self._checkpoint(state, done)
        return done

    def _end_of_call(self, first: int, length: int) -> int:
        """Return the last step of a call from ``first`` on: it divides no record, and has room."""
        last = min(first + length - 1, self.last)
        upcoming = self.due[self.due >= first]
        if len(upcoming) > RECORDS_PER_CALL:
            last = min(last, int(upcoming[RECORDS_PER_CALL - 2]) - 1)
        return last + 1 if last in self.record_step else last

    def _collect(self, positions: np.ndarray) -> None:
        """Take over positions, (replica, due, coordinate): whole records, of which none is cut."""
        if positions.shape[1]:
            replicas, due, coordinates = positions.shape
            self.records.append(positions.reshape(replicas, due // 2, 2, coordinates))

    def _checkpoint(self, state: EvolutionState, done: int) -> None:
        """Make results and state safe, in this order: results beyond the state can be cut."""
        if done == self.last:
            replicas = flat_replicas(state)
            self.records.facts.update(predictions(self.settle(replicas)))
        self.records.write(self.folder.results)
        self.checkpoints.save(Checkpoint(done, state_arrays(state)))
        self.stored = done

    def _outcome(self, done: int) -> EvolutionOutcome:
        ends = self.records.diverged_step
        diverged = {int(replica): int(ends[replica]) for replica in np.flatnonzero(ends >= 0)}
        status: Status = "complete"
        if done < self.last:
            status = "interrupted"
        elif diverged:
            status = "diverged"
        return EvolutionOutcome(self.folder, status, done, diverged)
