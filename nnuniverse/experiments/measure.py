"""Measuring a finished run again, from the weights that it kept at every snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.counted import counted
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.reopen import Tell, reopen_run, tell_nobody
from nnuniverse.nets import take_measurement
from nnuniverse.networks.active_masks import ActiveMask
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import pinned
from nnuniverse.observables import Samples, select_observables
from nnuniverse.precision import in_float64
from nnuniverse.runs import Provenance, RunFolder, open_results, open_run_folder, stored_weights
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.lock import writing
from nnuniverse.runs.results import ends_of_replicas, missing_at
from nnuniverse.runs.schema import extended_image
from nnuniverse.threads import single_threaded_blas
from nnuniverse.training import Program


@dataclass(frozen=True)
class Addition:
    """What was added to a run: the names of the observables, for how many snapshots."""

    folder: RunFolder
    observables: tuple[str, ...]
    snapshots: int


@pinned
def measure_run(path: str | Path, names: Sequence[str] = (), tell: Tell = tell_nobody) -> Addition:
    """Add observables to the finished run in the folder ``path``.

    They are computed at every snapshot by the code that measures during training, from the weights
    kept there; what an observable is, such as the n of C_n, is the run's config.

    ``path``: of the run folder.  ``names``: of the observables; without names, all that it has not
    recorded.  ``tell``: hears what a person should know.

    Returns the folder, the names that were added and the number of snapshots.  Raises ConfigError
    for a run that has not ended or kept no weights at snapshots, or a name that is none; DataError
    for samples that are no longer those of the run; RunError for a folder that cannot be written.

    >>> added = nnuniverse.measure_run(run.folder, ["mu3"])
    >>> added.observables, added.snapshots
    (('mu3',), 4)
    """
    folder = open_run_folder(path)
    with writing(folder.path):
        run = reopen_run(folder.path, tell)
        with open_results(folder.results) as file:
            _require_finished(file, run.config, folder)
            _require_weights(file, folder)
            present = set(file)
        _require_new(names, present, folder)
        program = assemble.build_program(run.config, run.dataset)
        chosen = select_observables(names or None, program.settings, "OBSERVABLE")
        chosen = [observable for observable in chosen if observable.name not in present]
        program = replace(program, observables=chosen)
        added = tuple(observable.name for observable in chosen)
        for observable in chosen:
            if caution := observable.attributes(program.settings).get("caution"):
                tell(str(caution))
        with open_results(folder.results) as file:
            snapshots = len(file["snapshot"])
            measured = _measure(file, program) if added else {}
        if added:
            schema = program.schema
            variables = [(v, measured[v.name]) for v in schema.observables]
            image = extended_image(folder.results.read_bytes(), schema.axes, variables)
            replace_file(folder.results, image, "freeing space, then the same again")
            provenance = Provenance.read(folder.provenance)
            provenance.describe(run.header)
            provenance.add_measurement(observables=list(added), snapshots=snapshots)
            folder.note(f"measured {', '.join(added)} at {counted(snapshots, 'snapshot')}")
    return Addition(folder, added, snapshots)


def _require_finished(file: h5py.File, config: RunConfig, folder: RunFolder) -> None:
    epochs = len(file["epoch"])
    diverged, stopped = ends_of_replicas(file)
    if epochs < config.train.epochs and ((diverged < 0) & (stopped < 0)).any():
        raise RunError(
            f"the run {str(folder)!r}",
            "be finished",
            f"holds {epochs} of {config.train.epochs} epochs",
            f"`nnu train --resume {folder}` first",
        )


def _require_weights(file: h5py.File, folder: RunFolder) -> None:
    if "snapshot_weights_1" not in file and "snapshot_weights" not in file:
        raise RunError(
            f"the run {str(folder)!r}",
            "have kept its weights at every snapshot",
            "kept the last ones only",
            "a new run with observe.weights=snapshots",
        )


def _require_new(names: Sequence[str], present: set[str], folder: RunFolder) -> None:
    for name in names:
        if name in present:
            raise ConfigError(
                f"OBSERVABLE {name!r}",
                f"be new to {str(folder)!r}",
                "is recorded there already",
                "`nnu measure RUN` for all that are not",
            )


@in_float64
def _measure(file: h5py.File, program: Program) -> dict[str, np.ndarray]:
    """Return the observables of ``program``, (replica, snapshot, ...), NaN where missing."""

    def measure(
        parameters: Trainable, mask: ActiveMask | None, train: Samples, test: Samples
    ) -> dict[str, jax.Array]:
        def one(net: tuple[Trainable, ActiveMask | None]) -> dict[str, jax.Array]:
            parameters, mask = net
            measurement = take_measurement(program.settings, parameters, train, test, mask)
            return {
                observable.name: observable.measure(measurement).astype(observable.dtype)
                for observable in program.observables
            }

        return jax.lax.map(one, (parameters, mask))

    compiled = jax.jit(measure, compiler_options=program.compiler_options)
    snapshots = file["snapshot"][()]
    replicas: list[dict[str, np.ndarray]] = []
    for replica, missing in enumerate(missing_at(snapshots, *ends_of_replicas(file))):
        parameters = _weights(file, program, replica, missing)
        mask = _mask(file, program, replica)
        with single_threaded_blas():
            measured = compiled(parameters, mask, program.train, program.test)
            replicas.append(
                {name: _without(np.asarray(values), missing) for name, values in measured.items()}
            )
    return {name: np.stack([values[name] for values in replicas]) for name in replicas[0]}


def _weights(file: h5py.File, program: Program, replica: int, missing: np.ndarray) -> Trainable:
    """Return the weights of a replica at all snapshots; zeros where it had diverged."""

    def read(name: str) -> jax.Array:
        return jax.device_put(_without(stored_weights(file, name)[replica], missing, 0.0))

    return assemble.stored_parameters(read, program.settings.architecture, "snapshot_")


def _mask(file: h5py.File, program: Program, replica: int) -> ActiveMask | None:
    """Return which neurons of a replica were active, (snapshot, n_l) per layer; None: all were."""
    if program.turnover is None:
        return None
    hidden = range(1, len(program.turnover.begun.sizes) - 1)
    return tuple(jnp.asarray(file[f"mask_{l}"][replica] == 1.0) for l in hidden)


def _without(values: np.ndarray, missing: np.ndarray, instead: float = np.nan) -> np.ndarray:
    values = values.copy()
    values[missing] = instead
    return values
