"""One run from its first epoch to its last: program, folder, checkpoints, stops."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import jax
import numpy as np

from nnuniverse import assemble, datasets
from nnuniverse.config import RunConfig, config_yaml, load_config
from nnuniverse.errors import ConfigError, NNUniverseError, must
from nnuniverse.numerical_settings import pinned
from nnuniverse.observables.weights import named_weights
from nnuniverse.runs import (
    Checkpoint,
    Checkpoints,
    Provenance,
    Results,
    RunFolder,
    create_run_folder,
    open_run_folder,
)
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.lock import writing
from nnuniverse.training import (
    MATMUL_PRECISION,
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
        """The run starts, or goes on after ``done`` epochs."""

    def message(self, text: str) -> None:
        """Something happened that a person should know."""

    def segment(self, segment: Segment) -> None:
        """A segment has been trained."""


class Silent:
    """Tells nobody."""

    def begin(self, *_: object) -> None:
        """Say nothing."""

    def message(self, text: str) -> None:
        """Say nothing."""

    def segment(self, segment: Segment) -> None:
        """Say nothing."""


SILENT = Silent()


@dataclass(frozen=True)
class Outcome:
    """How a run ended: where it lies, its status, and the epoch that each replica diverged at."""

    folder: RunFolder
    status: Status
    epochs: int
    diverged: dict[int, int]


@pinned
def start_run(
    config: RunConfig,
    root: Path,
    reporter: Reporter = SILENT,
    stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train a new run in a new folder under ``root``.

    ``reporter`` hears how it goes, by default nobody.  ``stop`` is asked after every segment; if
    it says so, the run is checkpointed and can be resumed.  Raises ConfigError, DataError or
    RunError.
    """
    started = datetime.now(UTC)
    dataset = datasets.load_dataset(config)
    program = assemble.build_program(config, dataset)
    run_hash = datasets.run_hash(config, dataset)
    folder = create_run_folder(root, config.name, run_hash, started)
    with writing(folder.path):
        replace_file(folder.config, config_yaml(config).encode())
        provenance = Provenance.create(
            folder.provenance,
            run_hash=run_hash,
            config_hash=config.hash(),
            family_hash=datasets.family_hash(config, dataset),
            seeds=list(config.seeds),
            data={"name": dataset.name, "fingerprint": dataset.fingerprint},
        )
        return _Run(config, program, folder, run_hash, provenance, reporter, stop).train()


@pinned
def resume_run(
    path: Path,
    reporter: Reporter = SILENT,
    stop: Callable[[], bool] = lambda: False,
    config: RunConfig | None = None,
) -> Outcome:
    """Continue the run in the folder ``path`` from its last checkpoint.

    The results are bit-identical to those of a run that was never stopped, on the same machine
    and with the same versions.  ``config``, if given, must be the run's.  A run that has ended
    stays as it is.  Raises ConfigError, DataError or RunError.
    """
    folder = open_run_folder(path)
    stored = load_config(folder.config)
    if config is not None:
        _require_same(config, stored, folder)
    dataset = datasets.load_dataset(stored)
    run_hash = datasets.run_hash(stored, dataset)
    with writing(folder.path):
        provenance = Provenance.read(folder.provenance)
        if provenance.content.get("run_hash", run_hash) != run_hash:
            raise ConfigError(
                must(
                    f"the data or config of {str(path)!r}",
                    "be those that the run was started with",
                    "has changed since",
                    "restoring them, or a new run",
                )
            )
        program = assemble.build_program(stored, dataset)
        return _Run(stored, program, folder, run_hash, provenance, reporter, stop).train()


def _require_same(config: RunConfig, stored: RunConfig, folder: RunFolder) -> None:
    given, kept = _flatten(config.model_dump(mode="json")), _flatten(stored.model_dump(mode="json"))
    for key in [*kept, *given]:
        if given.get(key) != kept.get(key):
            raise ConfigError(
                must(
                    f"`{key}`",
                    f"stay {kept.get(key)!r} to resume {str(folder)!r}",
                    f"is {given.get(key)!r}",
                    "`nnu train --resume RUN` without a config, or a new run",
                )
            )


def _flatten(mapping: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in mapping.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


class _Run:
    """A run in progress."""

    def __init__(
        self,
        config: RunConfig,
        program: Program,
        folder: RunFolder,
        run_hash: str,
        provenance: Provenance,
        reporter: Reporter,
        stop: Callable[[], bool],
    ) -> None:
        self.config = config
        self.program = program
        self.folder = folder
        self.provenance = provenance
        self.reporter = reporter
        self.stop = stop
        self.checkpoints = Checkpoints(folder.path, run_hash)
        self.results = Results(
            seeds=config.seeds,
            axes=assemble.result_axes(program),
            running_losses=assemble.running_loss_variables(program),
            observables=assemble.observable_variables(program),
            weights=assemble.weight_variables(program),
            attributes={
                "title": f"nnuniverse run {config.name}",
                "network": str(program.settings.architecture),
                "run_hash": run_hash,
                "config_hash": config.hash(),
            },
        )

    def train(self) -> Outcome:
        """Train from wherever the run is to its end, or until asked to stop."""
        state, epoch, first = self._restore()
        if epoch == self.config.train.epochs or self._all_diverged():
            self.reporter.message(f"already complete: {self.folder}")
            return self._outcome(epoch)
        self.provenance.begin_segment(
            first_epoch=epoch + 1,
            device=str(jax.devices()[0].device_kind),
            devices=len(self.program.sharding.devices),
            backend=jax.default_backend(),
            compiler_options=self.program.compiler_options,
            matmul_precision=MATMUL_PRECISION,
        )
        self.folder.note(f"training from epoch {epoch + 1}")
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
            self._record_end(status, epoch, time.perf_counter() - started)
        return self._outcome(epoch)

    def _train_segments(self, state: TrainState, epoch: int, first: int) -> int:
        checkpointed = time.monotonic()
        snapshots = assemble.snapshot_epochs(self.config)
        if self.stop():
            return epoch
        for segment in segments(self.program, state, first, self.config.train.epochs, snapshots):
            self._collect(segment)
            self.reporter.segment(segment)
            epoch = segment.last
            stopping = self.stop()
            ended = epoch == self.config.train.epochs or self._all_diverged()
            due = time.monotonic() - checkpointed >= self.config.checkpoint.seconds
            if stopping or ended or due or segment.first == first:
                self._checkpoint(segment)
                checkpointed = time.monotonic()
            if stopping:
                break
        return epoch

    def _restore(self) -> tuple[TrainState, int, int]:
        """Return the state to continue from, the epochs behind it, and the first one to visit."""
        checkpoint = self.checkpoints.latest()
        for name in self.checkpoints.damaged:
            self._tell(f"{name} is damaged; continuing from the checkpoint before it")
        if checkpoint is None:
            return self.program.initial_state(), 0, 0
        self.results.read_back(self.folder.results, checkpoint.epoch)
        state = restore_state(self.program.state_shape(), checkpoint.arrays)
        return state, checkpoint.epoch, checkpoint.epoch + 1

    def _collect(self, segment: Segment) -> None:
        before = self.results.diverged_epoch
        self.results.append(
            segment.running_losses,
            segment.snapshots,
            segment.observables,
            segment.diverged_epoch,
        )
        for replica in np.flatnonzero(self.results.diverged_epoch != before):
            self._tell(
                f"replica {replica} (seed {self.config.seeds[replica]}) diverged in epoch "
                f"{self.results.diverged_epoch[replica]} and has been stopped"
            )

    def _checkpoint(self, segment: Segment) -> None:
        """Make results and state safe, in this order: results beyond the state can be cut."""
        parameters = self.program.parameters(segment.state)
        weights = {name: np.asarray(array) for name, array in named_weights(parameters).items()}
        self.results.write(self.folder.results, weights)
        self.checkpoints.save(Checkpoint(segment.last, state_arrays(segment.state)))

    def _record_end(self, status: str, epoch: int, seconds: float) -> None:
        self.folder.note(f"{status} after epoch {epoch}")
        self.provenance.end_segment(last_epoch=epoch, seconds=round(seconds, 3), status=status)

    def _tell(self, text: str) -> None:
        self.folder.note(text)
        self.reporter.message(text)

    def _all_diverged(self) -> bool:
        return bool((self.results.diverged_epoch != NEVER).all())

    def _outcome(self, epoch: int) -> Outcome:
        diverged = {
            int(replica): int(self.results.diverged_epoch[replica])
            for replica in np.flatnonzero(self.results.diverged_epoch != NEVER)
        }
        ended = epoch == self.config.train.epochs or self._all_diverged()
        status: Status = "interrupted" if not ended else "diverged" if diverged else "complete"
        return Outcome(self.folder, status, epoch, diverged)
