"""What a run folder holds, read at once: for everything that comes after training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.counted import counted
from nnuniverse.errors import RunError
from nnuniverse.runs.folder import RunFolder, open_run_folder
from nnuniverse.runs.identity import require_recorded_config, stored_config
from nnuniverse.runs.provenance import Provenance, segments_of
from nnuniverse.runs.results import (
    DIVERGED_EPOCH,
    STOPPED_EPOCH,
    damaged_results,
    is_ensemble,
    open_results,
)
from nnuniverse.runs.schema import read_variable
from nnuniverse.runs.whole import FOREIGN

ACTIVE_NEURONS = "active_neurons"
"""Variable of runs whose neurons come and go: of each hidden layer, after each epoch."""

HIDDEN_AT_FIRST = "hidden_at_first"
"""Attribute of theirs: the same before the first."""


@dataclass(frozen=True)
class Recorded:
    """A variable of ``results.h5``: NaN where missing; coordinates have their own name as dims."""

    values: np.ndarray
    dims: tuple[str, ...]
    attributes: Mapping[str, object]


@dataclass(frozen=True, repr=False)
class RunRecord:
    """A run as recorded so far, without the weights.

    ``name``: the run's id, ``<name>/<time>-<hash>``; ``attributes``: of the whole file;
    ``variables``: by name, coordinates included.
    """

    name: str
    folder: RunFolder
    config: RunConfig
    provenance: Mapping[str, object]
    attributes: Mapping[str, object]
    variables: Mapping[str, Recorded]

    def __contains__(self, name: str) -> bool:
        return name in self.variables

    def __getitem__(self, name: str) -> np.ndarray:
        """Return the values of the variable ``name``; raises RunError if it was not recorded."""
        return self.variable(name).values

    def variable(self, name: str) -> Recorded:
        """Return the variable ``name``; raises RunError if it was not recorded."""
        if name not in self.variables:
            raise RunError(
                f"the run {self.name}",
                f"have recorded `{name}`",
                "holds only " + ", ".join(self.over("replica")),
                f"a run whose observe.observables names {name}; observe.observables=all names "
                "most of this package's, and none of others",
            )
        return self.variables[name]

    def over(self, *dims: str) -> list[str]:
        """Return the names of the variables whose dimensions begin with ``dims``."""
        return [
            name
            for name, variable in self.variables.items()
            if variable.dims[: len(dims)] == dims and variable.dims != (name,)
        ]

    @property
    def replicas(self) -> int:
        """Number of replicas."""
        return len(self["replica" if self.is_ensemble else "seed"])

    @property
    def is_ensemble(self) -> bool:
        """Whether it is an ensemble that `nnu evolve` made, with records in place of epochs."""
        return is_ensemble(self.attributes)

    @property
    def epochs(self) -> int:
        """Number of epochs recorded."""
        return len(self["epoch"])

    @property
    def stopped_epoch(self) -> np.ndarray:
        """After which epoch each replica was no longer trained, -1 if at the last, (replica,)."""
        if STOPPED_EPOCH.name in self:
            return self[STOPPED_EPOCH.name]
        return np.full(self.replicas, -1)

    @property
    def trained_epochs(self) -> np.ndarray:
        """The epochs after which each replica was no longer trained, or at its last, (replica,)."""
        stopped = self.stopped_epoch
        return np.where(stopped >= 0, stopped, self.epochs)

    @property
    def ended(self) -> np.ndarray:
        """Which replicas have diverged, or stopped before the last epoch, (replica,)."""
        return (self[DIVERGED_EPOCH.name] >= 0) | (self.stopped_epoch >= 0)

    @property
    def layer_sizes(self) -> tuple[int, ...] | None:
        """Numbers of neurons per layer, inputs first, outputs last; None if the net is a graph.

        Raises RunError if a layered run does not name them.
        """
        if self.config.network.kind == "graph":
            return None
        network = str(self.attributes.get("network", ""))
        sizes = network.split("-")
        if len(sizes) < 2 or not all(size.isdecimal() and int(size) for size in sizes):
            raise RunError(
                f"the run {self.name}", "name its network", f"has {network!r}", "a new run"
            )
        return tuple(map(int, sizes))

    @property
    def active_hidden(self) -> np.ndarray:
        """Active neurons of every hidden layer, from epoch 0 on, (replica, epoch, hidden layer).

        Raises RunError of a run whose neurons do not come and go.
        """
        of_epochs = self[ACTIVE_NEURONS]
        at_first = np.atleast_1d(np.asarray(self.attributes[HIDDEN_AT_FIRST], float))
        begun = np.broadcast_to(at_first, (len(of_epochs), 1, len(at_first)))
        return np.concatenate([begun, of_epochs], axis=1)

    @property
    def active_sizes(self) -> np.ndarray | None:
        """Neurons per layer at every snapshot, dormant ones left out, (replica, snapshot, layers).

        NaN where a replica had ended; None of a run whose neurons do not come and go.
        """
        if ACTIVE_NEURONS not in self or self.layer_sizes is None:
            return None
        inputs, *_, outputs = self.layer_sizes
        hidden = self.active_hidden[:, self["snapshot"]]
        sizes = np.stack([np.full(hidden.shape[:2], float(n)) for n in (inputs, outputs)], axis=-1)
        return np.concatenate([sizes[..., :1], hidden, sizes[..., 1:]], axis=-1)

    @property
    def neurons(self) -> np.ndarray | int:
        """N, dormant ones left out, where these are none a number, else (replica, snapshot)."""
        if self.active_sizes is not None:
            total: np.ndarray = self.active_sizes.sum(axis=-1)
            return total
        return int(self["log_eigenvalues"].shape[-1]) + self.unit_eigenvalues

    @property
    def unit_eigenvalues(self) -> int:
        """Number of eigenvalues that are exactly one; raises RunError if it was not recorded."""
        units = self.variable("log_eigenvalues").attributes.get("unit_eigenvalues")
        if not isinstance(units, int | np.integer) or units < 0:
            raise RunError(damaged_results(self.folder.results))
        return int(units)

    @property
    def made_from(self) -> str:
        """The hash of its config; of a file of no config that of what is in it."""
        return str(self.attributes.get("made_from") or self.config.hash())

    @property
    def status(self) -> str:
        """How it stands: complete, diverged, interrupted, failed or running."""
        segments = segments_of(self.provenance)
        return str(segments[-1].get("status", "unknown")) if segments else "unknown"

    @property
    def commit(self) -> str:
        """The commits of nnuniverse that trained it, or "unknown"."""
        sources = [segment.get("source") for segment in segments_of(self.provenance)]
        commits = [str(s["commit"]) for s in sources if isinstance(s, dict) and s.get("commit")]
        return ", ".join(dict.fromkeys(commits)) or "unknown"

    @property
    def summary(self) -> str:
        """What it is, in a few words."""
        network = self.attributes.get("network", "")
        replicas = counted(self.replicas, "replica")
        if self.is_ensemble:
            steps = int(self["record_step"][-1])
            return f"{self.name}: {network}, {replicas}, {self.status} after step {steps}"
        snapshots = counted(len(self["snapshot"]), "snapshot")
        return (
            f"{self.name}: {network}, {replicas}, {self.status} after epoch {self.epochs}, "
            f"{snapshots}"
        )

    def __repr__(self) -> str:
        return f"RunRecord {self.summary}"


class Description(NamedTuple):
    """What `Recorded` says of a variable besides its values."""

    dims: tuple[str, ...]
    attributes: Mapping[str, object]


Descriptions = dict[str, Description | None]
"""Descriptions by name; None of weights, which are not read."""


def read_run(
    path: str | Path,
    config: RunConfig | None = None,
    described: Descriptions | None = None,
) -> RunRecord:
    """Read the run folder at ``path``, also while the run goes on.

    ``config``: that of the run, if it is known: reading it takes as long as all else;
    ``described``: by runs of the same kind, and added to: they take longer to read than the values.
    Raises ConfigError if it is not a run folder or its config is no longer that of its results,
    RunError if nothing can be read from it.
    """
    folder = open_run_folder(path)
    known = config is not None
    config = stored_config(folder) if config is None else config
    try:
        with open_results(folder.results) as file:
            attributes = dict(file.attrs)
            variables = _read(file, {} if described is None else described)
        _require_shapes(variables)
        if not isinstance(attributes["network"], str):
            raise TypeError("network")
    except FOREIGN as error:
        raise RunError(damaged_results(folder.results)) from error
    if not known:
        require_recorded_config(config, folder, attributes)
    return RunRecord(
        folder.name,
        folder,
        config,
        Provenance.read(folder.provenance).content,
        attributes,
        variables,
    )


def read_recorded(file: h5py.File) -> dict[str, Recorded]:
    """Return all variables of an open file in the shape of ``results.h5``, but weights.

    Raises one of `FOREIGN` if they are not as long as their coordinates.
    """
    variables = _read(file, {})
    _require_shapes(variables)
    return variables


def _require_shapes(variables: Mapping[str, Recorded]) -> None:
    """Raise LookupError or ValueError unless each variable is as long as its coordinates."""
    for name, variable in variables.items():
        shape = tuple(len(variables[dim].values) for dim in variable.dims)
        if variable.values.shape != shape or not shape:
            raise ValueError(name)


def _read(file: h5py.File, described: Descriptions) -> dict[str, Recorded]:
    """Read all variables but weights, which are large and nothing of what comes after needs."""
    variables = {}
    for name, dataset in file.items():
        if name not in described:
            described[name] = _describe(name, dataset)
        description = described[name]
        if description is not None:
            variables[name] = Recorded(read_variable(dataset), *description)
    return variables


def _describe(name: str, dataset: h5py.Dataset) -> Description | None:
    """Return what a variable is, None if it is one of weights."""
    dims = tuple(dim[0].name.removeprefix("/") if len(dim) else name for dim in dataset.dims)
    if name in dims and not dataset.is_scale:
        raise ValueError(name)
    if any(dim.startswith("layer_") or dim in ("edge", "neuron") for dim in dims):
        return None
    return Description(dims, dict(dataset.attrs))
