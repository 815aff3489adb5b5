"""A run that goes on beyond its last epoch: what is asked before, and written when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import jax.numpy as jnp
import numpy as np

from nnuniverse.config import RunConfig, config_yaml, parse_config
from nnuniverse.errors import ConfigError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.algorithm import build_rate
from nnuniverse.experiments.reopen import IdentifiedRun, Tell
from nnuniverse.runs import Checkpoints, Provenance, replace_file
from nnuniverse.runs.extension import EXTENSIONS, Extension
from nnuniverse.runs.identity import config_identity, stored_config
from nnuniverse.training import Program, restore_state

INSTANTS = 4097
"""At which the learning rates of two lengths are compared; chosen empirically: a rate that depends
on the length does so nearly everywhere."""


@dataclass(frozen=True)
class Longer:
    """A run as it was, ``before``, and as it will be, ``after``, with more epochs."""

    before: IdentifiedRun
    after: IdentifiedRun

    def begin(self, program: Program, tell: Tell) -> IdentifiedRun:
        """Make the folder that of the longer run, whose ``program`` is given; return that run.

        Provenance first, which keeps what the run was, and then the config: a process that is
        killed before the config has its place leaves the run as it was, and one that is killed
        after it a run to resume, whose results and checkpoint are known to be an earlier state of
        it.  Raises ConfigError, before anything is written, if it cannot go on.

        ``tell``: takes what a person should know, as text.
        """
        epoch = self._epoch_to_go_on_from(program)
        _require_same_rates(self.before, self.after.config, epoch)
        _require_same_patience(self.before, self.after.config, epoch)
        _require_same_potentials(self.before)
        before, folder = self.before, self.before.folder
        extension = Extension(
            asked=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            epoch=epoch,
            epochs=self.after.config.train.epochs,
            extended_hash=self.after.config.hash(),
            config=stored_config(folder).model_dump(mode="json"),
            config_hash=before.config.hash(),
            run_hash=before.run_hash,
            identity=before.identity.record(),
        )
        extensions = (*before.extensions, extension)
        provenance = Provenance.read(folder.provenance)
        provenance.content |= before.header
        provenance.content[EXTENSIONS] = [step.record() for step in extensions]
        provenance.write()
        replace_file(folder.config, config_yaml(self.after.config).encode())
        text = f"extended from {before.config.train.epochs} to {extension.epochs} epochs"
        folder.note(f"{text}, after epoch {epoch}")
        self._tell_of_measured(provenance, program, tell)
        return replace(self.after, extensions=extensions)

    def _epoch_to_go_on_from(self, program: Program) -> int:
        """Return the epoch of the last checkpoint; raises ConfigError if there is none."""
        before = self.before
        shape = program.state_shape()
        checkpoints = Checkpoints(before.folder.path, *before.run_hashes)
        checkpoint = checkpoints.latest(
            before.config.train.epochs, lambda kept: restore_state(shape, kept.arrays)
        )
        subject, path = f"RUN {str(before.folder)!r}", before.folder.config
        if checkpoint is None:
            raise ConfigError(
                subject,
                "have a checkpoint to go on from",
                "has none",
                f"`nnu train {path} train.epochs={self.after.config.train.epochs}`, from its "
                "first epoch on, or `network.start` of a new run",
            )
        state = restore_state(shape, checkpoint.arrays)
        if not np.asarray(state.running).any():
            raise ConfigError(
                subject,
                "have a replica that goes on",
                "each has diverged or stopped early",
                f"`nnu train {path}` with another train.learning_rate or train.early_stopping",
            )
        return checkpoint.epoch

    def _tell_of_measured(self, provenance: Provenance, program: Program, tell: Tell) -> None:
        """Say what was measured after training, which the results of the longer run lack."""
        recorded = {variable.name for variable in program.schema.observables}
        entries = provenance.content.get("measured")
        names = [
            str(name)
            for entry in (entries if isinstance(entries, list) else [])
            for name in (entry.get("observables", []) if isinstance(entry, dict) else [])
        ]
        if lost := [name for name in dict.fromkeys(names) if name not in recorded]:
            text = f"{', '.join(lost)}, measured after training, has to be measured again"
            self.before.folder.note(text)
            tell(f"{text}: `nnu measure {self.before.folder}` at the end")


def longer_run(run: IdentifiedRun, epochs: int) -> Longer:
    """Return ``run`` with more ``epochs``; raises ConfigError if they are fewer, or not its own."""
    if epochs < run.config.train.epochs:
        raise ConfigError(
            "`train.epochs`",
            f"be at least the {run.config.train.epochs} of {str(run.folder)!r}",
            f"is {epochs}",
            f"train.epochs={2 * run.config.train.epochs}",
        )
    if run.folder.in_a_sweep:
        raise ConfigError(
            f"RUN {str(run.folder)!r}",
            "stay what its sweep asks for",
            f"is given {epochs} epochs",
            f"`nnu train CONFIG network.start={run.folder}`, or the sweep with more train.epochs",
        )
    train = run.config.train.model_copy(update={"epochs": epochs})
    config = run.config.model_copy(update={"train": train})
    identity = replace(run.identity, config=config_identity(config))
    return Longer(run, replace(run, config=config, identity=identity, run_hash=identity.run_hash))


def _require_same_rates(run: IdentifiedRun, longer: RunConfig, epoch: int) -> None:
    """Raise ConfigError unless the ``longer`` run has the learning rates of ``run`` so far."""
    instants = jnp.linspace(0.0, epoch, INSTANTS, dtype=jnp.float32)
    before, after = (build_rate(of).at(instants) for of in (run.config, longer))
    if not np.array_equal(before, after):
        raise ConfigError(
            "`train.schedule`",
            "not depend on train.epochs for a run to be given more of them",
            f"is {run.config.train.schedule.kind}, whose learning rate does",
            f"a new run with train.epochs={longer.train.epochs}, or one with "
            f"network.start={run.folder}",
        )


def _require_same_potentials(run: IdentifiedRun) -> None:
    """Raise ConfigError if the chemical potentials of ``run`` so far depend on its length."""
    grand = run.config.grand
    if grand is None or grand.final_chemical_potential in (None, grand.chemical_potential):
        return
    raise ConfigError(
        "`grand.final_chemical_potential`",
        "be that of the last epoch, whose number more epochs would change",
        f"is {grand.final_chemical_potential:g}",
        f"a new run with network.start={run.folder}",
    )


def _require_same_patience(run: IdentifiedRun, longer: RunConfig, epoch: int) -> None:
    """Raise ConfigError unless patience has counted the snapshots that the ``longer`` run has."""
    if longer.train.early_stopping.patience is None:
        return
    had = snapshots_of(run)
    has = assemble.snapshot_epochs(longer)
    if not np.array_equal(had[had <= epoch], has[has <= epoch]):
        raise ConfigError(
            "`train.early_stopping.patience`",
            "have counted the same snapshots in a run of more epochs",
            "their epochs depend on train.epochs",
            f"a new run with train.epochs={longer.train.epochs}, or observe.snapshots of kind "
            "fixed, at which the shorter run ends",
        )


def snapshots_of(run: IdentifiedRun) -> np.ndarray:
    """Return the epochs to measure ``run`` at: of each length the schedule that it had then."""
    stretches, behind = [], -1
    for extension in run.extensions:
        epochs = assemble.snapshot_epochs(parse_config(extension.config))
        stretches.append(epochs[(epochs > behind) & (epochs <= extension.epoch)])
        behind = extension.epoch
    epochs = assemble.snapshot_epochs(run.config)
    return np.concatenate([*stretches, epochs[epochs > behind]])
