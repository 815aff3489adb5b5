"""`network.start`: the weights and biases that a run begins with instead of drawn ones.  No JAX."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnuniverse.archives import Archive
from nnuniverse.data import open_data_file
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments.weight_files import read_weights
from nnuniverse.networks.architecture import Architecture
from nnuniverse.regular_files import is_folder
from nnuniverse.runs import open_results, stored_weights
from nnuniverse.runs.results import is_ensemble

KEY = "network.start"

SEED = "seed"
"""Name of the array that says of which replica the weights are."""

DIVERGED = "diverged_epoch"

ENDS = ("edge_row", "edge_column")
"""Where the edges of a graph lead, which a file may tell."""

_WEIGHTS = re.compile(r"(weights|bias)(_\d+)?", re.ASCII)


@dataclass(frozen=True)
class Start:
    """The nets at ``path``: ``arrays`` by name, (net, ...) each.

    ``seeds``: of the replica that each net was, None if nobody says; ``diverged``: the first epoch
    that each did not survive, -1 for none; ``ends``: of a graph's edges, as far as they are told.
    """

    path: str
    arrays: Mapping[str, np.ndarray]
    seeds: np.ndarray | None
    diverged: np.ndarray
    ends: Mapping[str, np.ndarray]

    @property
    def digest(self) -> str:
        """SHA-256 of what is in the arrays, wherever and in whichever precision they lie.

        The seeds count where they say which net is whose.
        """
        total = hashlib.sha256()
        parts = {name: np.asarray(self.arrays[name], "<f8") for name in sorted(self.arrays)}
        if self.seeds is not None and len(self.seeds) > 1:
            parts[SEED] = np.asarray(self.seeds, "<i8")
        for name, array in parts.items():
            total.update(f"{name} {list(array.shape)}\n".encode())
            total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()

    def of_seeds(self, seeds: Sequence[int], architecture: Architecture) -> list[np.ndarray]:
        """Return weights and biases as ``architecture`` names them, (replica, ...) each.

        A replica begins with the net of the replica with its seed, or with the only net there is.
        Raises ConfigError if there is none for it, it has diverged, or is of another architecture.

        ``seeds``: of the replicas.
        """
        self._require_arrays_of(architecture)
        nets = self._places(seeds)
        for net in nets:
            finite = all(np.isfinite(array[net]).all() for array in self.arrays.values())
            if self.diverged[net] >= 0 or not finite:
                raise self._unfit("hold finite weights", "those of a replica that diverged")
        return [self.arrays[array.name][nets] for array in architecture.weight_arrays]

    def _places(self, seeds: Sequence[int]) -> list[int]:
        """Return which net is whose."""
        nets = len(self.diverged)
        if nets == 1:
            return [0] * len(seeds)
        places = {} if self.seeds is None else {int(s): at for at, s in enumerate(self.seeds)}
        if missing := [seed for seed in seeds if seed not in places]:
            held = f"those of seeds {', '.join(map(str, places))}" if places else f"{nets}, unnamed"
            raise self._unfit(
                f"hold one net, or one of every seed, also of {missing[0]}",
                held,
                "the same seed and replicas, or an array `seed` in an npz file",
            )
        return [places[seed] for seed in seeds]

    def _require_arrays_of(self, architecture: Architecture) -> None:
        shapes = {array.name: array.shape for array in architecture.weight_arrays}
        for name in {**shapes, **self.arrays}:
            held = list(self.arrays[name].shape[1:]) if name in self.arrays else "nothing"
            wanted = list(shapes[name]) if name in shapes else "nothing"
            if held != wanted:
                raise self._unfit(f"hold {wanted} as {name}, as {architecture} has it", f"{held}")
        told = {
            variable.name: values
            for array in architecture.weight_arrays
            for variable, values in array.coordinates
        }
        for name, values in self.ends.items():
            if name in told and not np.array_equal(values, told[name]):
                raise self._unfit("be of a graph with the same edges", "others")

    def _unfit(
        self, requirement: str, held: str, remedy: str = "a run or file of such a net"
    ) -> ConfigError:
        return ConfigError(f"`{KEY}`", requirement, f"{self.path!r} holds {held}", remedy)


def read_start(path: str) -> Start:
    """Return the nets in the run folder, or the npz or safetensors file, at ``path``.

    Raises ConfigError if it is none, or holds no weights; DataError or RunError if damaged.
    """
    if is_folder(path):
        return _of_run(path)
    with open_data_file(Path(path), KEY) as stream:
        archive = None if path.endswith(".safetensors") else Archive(stream, path)
        if archive and _weights(archive.names):
            return _of_archive(path, archive)
    return _of_elsewhere(path)


def _of_run(path: str) -> Start:
    try:
        file = open_results(path)
    except RunError as error:
        raise ConfigError(f"`{KEY}` must be a run or a file of weights. {error}") from error
    with file:
        if is_ensemble(file.attrs):
            wanted = "be a run that has trained a net"
            raise ConfigError(f"`{KEY}`", wanted, "is an ensemble", "the run of its own net")
        arrays = {name: stored_weights(file, name)[()] for name in _weights(file)}
        seeds, diverged = file[SEED][()], file[DIVERGED][()]
        ends = {name: file[name][()] for name in ENDS if name in file}
    return _with_nets(Start(path, arrays, seeds, diverged, ends))


def _of_archive(path: str, archive: Archive) -> Start:
    names = archive.names
    read = archive.read([*_weights(names), *(n for n in (SEED, *ENDS) if n in names)])
    arrays = {name: read[name] for name in _weights(names)}
    seeds = read.get(SEED)
    if seeds is None:
        arrays = {name: array[None] for name, array in arrays.items()}
    nets = 1 if seeds is None else seeds.size
    ends = {name: read[name] for name in ENDS if name in read}
    return _with_nets(Start(path, arrays, seeds, np.full(nets, -1), ends))


def _of_elsewhere(path: str) -> Start:
    """Return the net of a file with the names of another library."""
    layers = read_weights(path)
    arrays = {f"weights_{l}": array[None] for l, array in enumerate(layers.weights, start=1)}
    arrays |= {f"bias_{l}": array[None] for l, array in enumerate(layers.biases, start=1)}
    return _with_nets(Start(path, arrays, None, np.full(1, -1), {}))


def _weights(names: Iterable[str]) -> list[str]:
    return [name for name in names if _WEIGHTS.fullmatch(name)]


def _with_nets(start: Start) -> Start:
    """Return ``start``; raises ConfigError unless it has weights, of as many nets as seeds."""
    nets = len(start.diverged)
    if not start.arrays:
        raise ConfigError(
            f"`{KEY}`",
            "hold arrays weights_1, bias_1, ...",
            f"{start.path!r} holds none",
            "numpy.savez(path, weights_1=w, bias_1=b), or a run",
        )
    for name, array in start.arrays.items():
        if array.dtype.kind not in "fiu":
            held = f"{start.path!r} holds others"
            raise ConfigError(f"`{KEY}`", "hold real numbers", held, "another file")
        if array.shape[:1] != (nets,) or (start.seeds is not None and start.seeds.shape != (nets,)):
            raise ConfigError(
                f"`{KEY}`",
                f"hold {name} of {nets} nets, one per seed",
                f"is {list(array.shape)}",
                "leaving out seed for one net",
            )
    return start
