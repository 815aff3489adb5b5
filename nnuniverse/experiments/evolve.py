"""An ensemble of one trained net, from its coordinates to its last record: `nnu evolve`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.config.training import FixedBatches, ReduceOnPlateau
from nnuniverse.errors import ConfigError, NNUniverseError, StoppedError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.begin import begin_run, facts_of_process
from nnuniverse.experiments.ensemble_coordinates import Seen, TrainedPoint, see, settled_theory
from nnuniverse.experiments.ensemble_neurons import (
    IRREVERSIBLE,
    is_irreversible,
    require_fixed_potential,
)
from nnuniverse.experiments.ensemble_program import (
    build_evolution,
    flat_replicas,
    pilot_of,
    starts_of,
    trained_point,
)
from nnuniverse.experiments.penalising import require_no_penalty
from nnuniverse.experiments.records_of_ensemble import (
    positions_due,
    predictions,
    record_steps,
    records_of,
    require_room,
    stored_coordinates,
)
from nnuniverse.experiments.reopen import IdentifiedRun, reopen_run
from nnuniverse.experiments.samples import identify, load_dataset
from nnuniverse.experiments.train import SILENT, Reporter
from nnuniverse.experiments.trained_net import asked_for, find_or_train
from nnuniverse.numerical_settings import numerical_settings, require_jax
from nnuniverse.processors import NO_LIMIT
from nnuniverse.runs import Checkpoint, Checkpoints, Provenance, RunFolder, open_run_folder
from nnuniverse.runs.lock import writing
from nnuniverse.runs.lookup import ENDED
from nnuniverse.training import Program, restore_state, state_arrays
from nnuniverse.training.evolution import RECORDS_PER_CALL, EvolutionState, StoredRecords
from nnuniverse.training.loop import next_length

Status = Literal["complete", "diverged", "interrupted"]

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

    ``reporter``: hears of every segment and of what a person should know.
    """
    started = datetime.now(UTC)
    asked_for(config)
    _require_known_rate(config)
    _require_batches(config)
    require_fixed_potential(config)
    require_no_penalty(config, "for an ensemble, whose coordinates are those of the loss alone")
    require_jax(threads)
    config = find_or_train(config, Path(root), reporter, stop, threads)
    if stop():
        again = "the same command goes on with it"
        raise StoppedError(f"interrupted while the net was trained; {again}.")
    dataset = load_dataset(config)
    with numerical_settings():
        program = assemble.build_program(config, dataset)
        point, seen = _look(config, program, reporter)
        steps = record_steps(config, seen)
        require_room(config, seen, steps)
        starts = starts_of(config, point, seen)  # which refuses what cannot be, before a folder
        identity, rounding = identify(config, dataset), assemble.rounding_of(program)
        run = begin_run(config, dataset, identity, rounding, Path(root), started)
        with writing(run.folder.path):
            evolution = _Evolution(run, point, seen, starts, steps, reporter, stop, advanced)
            return evolution.follow()


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

    ``reporter``: hears of every segment and of what a person should know; ``stop``: asked after
    every segment whether to stop; ``threads``: the most that are used; ``advanced``: called with
    the steps that are done.
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
                point, seen = _look(run.config, program, reporter)
            starts = starts_of(run.config, point, seen)
            steps = record_steps(run.config, seen)
            evolution = _Evolution(run, point, seen, starts, steps, reporter, stop, advanced)
            return evolution.follow()


def _look(config: RunConfig, program: Program, reporter: Reporter) -> tuple[TrainedPoint, Seen]:
    """Return the net that an ensemble starts from, and what it is seen through."""
    point = trained_point(config, program)
    if is_irreversible(config):
        reporter.message(IRREVERSIBLE)
    return point, see(config, point, partial(pilot_of, config, point), reporter.message)


def _require_known_rate(config: RunConfig) -> None:
    """Raise ConfigError where training alone tells the learning rate at its end."""
    if isinstance(config.train.schedule, ReduceOnPlateau):
        raise ConfigError(
            "`train.schedule.kind`",
            "be one whose rate after so many epochs is known, for an ensemble",
            "is reduce_on_plateau",
            "train.schedule.kind=constant",
        )


def _require_batches(config: RunConfig) -> None:
    """Raise ConfigError for batches that change, at the end of shuffled epochs too."""
    if not isinstance(config.train.batching, FixedBatches):
        raise ConfigError(
            "`train.batching.kind`",
            "be fixed for an ensemble, whose replicas take steps of one process",
            f"is {config.train.batching.kind}",
            "train.batching.kind=fixed, with a train.batch that the rule has come to",
        )
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


class _Evolution:
    """An ensemble in progress."""

    def __init__(
        self,
        run: IdentifiedRun,
        point: TrainedPoint,
        seen: Seen,
        starts: np.ndarray,
        record_step: np.ndarray,
        reporter: Reporter,
        stop: Callable[[], bool],
        advanced: Advanced,
    ) -> None:
        self.run = run
        self.folder = run.folder
        self.reporter = reporter
        self.stop = stop
        self.advanced = advanced
        self.program = build_evolution(run.config, point, seen.directions, starts)
        self.records = records_of(run, point, seen, record_step)
        self.settle = partial(settled_theory, run.config, point, seen)
        self.record_step = record_step
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
            if self.provenance.status not in ENDED:  # its process was killed at the very end
                self._begin(done)
                self._record_end(self._outcome(done).status, 0.0)
            return self._outcome(done)
        self._begin(done)
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
            self._record_end(status, time.perf_counter() - started)
        return self._outcome(done)

    def _begin(self, done: int) -> None:
        """Write down that this process goes on with the ensemble after the steps ``done``."""
        self.provenance.begin_segment(first_step=done + 1, **facts_of_process(self.program))

    def _record_end(self, status: str, seconds: float) -> None:
        self.folder.note(f"{status} after step {self.stored}")
        self.provenance.end_segment(last_step=self.stored, seconds=round(seconds, 3), status=status)

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
            state, stored = self.program.run(state, first, last, self.due)
            self._collect(stored)
            done = last
            elapsed = time.perf_counter() - began
            is_due = time.monotonic() - checkpointed >= self.run.config.checkpoint.seconds
            if is_due or done == self.last or first == 0:
                self._checkpoint(state, done)
                checkpointed = time.monotonic()
            self.advanced(done, self.last)
            length = next_length(length, last - first + 1, elapsed)
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

    def _collect(self, stored: StoredRecords) -> None:
        """Take over what is due: whole records, of which none is cut."""
        replicas, due, coordinates = stored.positions.shape
        if due:
            positions = np.reshape(stored.positions, (replicas, due // 2, 2, coordinates))
            active = None if stored.active is None else np.asarray(stored.active)[:, ::2]
            self.records.append(positions, active)

    def _checkpoint(self, state: EvolutionState, done: int) -> None:
        """Make results and state safe, in this order: results beyond the state can be cut."""
        if done == self.last:
            self.records.facts.update(predictions(self.settle(flat_replicas(state))))
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
