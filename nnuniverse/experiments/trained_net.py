"""The trained net that an ensemble is restarted from: stored by a run, or trained first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import h5py
import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.config.evolve import EvolveConfig
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.chosen_nets import nearest_snapshot
from nnuniverse.experiments.samples import NET_OF_ENSEMBLE as KEY
from nnuniverse.experiments.samples import identify, load_dataset
from nnuniverse.experiments.train import Reporter, resume_run, start_run
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.propagation import Trainable
from nnuniverse.precision import as_float64
from nnuniverse.runs import RunRecord, newest_of_hash, open_results, read_run, stored_weights


def find_or_train(
    config: RunConfig,
    root: Path,
    reporter: Reporter,
    stop: Callable[[], bool],
    threads: int,
) -> RunConfig:
    """Return ``config`` with `evolve.run`, the run of its own net: the newest there is, or a new.

    It stays as it is where that is given, or the untrained net is asked for.  One that has been
    begun is gone on with.  Its neurons stay, whether or not those of the ensemble do.  Raises as
    training does; RunError if it ends before its last epoch.

    ``root``: folder of the runs; ``reporter``: hears of every segment and of what a person should
    know; ``stop``: asked after every segment whether to stop; ``threads``: the most that are used.
    """
    asked = asked_for(config)
    if asked.run is not None or asked.snapshot == 0:
        return config
    of_net = {"name": f"{config.name[:60]}-net", "evolve": None, "grand": None, "replicas": 1}
    alone = config.model_copy(update=of_net)
    found = newest_of_hash(root, identify(alone, load_dataset(alone)).run_hash)
    if found is None:
        reporter.message("training the net first")
        folder = start_run(alone, root, reporter, stop, threads).folder
    elif found.ended:
        folder = found.folder
    else:
        reporter.message(f"going on with the training of the net: {found.folder}")
        folder = resume_run(found.folder.path, reporter, stop, threads=threads).folder
    path = str(folder.path.absolute())
    return config.model_copy(update={"evolve": asked.model_copy(update={"run": path})})


def asked_for(config: RunConfig) -> EvolveConfig:
    """Return the `evolve` section; raises ConfigError if there is none.

    ``config``: that of the run, whole.
    """
    if config.evolve is None:
        raise ConfigError(
            "CONFIG", "have an `evolve` section", "has none", "`nnu evolve` with evolve.members=256"
        )
    return config.evolve


class TrainedNet(NamedTuple):
    """Weights and biases, in float64, with all inputs; and after how many ``epochs``."""

    parameters: Trainable
    epochs: int


def trained_net(config: RunConfig, architecture: Architecture) -> TrainedNet:
    """Return the net that `evolve` asks for.

    Raises ConfigError if the run or snapshot is not there, has diverged or is of another net,
    RunError if it did not keep those weights.

    ``config``: that of the run, whole; ``architecture``: the neurons and what connects them.
    """
    asked = asked_for(config)
    with jax.enable_x64(True):
        if asked.run is None:
            drawn = assemble.untrained_net(config, architecture)
            exact = as_float64(drawn)
            return TrainedNet(exact, 0)
        record = _record_of(asked.run, config, architecture)
        with open_results(asked.run) as file:
            stored = assemble.stored_parameters(
                lambda name: jnp.asarray(_stored_array(file, record, name, asked)), architecture
            )
    last = int(record.trained_epochs[asked.replica])
    return TrainedNet(stored, last if asked.snapshot == "last" else asked.snapshot)


def _record_of(path: str, config: RunConfig, architecture: Architecture) -> RunRecord:
    record = read_run(path)
    if record.is_ensemble:
        raise ConfigError(f"`{KEY}`", "be a run of `nnu train`", "is an ensemble", "its own net")
    _require_fixed_neurons(config, record)
    _require_net(record, architecture, asked_for(config))
    return record


def _require_fixed_neurons(config: RunConfig, record: RunRecord) -> None:
    """Raise ConfigError if neurons came and went in ``record``, and shall go on doing so.

    No weights of its dormant neurons are stored.
    """
    if config.grand is not None and record.config.grand is not None:
        raise ConfigError(
            f"`{KEY}`",
            "be of a net whose neurons stayed, which are those that are active at first",
            f"is {record.name}, where they came and went",
            f"{KEY}=null",
        )


def _stored_array(file: h5py.File, record: RunRecord, name: str, asked: EvolveConfig) -> np.ndarray:
    if asked.snapshot == "last":
        stored: np.ndarray = stored_weights(file, name)[asked.replica]
        return stored.astype(np.float64)
    kept = f"snapshot_{name}"
    epochs = file["snapshot"][()]
    if kept not in file:
        raise RunError(
            f"the run {record.name}",
            "have kept the weights of snapshots",
            "kept those after the last epoch only",
            "a run with observe.weights=snapshots, or evolve.snapshot=last",
        )
    if asked.snapshot not in epochs:
        nearest = nearest_snapshot(epochs, asked.snapshot)
        raise ConfigError(
            "`evolve.snapshot`",
            f"be a snapshot of {record.name}",
            f"is {asked.snapshot}",
            f"evolve.snapshot={nearest}",
        )
    place = int(np.flatnonzero(epochs == asked.snapshot)[0])
    at_snapshot: np.ndarray = stored_weights(file, kept)[asked.replica, place]
    return at_snapshot.astype(np.float64)


def _require_net(record: RunRecord, architecture: Architecture, asked: EvolveConfig) -> None:
    """Raise ConfigError unless the run has the replica, undiverged, of that architecture."""
    if not asked.replica < record.replicas:
        raise ConfigError(
            "`evolve.replica`",
            f"be one of 0 .. {record.replicas - 1} of {record.name}",
            f"is {asked.replica}",
            "evolve.replica=0",
        )
    if record["diverged_epoch"][asked.replica] >= 0:
        raise ConfigError(
            "`evolve.replica`",
            f"be one of {record.name} that has not diverged",
            f"is {asked.replica}, which has",
            "another",
        )
    if record.attributes.get("network") != str(architecture):
        raise ConfigError(
            f"`{KEY}`",
            f"be of a {architecture}, as the config's net",
            f"is of a {record.attributes.get('network')}",
            f"`nnu evolve {asked.run}`",
        )
