"""One run from its first epoch to its last: program, folder, checkpoints, stops."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

import jax
import numpy as np

from nnuniverse.config import RunConfig, config_values, config_yaml, require_changeable
from nnuniverse.config.resuming import EPOCHS, may_change, override_key
from nnuniverse.counted import counted
from nnuniverse.errors import ConfigError, NNUniverseError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.begin import begin_run, facts_of_process
from nnuniverse.experiments.extend import longer_run, snapshots_of
from nnuniverse.experiments.forecast import snapshot_warning
from nnuniverse.experiments.reopen import IdentifiedRun, reopen_run, require_same_start
from nnuniverse.experiments.reservoir import turnover_facts
from nnuniverse.experiments.samples import identify, load_dataset
from nnuniverse.numerical_settings import numerical_settings, require_jax, user_says_devices
from nnuniverse.observables.weights import named_weights
from nnuniverse.processors import NO_LIMIT, usable_processors
from nnuniverse.runs import (
    Checkpoint,
    Checkpoints,
    FoundRun,
    Provenance,
    Results,
    RunFolder,
    newest_of_hash,
    open_run_folder,
)
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.identity import ATTRIBUTE, stored_config
from nnuniverse.runs.lock import writing
from nnuniverse.runs.lookup import ENDED
from nnuniverse.training import (
    NEVER,
    Program,
    Segment,
    TrainState,
    restore_state,
    segments,
    state_arrays,
)

Status = Literal["complete", "diverged", "interrupted"]


class Reporter(Protocol):
    """Somebody to tell how a run is going."""

    def begin(self, folder: RunFolder, program: Program, epochs: int, done: int) -> None:
        """The run starts, or goes on after ``done`` epochs.

        ``folder``: that of the run; ``program``: the compiled program of the run.
        """

    def message(self, text: str) -> None:
        """Something happened that a person should know.

        ``text``: in words.
        """

    def segment(self, segment: Segment) -> None:
        """A segment has been trained."""


class Silent:
    """Tells nobody."""

    def begin(self, *_: object) -> None:
        """Say nothing."""

    def message(self, text: str) -> None:
        """Say nothing.

        ``text``: is not told.
        """

    def segment(self, segment: Segment) -> None:
        """Say nothing.

        ``segment``: is not told.
        """


SILENT = Silent()


@dataclass(frozen=True)
class TrainingOutcome:
    """How a run ended: where it lies, its status, and at which epochs replicas did before its end.

    ``diverged``, ``stopped``: the epoch by the number of the replica.
    """

    folder: RunFolder
    status: Status
    epochs: int
    diverged: dict[int, int]
    stopped: dict[int, int]


def start_run(
    config: RunConfig,
    root: str | Path,
    reporter: Reporter = SILENT,
    stop: Callable[[], bool] = lambda: False,
    threads: int = NO_LIMIT,
    *,
    tell_earlier: bool = True,
) -> TrainingOutcome:
    """Train a new run in a new folder under ``root``.

    ``config``: that of the run, whole.  ``root``: the folder of runs.  ``reporter`` hears how it
    goes, by default nobody.  ``stop`` is asked after every segment; if it says so, the run is
    checkpointed and can be resumed.  ``threads``: the most to use.  ``tell_earlier``: whether
    ``reporter`` hears of an earlier run of the same.

    JAX, if this starts it, starts no more of them than training keeps busy, and has no more later.
    Returns the folder, the status, the last epoch, and at which epochs replicas diverged or
    stopped.  Raises ConfigError, DataError or RunError.

    >>> outcome = nnuniverse.start_run(run.config, "runs")
    >>> outcome.status, outcome.epochs, outcome.diverged
    ('complete', 6, {})
    """
    _require_training(config)
    started = datetime.now(UTC)
    dataset = load_dataset(config)
    require_jax(min(threads, assemble.busy_threads(config, dataset)))
    with numerical_settings():
        program = assemble.build_program(config, dataset)
        if program.start:
            program.start()  # which refuses what does not fit before there is a folder
        identity = identify(config, dataset)
        if identity.extensions:
            _ = program.lowered  # calls what packages declare, which may fail, likewise
        earlier = newest_of_hash(Path(root), identity.run_hash) if tell_earlier else None
        if earlier is not None:
            reporter.message(_run_already(earlier))
        rounding = assemble.rounding_of(program)
        run = begin_run(config, dataset, identity, rounding, Path(root), started)
        with writing(run.folder.path):
            return _Run(run, program, reporter, stop, threads).train()


def resume_run(
    path: str | Path,
    reporter: Reporter = SILENT,
    stop: Callable[[], bool] = lambda: False,
    config: RunConfig | None = None,
    overrides: tuple[str, ...] = (),
    threads: int = NO_LIMIT,
) -> TrainingOutcome:
    """Continue the run in the folder ``path`` from its last checkpoint.

    The results are bit-identical to those of a run that was never stopped, on the same machine
    and with the same versions.  A run that has ended stays as it is, unless it is given more
    epochs: then it goes on, bit-identical to a run of so many in one go.

    ``path``: of the run folder.  ``reporter``: hears of every segment and of what a person should
    know.  ``stop``: asked after every segment whether to stop.  ``config``: if given, it must be
    the run's, but for what may change: train.epochs, if larger, checkpoint.* and where files lie.
    ``overrides``: of the same keys, without a config; they become part of the run's config.
    ``threads``: the most to use.

    Returns how it ended, as `start_run` does.  Raises ConfigError, DataError or RunError.

    >>> nnuniverse.resume_run(run.folder).status
    'complete'
    """
    require_changeable(overrides)
    folder = open_run_folder(path)
    with writing(folder.path):
        if config is not None:
            overrides += _differences(config, stored_config(folder), folder)
        kept = tuple(text for text in overrides if override_key(text) != EPOCHS)
        epochs = stored_config(folder, overrides).train.epochs
        run = reopen_run(folder.path, reporter.message, kept)
        longer = longer_run(run, epochs) if epochs != run.config.train.epochs else None
        parts = run.rounding.batch_parts if run.rounding else None
        busy = assemble.busy_threads(run.config, run.dataset, parts)
        require_jax(min(threads, busy))
        with numerical_settings():
            lasting = longer.after if longer else run
            program = assemble.build_program(lasting.config, run.dataset, run.rounding)
            if longer:
                run = longer.begin(program, reporter.message)
            elif kept:
                replace_file(run.folder.config, config_yaml(run.config).encode())
            if kept:
                run.folder.note(f"goes on with {', '.join(kept)}")
            return _Run(run, program, reporter, stop, threads).train()


def _require_training(config: RunConfig) -> None:
    if config.evolve is not None:
        raise ConfigError(
            "`evolve`",
            "be left out of the config of a training",
            "asks for an ensemble",
            "`nnu evolve` with the config, which trains its net first, or evolve=null",
        )


def _run_already(earlier: FoundRun) -> str:
    """Say that a config has been run before."""
    if earlier.ended:
        return f"this config has been run already: {earlier.folder}; training it again"
    return (
        f"this config has been begun already: {earlier.folder}; `nnu train --resume` with it goes "
        "on there, and this is a new run"
    )


def _note_devices(program: Program, threads: int, folder: RunFolder) -> None:
    """Write into the log if JAX had started with fewer devices than replicas could have had."""
    wanted = min(threads, usable_processors(), len(program.seeds))
    there = len(program.devices)
    if jax.default_backend() == "cpu" and there < wanted and not user_says_devices():
        folder.note(f"JAX had started with {there} of {wanted} devices; replicas take turns")


def _differences(config: RunConfig, stored: RunConfig, folder: RunFolder) -> tuple[str, ...]:
    """Return what may change and does, as overrides; raises ConfigError if more differs."""
    given, kept = config_values(config), config_values(stored)
    different = [key for key in {**kept, **given} if given.get(key) != kept.get(key)]
    for key in different:
        if not may_change(key):
            raise ConfigError(
                f"`{key}`",
                f"stay {kept.get(key)!r} to resume {str(folder)!r}",
                f"is {given.get(key)!r}",
                "`nnu train --resume RUN` without a config, or a new run",
            )
    return tuple(f"{key}={json.dumps(given.get(key))}" for key in different)


class _Run:
    """A run in progress."""

    def __init__(
        self,
        run: IdentifiedRun,
        program: Program,
        reporter: Reporter,
        stop: Callable[[], bool],
        threads: int,
    ) -> None:
        self.threads = threads
        self.run = run
        self.config = run.config
        self.snapshots = snapshots_of(run)
        self.program = program
        self.folder = run.folder
        self.provenance = Provenance.read(run.folder.provenance)
        rounding = assemble.rounding_of(program).record()
        self.header = {**run.header, **rounding}
        self.reporter = reporter
        self.stop = stop
        self.stored_epoch = 0
        self.checkpoints = Checkpoints(run.folder.path, *run.run_hashes)
        self.results = Results(
            run.config.seeds,
            program.schema,
            {
                "title": f"nnuniverse run {run.config.name}",
                "network": str(program.settings.architecture),
                "run_hash": run.run_hash,
                "config_hash": run.config.hash(),
                ATTRIBUTE: json.dumps(run.identity.record()),
                **rounding,
                **turnover_facts(run.config),
            },
        )

    def train(self) -> TrainingOutcome:
        """Train from wherever the run is to its end, or until asked to stop."""
        state, epoch, first = self._restore()
        self.provenance.describe(self.header)
        if epoch == self.config.train.epochs or self.results.ended.all():
            self.reporter.message(f"already complete: {self.folder}")
            if self.provenance.status not in ENDED:  # its process was killed at the very end
                self._begin(epoch)
                self._record_end(self._outcome(epoch).status, 0.0)
            return self._outcome(epoch)
        self._begin(epoch)
        if first == 0 and (warning := snapshot_warning(self.config, self.program)):
            self._tell(warning)
        self.folder.note(f"training from epoch {epoch + 1}")
        _note_devices(self.program, self.threads, self.folder)
        started = time.perf_counter()
        status: str = "failed"
        try:
            self.reporter.begin(self.folder, self.program, self.config.train.epochs, epoch)
            epoch = self._train_segments(state, epoch, first)
            status = self._outcome(epoch).status
        except NNUniverseError as error:
            self.folder.note(str(error))
            raise
        finally:
            self._record_end(status, time.perf_counter() - started)
        return self._outcome(epoch)

    def _begin(self, epoch: int) -> None:
        """Write down that and how this process goes on with the run after ``epoch`` epochs."""
        self.stored_epoch = epoch
        self.provenance.begin_segment(first_epoch=epoch + 1, **facts_of_process(self.program))

    def _train_segments(self, state: TrainState, epoch: int, first: int) -> int:
        checkpointed = time.monotonic()
        if self.stop():
            return epoch
        epochs = self.config.train.epochs
        for segment in segments(self.program, state, first, epochs, self.snapshots):
            ends = self._collect(segment)
            epoch = segment.last
            stopping = self.stop()
            ended = epoch == self.config.train.epochs or self.results.ended.all()
            due = time.monotonic() - checkpointed >= self.config.checkpoint.seconds
            if stopping or ended or due or segment.first == first:
                self._checkpoint(segment)
                checkpointed = time.monotonic()
            # What is safe is told, not the other way round: who listens may be gone.
            for text in ends:
                self._tell(text)
            self.reporter.segment(segment)
            if stopping:
                break
        return epoch

    def _restore(self) -> tuple[TrainState, int, int]:
        """Return the state to continue from, the epochs behind it, and the first one to visit."""
        checkpoint = self.checkpoints.latest(
            self.config.train.epochs,
            lambda kept: restore_state(self.program.state_shape(), kept.arrays),
        )
        for name in self.checkpoints.damaged:
            self._tell(f"{name} is damaged; continuing from the checkpoint before it")
        if checkpoint is None:
            require_same_start(self.run)
            return self.program.initial_state(), 0, 0
        self.results.read_back(self.folder.results, checkpoint.epoch)
        state = restore_state(self.program.state_shape(), checkpoint.arrays)
        return state, checkpoint.epoch, checkpoint.epoch + 1

    def _collect(self, segment: Segment) -> list[str]:
        """Take over the results of a segment; return what is to be told of replicas that ended."""
        before = self.results.ended
        self.results.append(
            segment.of_epochs,
            segment.snapshots,
            segment.observables,
            segment.diverged_epoch,
            segment.stopped_epoch,
        )
        return [
            self._end_of(int(replica)) for replica in np.flatnonzero(self.results.ended & ~before)
        ]

    def _end_of(self, replica: int) -> str:
        """Say when a replica has stopped, and why; of one that diverged, its last finite loss."""
        name = f"replica {replica} (seed {self.config.seeds[replica]})"
        if (epoch := int(self.results.stopped_epoch[replica])) != NEVER:
            stopping = self.config.train.early_stopping
            return (
                f"{name} stopped after epoch {epoch}: no better {stopping.observable} "
                f"for {counted(stopping.patience or 0, 'snapshot')}"
            )
        epoch = int(self.results.diverged_epoch[replica])
        text = f"{name} diverged in epoch {epoch} and has been stopped"
        if epoch == 1:
            return f"{text}, untrained"
        loss = self.results.running_loss(replica, epoch - 1)
        return f"{text}; its running loss was {loss:.4g} in epoch {epoch - 1}"

    def _checkpoint(self, segment: Segment) -> None:
        """Make results and state safe, in this order: results beyond the state can be cut."""
        parameters = self.program.parameters(segment.state)
        named = named_weights(self.program.settings.architecture, parameters)
        weights = {name: np.asarray(array) for name, array in named.items()}
        self.results.write(self.folder.results, weights)
        self.checkpoints.save(Checkpoint(segment.last, state_arrays(segment.state)))
        self.stored_epoch = segment.last

    def _record_end(self, status: str, seconds: float) -> None:
        epoch = self.stored_epoch
        self.folder.note(f"{status} after epoch {epoch}")
        self.provenance.end_segment(last_epoch=epoch, seconds=round(seconds, 3), status=status)

    def _tell(self, text: str) -> None:
        self.folder.note(text)
        self.reporter.message(text)

    def _outcome(self, epoch: int) -> TrainingOutcome:
        diverged, stopped = (
            {int(replica): int(epochs[replica]) for replica in np.flatnonzero(epochs != NEVER)}
            for epochs in (self.results.diverged_epoch, self.results.stopped_epoch)
        )
        ended = epoch == self.config.train.epochs or self.results.ended.all()
        status: Status = "interrupted" if not ended else "diverged" if diverged else "complete"
        return TrainingOutcome(self.folder, status, epoch, diverged, stopped)
