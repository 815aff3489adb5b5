"""The results of a sweep over its axes: ``sweep.h5`` and ``sweep.csv``, made from its runs."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import h5py
import numpy as np

from nnuniverse.axis_labels import Label, label_text
from nnuniverse.config import config_yaml
from nnuniverse.counted import counted
from nnuniverse.csv_cells import cell
from nnuniverse.errors import RunError
from nnuniverse.regular_files import open_regular, read_regular
from nnuniverse.runs import Descriptions, RunFolder, RunRecord, read_run, schema
from nnuniverse.runs.atomic import replacing
from nnuniverse.runs.hdf5_file import hdf5_file
from nnuniverse.runs.whole import Kind, open_dataset, open_whole
from nnuniverse.sweep_dataset import DIVERGED, MEASURED, SERIES
from nnuniverse.sweeps.folder import REMEDY, open_sweep_folder
from nnuniverse.sweeps.grid import RESERVED
from nnuniverse.sweeps.plan import Plan
from nnuniverse.sweeps.task import Task
from nnuniverse.variables import Axis, Variable

if TYPE_CHECKING:
    import xarray as xr

T = TypeVar("T")

Records = Iterator[tuple[Task, RunRecord]]

TEXT = h5py.string_dtype()

FACTS = {
    "run": "run id",
    "status": "how training ended: complete or diverged; empty: it has not",
    "trained_epochs": "epochs recorded; 0: it has not ended",
    DIVERGED: "epoch at which the replica diverged; -1: it has not",
}
"""Of every point and replica."""

MEASURED_AT = Variable(
    MEASURED,
    SERIES,
    "whether the run has a snapshot at that epoch",
    "the sweep",
    attributes={"dtype": "bool"},
)

RESULTS = Kind("a sweep's results", "`nnu sweep` again", sparse=True)

TABLE_DIGEST = "table_sha256"
"""The attribute of ``sweep.h5`` that tells of the ``sweep.csv`` beside it."""

FORMAT = 3
"""Of what is written; tables of another are made anew."""


def write_results(plan: Plan) -> bool:
    """Bring ``sweep.h5`` and ``sweep.csv`` up to date with the runs of ``plan`` that have ended.

    One run is held in memory at a time.  Returns False if they were, and of ensembles, which have
    no epochs: `nnu mechanics` reads those themselves; raises RunError if the disk is
    full.
    """
    ended = [task for task in plan.tasks if task.ended]
    made_from = _fingerprint(plan, ended)
    if any(task.config.evolve is not None for task in ended):
        return False
    if not ended or _is_made_from(plan, made_from):
        return False
    layout = _Layout.of(plan, ended)
    with (
        replacing(plan.folder.results, REMEDY) as path,
        hdf5_file(path) as (file, check),
        replacing(plan.folder.table, REMEDY) as beside,  # in place first: the file vouches for it
        beside.open("w", encoding="utf-8", newline="") as table,
    ):
        file.attrs["made_from"] = made_from
        file.attrs["sweep_hash"] = _hash(config_yaml(plan.sweep).encode())
        records = _checked(_records(ended, layout.described), check)
        write_row = csv.writer(table, lineterminator="\n").writerow
        _write_file(file, plan, _with_rows(write_row, plan, records, layout), layout)
        table.flush()
        file.attrs[TABLE_DIGEST] = _digest(beside)
    return True


def open_results(path: str | Path) -> xr.Dataset:
    """Open the results of the sweep's folder at ``path``.

    Raises ConfigError if it is no such folder, RunError if they cannot be read, or are those of the
    sweep before it was changed.
    """
    folder = open_sweep_folder(path)
    subject, remedy = f"{str(folder.results)!r}", RESULTS.remedy
    dataset = open_dataset(folder.results, RESULTS)
    lacks = sorted({"replica", "seed", MEASURED, *FACTS} - dataset.variables.keys())
    if lacks:
        dataset.close()
        raise RunError(subject, f"be {RESULTS.what}", f"lacks `{lacks[0]}`", remedy)
    hashes = [str(dataset.attrs.get(name)) for name in ("made_from", "sweep_hash")]
    if "None" in hashes or hashes[1] != _hash(read_regular(folder.config)):
        dataset.close()
        raise RunError(subject, "be of the sweep as it is", "is of an earlier one", remedy)
    return dataset


def require_ended(path: Path) -> None:
    """Raise RunError unless every point of the sweep's folder at ``path`` has ended."""
    with open_results(path) as results:
        left = int((results["trained_epochs"] == 0).sum())
    if left:
        raise RunError(
            f"the sweep {str(path)!r}",
            "have ended",
            f"{counted(left, 'replica')} of it {'has' if left == 1 else 'have'} not",
            f"`nnu sweep {path}`, then again",
        )


def _fingerprint(plan: Plan, ended: list[Task]) -> str:
    """Return a hash of the sweep and of the results that it has, by their size and time."""
    digest = hashlib.sha256(f"{FORMAT} {config_yaml(plan.sweep)}".encode())
    for task in ended:
        stat = _run(task).results.stat()
        digest.update(f"{_run(task).path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _hash(sweep: bytes) -> str:
    return hashlib.sha256(sweep).hexdigest()


def _digest(path: Path) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_made_from(plan: Plan, made_from: str) -> bool:
    """Return whether both files are whole, belong together, and are of the runs as they are."""
    try:
        with open_whole(plan.folder.results, RESULTS) as file:
            facts = [str(file.attrs.get(name)) for name in ("made_from", TABLE_DIGEST)]
        return facts == [made_from, _digest(plan.folder.table)]
    except (RunError, OSError):  # not there, or damaged
        return False


def _run(task: Task) -> RunFolder:
    if task.found is None:
        raise ValueError(f"{task} has no run")
    return task.found.folder


def _records(ended: list[Task], described: Descriptions) -> Records:
    for task in ended:
        yield task, read_run(_run(task).path, task.config, described)


def _checked(records: Iterator[T], check: Callable[[], None]) -> Iterator[T]:
    """Yield ``records`` as long as ``check`` raises nothing."""
    for record in records:
        check()
        yield record


# --- the layout: what the runs have in common --------------------------------------------------


@dataclass
class _Layout:
    """Coordinates and variables of the results.

    ``coordinates``: of the dimensions that are no axes, by name, ascending; ``long_names``: of
    them; ``variables``: over the dimensions of a run; ``described``: as they are in the runs.
    """

    seeds: np.ndarray
    coordinates: dict[str, np.ndarray] = field(default_factory=dict)
    long_names: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    described: Descriptions = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, ended: list[Task]) -> _Layout:
        layout = cls(np.asarray(plan.sweep.all_seeds, np.int64))
        layout.coordinates["replica"] = np.arange(len(layout.seeds))
        layout.long_names["replica"] = "member of the ensemble"
        for _, record in _records(ended, layout.described):
            layout.add(record)
        return layout

    def add(self, record: RunRecord) -> None:
        """Make room for what a run has recorded."""
        for name in record.over(*SERIES):
            recorded = record.variable(name)
            for dim in recorded.dims[1:]:
                values, known = record[dim], self.coordinates.get(dim)
                if known is None or not np.array_equal(known, values):
                    every = values if known is None else np.concatenate([known, values])
                    self.coordinates[dim] = np.unique(every)
                    self.long_names[dim] = str(record.variable(dim).attributes.get("long_name", ""))
            if name not in self.variables:
                units, meaning, source = (
                    str(recorded.attributes.get(key, ""))
                    for key in ("units", "long_name", "source")
                )
                self.variables[name] = Variable(name, recorded.dims, meaning, source, units)

    def replicas(self, task: Task) -> list[tuple[int, int]]:
        """Return pairs: a replica of the task's run, and its position among those of the sweep."""
        positions = {int(seed): position for position, seed in enumerate(self.seeds)}
        return [(n, positions[s]) for n, s in enumerate(task.config.seeds) if s in task.covers]

    def aligned(self, values: np.ndarray, dims: tuple[str, ...], record: RunRecord) -> np.ndarray:
        """Return the ``values`` of one replica among the coordinates of all runs, else NaN."""
        whole = np.full([len(self.coordinates[dim]) for dim in dims], np.nan)
        where = [np.searchsorted(self.coordinates[dim], record[dim]) for dim in dims]
        whole[np.ix_(*where)] = values
        return whole


# --- sweep.h5 ----------------------------------------------------------------------------------


def _write_file(file: h5py.File, plan: Plan, records: Records, layout: _Layout) -> None:
    names = _Names.of(plan, layout)
    file.attrs["schema_version"] = schema.SCHEMA_VERSION
    file.attrs["title"] = f"nnuniverse sweep {plan.sweep.name}"
    _write_axes(file, plan, layout, names)
    axes = tuple(names.axes[axis.name] for axis in plan.axes)
    seed = Variable("seed", ("replica",), "seed of the replica", "config", dtype="int64")
    schema.create_variable(file, seed, data=layout.seeds)
    sizes = {name: len(file[name]) for name in [*axes, *layout.coordinates]}
    datasets = {
        name: _series(file, axes, variable, sizes) for name, variable in layout.variables.items()
    }
    facts = {
        name: _fact(file, (*axes, "replica"), name, what, sizes) for name, what in FACTS.items()
    }
    measured = schema.create_variable(
        file,
        replace(MEASURED_AT, dims=(*axes, *SERIES)),
        shape=tuple(sizes[dim] for dim in (*axes, *SERIES)),
        dtype="int8",
    )
    for task, record in records:
        for replica, position in layout.replicas(task):
            row = (*task.point.index, position)
            diverged = int(record[DIVERGED][replica])
            last = int(record.trained_epochs[replica])
            facts["run"][row] = record.name
            facts["status"][row] = _status(diverged)
            facts["trained_epochs"][row] = last
            facts[DIVERGED][row] = diverged
            snapshots = layout.coordinates["snapshot"]
            measured[row] = np.isin(snapshots, record["snapshot"]) & (snapshots <= last)
            for name in record.over(*SERIES):
                dims = record.variable(name).dims[1:]
                values = layout.aligned(record[name][replica], dims, record)
                datasets[name][row] = schema.filled(values, "float64")


def _write_axes(file: h5py.File, plan: Plan, layout: _Layout, names: _Names) -> None:
    """Write every dimension, and beside an axis the keys that change along it."""
    for axis in plan.axes:
        values, attributes = coordinate(axis.labels)
        name = names.axes[axis.name]
        schema.write_axis(file, Axis(name, ", ".join(axis.keys), values))
        file[name].attrs.update(attributes)
    for name, values in layout.coordinates.items():
        schema.write_axis(file, Axis(name, layout.long_names[name], values))
    for axis in plan.axes:
        for key, column in axis.columns.items():
            values, attributes = coordinate(column)
            described = Variable(
                names.keys[key], (names.axes[axis.name],), key, "config", attributes=attributes
            )
            dtype = TEXT if values.dtype == object else values.dtype
            schema.create_variable(file, described, data=values, dtype=dtype)


def _status(diverged_epoch: int) -> str:
    """Return how the training of a replica has ended, which others of its run need not share."""
    return "complete" if diverged_epoch < 0 else "diverged"


def _series(
    file: h5py.File, axes: tuple[str, ...], variable: Variable, sizes: dict[str, int]
) -> h5py.Dataset:
    """Create a variable of the runs over the axes too; long rows are compressed one by one."""
    dims = (*axes, *variable.dims)
    shape = tuple(sizes[dim] for dim in dims)
    stored: dict[str, object] = {"shape": shape, "dtype": "float64", "fillvalue": schema.FILL_VALUE}
    if len(variable.dims) > len(SERIES) and 0 not in shape:
        ones = (1,) * (len(axes) + 1)
        stored |= {"chunks": (*ones, *shape[len(ones) :]), "compression": "gzip", "shuffle": True}
    return schema.create_variable(
        file,
        Variable(variable.name, dims, variable.long_name, variable.source, variable.units),
        **stored,
    )


def _fact(
    file: h5py.File, dims: tuple[str, ...], name: str, what: str, sizes: dict[str, int]
) -> h5py.Dataset:
    shape = tuple(sizes[dim] for dim in dims)
    stored: dict[str, object] = {"dtype": TEXT} if name in ("run", "status") else {"dtype": "int64"}
    if name == DIVERGED:
        stored["fillvalue"] = -1
    return schema.create_variable(
        file, Variable(name, dims, what, "the sweep"), shape=shape, **stored
    )


def coordinate(labels: tuple[Label, ...]) -> tuple[np.ndarray, dict[str, str]]:
    """Return labels as numbers if all are, else as text, and attributes that say more.

    Truth values are 0 and 1, which xarray reads as what they are.

    >>> coordinate((3, 4))[0].tolist()
    [3, 4]
    """
    if all(isinstance(label, bool) for label in labels):
        return np.asarray(labels, np.int8), {"dtype": "bool"}
    if all(isinstance(label, int | float) and not isinstance(label, bool) for label in labels):
        numbers = np.asarray(labels)
        return (np.asarray(labels, float) if numbers.dtype == object else numbers), {}
    return np.asarray([label_text(label) for label in labels], object), {}


@dataclass(frozen=True)
class _Names:
    """What axes, and the keys that change along them, are called in the results.

    By name and by key, since a run may record something of the same name.
    """

    axes: dict[str, str]
    keys: dict[str, str]

    @classmethod
    def of(cls, plan: Plan, layout: _Layout) -> _Names:
        taken = {*RESERVED, *layout.coordinates, *layout.variables}
        axes = {axis.name: _free(taken, axis.name) for axis in plan.axes}
        keys = {
            key: _free(taken, key.rpartition(".")[2], key)
            for axis in plan.axes
            for key in axis.columns
        }
        return cls(axes, keys)


def _free(taken: set[str], *wanted: str) -> str:
    """Return the first of the names ``wanted`` that is not ``taken``, and take it."""
    name = next(n for n in (*wanted, f"axis_{wanted[-1]}") if n not in taken)
    taken.add(name)
    return name


# --- sweep.csv ---------------------------------------------------------------------------------


def _with_rows(
    write_row: Callable[[Iterable[object]], object], plan: Plan, records: Records, layout: _Layout
) -> Records:
    """Yield ``records``; write the last value of every scalar, a line per point and replica."""
    names = list(_columns(layout))
    keys = [key for axis in plan.axes for key in axis.columns]
    called = _Names.of(plan, layout)
    axes = list(called.axes.values())
    beside = [called.keys[key] if key in axes else key for key in keys]
    heading = [*axes, *beside, "seed", "status", "trained_epochs", "run", *names]
    write_row(map(cell, heading))
    for task, record in records:
        yield task, record
        columns = {
            key: column[position]
            for axis, position in zip(plan.axes, task.point.index, strict=True)
            for key, column in axis.columns.items()
        }
        labels = [*task.point.labels.values(), *(columns[key] for key in keys)]
        for replica, position in layout.replicas(task):
            last = _last(record, replica)
            write_row(
                [
                    *(cell(label_text(label)) for label in labels),
                    layout.seeds[position],
                    _status(int(record[DIVERGED][replica])),
                    int(record.trained_epochs[replica]),
                    cell(record.name),
                    *(last.get(name, "") for name in names),
                ]
            )


def _columns(layout: _Layout) -> Iterator[str]:
    for name, variable in layout.variables.items():
        if variable.dims == SERIES:
            yield name
        elif variable.dims == (*SERIES, "complexity_n"):
            yield from (f"complexity_{n}" for n in layout.coordinates["complexity_n"])


def _last(record: RunRecord, replica: int) -> dict[str, float]:
    """Return the values at the last snapshot of a replica, without missing ones."""
    last: dict[str, float] = {}
    end = int(np.searchsorted(record["snapshot"], record.trained_epochs[replica], "right")) - 1
    for name in record.over(*SERIES):
        dims, values = record.variable(name).dims, record[name][replica, end]
        if dims == SERIES:
            last[name] = float(values)
        elif dims == (*SERIES, "complexity_n"):
            numbers = zip(record["complexity_n"], values, strict=True)
            last |= {f"complexity_{n}": float(value) for n, value in numbers}
    return {name: value for name, value in last.items() if np.isfinite(value)}
