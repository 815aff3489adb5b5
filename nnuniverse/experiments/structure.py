"""The structure of the weights of a run: `nnu structure`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import h5py
import numpy as np

from nnuniverse.counted import counted
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.found_of_run import FoundOfRun
from nnuniverse.experiments.kept_loss import KeptLoss
from nnuniverse.experiments.net_matrix import MatrixOfNet, NetMatrix, allowed_edges
from nnuniverse.experiments.nets_of_run import KEEP, NetsOfRun
from nnuniverse.experiments.option_values import require_at_least, require_one_of
from nnuniverse.experiments.reopen import IdentifiedRun, Tell, reopen_run, tell_nobody
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.structure.chains import PURITY
from nnuniverse.physics.structure.kept_edges import fewest_edges, strongest_edges
from nnuniverse.physics.structure.net_structure import (
    Wiring,
    list_structure,
    measure_structure,
    picture_of,
)
from nnuniverse.physics.structure.null_quantiles import LEAST_DRAWS
from nnuniverse.physics.structure.spectral_dimension import walk_steps
from nnuniverse.physics.structure.structure import Structure
from nnuniverse.runs import open_results
from nnuniverse.runs.derived_file import STRUCTURE_FILE

Progress = Callable[[int, int], None]

Snapshots = Literal["last", "all"]
Matrix = Literal["slopes", "weights"]

MOST_DRAWN = 200_000
"""Entries of a block, and edges, that are stored to be drawn."""


class Keep(NamedTuple):
    """Which edges are kept: ``nonzero`` ones, ``loss``: to a share ``amount`` more, ``edges``."""

    kind: Literal["nonzero", "loss", "edges"]
    amount: float = 0.0

    def __str__(self) -> str:
        return self.kind if self.kind == "nonzero" else f"{self.kind}:{self.amount:g}"


def read_keep(text: str) -> Keep:
    """Return what ``nonzero``, ``loss:SHARE`` or ``edges:NUMBER`` means; raises ConfigError.

    ``text``: as it was typed.
    """
    kind, _, amount = text.partition(":")
    try:
        if text == "nonzero":
            return Keep("nonzero")
        if kind == "loss" and 0.0 <= float(amount) < np.inf:
            return Keep("loss", float(amount))
        if kind == "edges" and int(amount) >= 1:
            return Keep("edges", int(amount))
    except ValueError:
        pass
    raise ConfigError(
        "`--keep`", "be nonzero, loss:X or edges:K", f"is {text!r}", "--keep loss:0.1"
    )


@dataclass(frozen=True)
class StructureSettings:
    """What to compute: raises ConfigError for what cannot be.

    ``snapshot``: the last weights, or those of all snapshots; ``matrix``: A = f'w, or w;
    ``closed``: whether outputs are the inputs, in order; ``keep``: see `read_keep`; ``purity``: of
    the edges of a chain; ``draws``: of each null hypothesis; ``seed``: of these.
    """

    snapshot: Snapshots = "last"
    matrix: Matrix = "slopes"
    closed: bool = False
    keep: str = "nonzero"
    purity: float = PURITY
    draws: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        read_keep(self.keep)
        require_one_of("snapshot", self.snapshot, get_args(Snapshots))
        require_one_of("matrix", self.matrix, get_args(Matrix))
        if not 0.0 < self.purity <= 1.0:
            actual = f"is {self.purity:g}"
            raise ConfigError("`--purity`", "lie above 0, up to 1", actual, f"--purity {PURITY:g}")
        if self.draws < LEAST_DRAWS:
            must = f"be at least {LEAST_DRAWS}, for one of them to be a 2.5 % quantile"
            raise ConfigError("`--draws`", must, f"is {self.draws}", "--draws 200")
        require_at_least("seed", self.seed, 0, 0)


@pinned
def structure_of_run(
    path: str | Path,
    settings: StructureSettings = StructureSettings(),
    tell: Tell = tell_nobody,
    progress: Progress = lambda done, of: None,
) -> FoundOfRun[Structure]:
    """Return how near the weights of a run are to permutations, chains and motifs.

    Of every replica, at its last weights or at all snapshots.  ``tell`` hears what a person should
    know, ``progress`` how many nets are done.  Nothing is written.  Raises ConfigError, DataError
    or RunError.

    ``path``: where the file or the folder is; ``settings``: what `nnu structure` was asked for.

    Source: 2008.01540 (7.11), Sec. 11.
    """
    run = reopen_run(Path(path), tell)
    measure = _StructureMeasure.of(run, settings)
    with open_results(run.folder.results) as file:
        nets = _chosen_nets(file, run, settings)
        _tell_missing(nets, tell)
        values = nets.measured(measure, progress)
        lists = _lists(nets, measure)
    wiring = measure.wiring
    block = wiring.block(np.zeros(wiring.allowed.shape))
    found = Structure(nets.epochs, block.rows, block.columns, walk_steps(), {**values, **lists})
    attributes = _attributes(run.folder.name, measure.network, wiring, settings)
    return FoundOfRun(STRUCTURE_FILE, run.folder, found, attributes)


def _attributes(
    name: str, network: str, wiring: Wiring, settings: StructureSettings
) -> dict[str, object]:
    layers = () if wiring.layer is None else np.bincount(wiring.layer).tolist()
    return {
        "title": f"nnuniverse structure of {name}",
        "run": name,
        "network": network,
        "neurons": len(wiring.allowed),
        "edges": int(wiring.allowed.sum()),
        "layers": "-".join(map(str, layers)),
        "inputs": wiring.inputs,
        "outputs": wiring.outputs,
        "matrix_of": "f'w" if settings.matrix == "slopes" else "w",
        "closed": int(settings.closed),
        "keep": settings.keep,
        "purity": settings.purity,
        "draws": settings.draws,
        "seed": settings.seed,
    }


def _chosen_nets(file: h5py.File, run: IdentifiedRun, settings: StructureSettings) -> NetsOfRun:
    """Return the nets at all snapshots, or the last ones; raises ConfigError if not kept."""
    nets = NetsOfRun.kept(file, run, None, None, tell_nobody)
    if settings.snapshot == "last":
        return NetsOfRun.kept(file, run, [int(nets.epochs[-1])], None, tell_nobody)
    if not any(name.startswith("snapshot_weights") for name in file):
        must, actual = "be last of a run that kept its last weights only", "is all"
        raise ConfigError("`--snapshot`", must, actual, f"--snapshot last, or {KEEP}")
    return NetsOfRun.kept(file, run, file["snapshot"][()].tolist(), None, tell_nobody)


def _tell_missing(nets: NetsOfRun, tell: Tell) -> None:
    """Name a replica that has diverged; raises RunError if there is no other."""
    missing = np.argwhere(nets.missing)
    if not len(missing):
        return
    replica, epoch = nets.replicas[missing[0, 0]], nets.epochs[missing[0, 1]]
    if nets.missing.all():
        actual = f"that of replica {replica} has at epoch {epoch}"
        raise RunError("every net of the run", "not have diverged", actual, "a lower rate")
    many = counted(len(missing), "net")
    tell(f"{many} missing, the first that of replica {replica} at epoch {epoch}")


def _lists(nets: NetsOfRun, measure: _StructureMeasure) -> dict[str, np.ndarray]:
    """Return chains and cycles of the last net of each replica, and what its pictures need."""
    found: list[dict[str, np.ndarray] | None] = [None] * len(nets.replicas)
    picture: dict[str, np.ndarray] = {}
    for replica, missing in enumerate(nets.missing):
        there = np.flatnonzero(~missing)
        if len(there):
            parameters = nets.read(replica, int(there[-1]))
            found[replica] = measure.lists(parameters)
            picture = picture or measure.picture(parameters)
    names = next(one for one in found if one is not None)
    lists = {name: _padded([one[name] if one else None for one in found]) for name in names}
    return {name: values for name, values in {**lists, **picture}.items() if values.size}


def _padded(arrays: list[np.ndarray | None]) -> np.ndarray:
    """Return ``arrays`` side by side, (replica, ...), filled up with NaN to the largest."""
    known = [array for array in arrays if array is not None]
    shape = tuple(np.max([array.shape for array in known], axis=0))
    whole = np.full((len(arrays), *shape), np.nan)
    for place, array in enumerate(arrays):
        if array is not None:
            within = tuple(slice(size) for size in array.shape)
            whole[place][within] = array
    return whole


# --- one net --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _StructureMeasure:
    """Measures the nets of a run, one after the other; ``random``: what nulls are drawn with."""

    network: str
    settings: StructureSettings
    keep: Keep
    wiring: Wiring
    matrices: MatrixOfNet
    kept_loss: KeptLoss
    random: np.random.Generator

    @classmethod
    def of(cls, run: IdentifiedRun, asked: StructureSettings) -> _StructureMeasure:
        """Return that of a run; raises ConfigError if its nets cannot be asked that."""
        settings = assemble.build_settings(run.config, run.dataset)
        train = assemble.encode_samples(run.config, run.dataset, run.dataset.train)
        matrices = MatrixOfNet.build(run.config, settings, train.inputs)
        architecture, keep = settings.architecture, read_keep(asked.keep)
        wiring = Wiring(
            allowed_edges(architecture),
            architecture.inputs,
            architecture.outputs,
            matrices.layer,
            asked.closed,
            asked.purity,
            asked.draws,
        )
        _require_ends(wiring)
        _require_keep(keep, int(wiring.allowed.sum()), settings.outputs == "free")
        loss = KeptLoss.build(settings, train)
        random = np.random.default_rng(asked.seed)
        return cls(str(architecture), asked, keep, wiring, matrices, loss, random)

    def __call__(self, parameters: Trainable, epoch: int) -> dict[str, np.ndarray]:
        """Return everything over replica and snapshot about a net, by name."""
        matrix = self._matrix(parameters)
        kept = self._kept(parameters, matrix)
        loss = np.array(self.kept_loss.of(parameters, kept))
        return {**measure_structure(self.wiring, matrix, kept, self.random), "kept_loss": loss}

    def lists(self, parameters: Trainable) -> dict[str, np.ndarray]:
        """Return the chains and cycles of a net."""
        matrix = self._matrix(parameters)
        return list_structure(self.wiring, matrix, self._kept(parameters, matrix))

    def picture(self, parameters: Trainable) -> dict[str, np.ndarray]:
        """Return what is drawn of a net."""
        matrix = self._matrix(parameters)
        return picture_of(self.wiring, matrix, self._kept(parameters, matrix), MOST_DRAWN)

    def _matrix(self, parameters: Trainable) -> np.ndarray:
        net: NetMatrix = self.matrices(parameters)
        return net.couplings if self.settings.matrix == "slopes" else net.weights

    def _kept(self, parameters: Trainable, matrix: np.ndarray) -> np.ndarray:
        allowed = self.wiring.allowed
        if self.keep.kind == "edges":
            return strongest_edges(matrix, allowed, int(self.keep.amount))
        nonzero: np.ndarray = matrix != 0.0
        if self.keep.kind == "nonzero":
            return nonzero
        most = (1.0 + self.keep.amount) * self.kept_loss.of(parameters, nonzero)
        return fewest_edges(matrix, allowed, lambda kept: self.kept_loss.of(parameters, kept), most)


def _require_ends(wiring: Wiring) -> None:
    ends = len(wiring.inputs), len(wiring.outputs)
    if wiring.closed and ends[0] != ends[1]:
        raise ConfigError(
            "`--closed`",
            "be of a net with as many outputs as inputs",
            f"has {ends[0]} inputs and {ends[1]} outputs",
            "it without, or data.targets=inputs",
        )


def _require_keep(keep: Keep, edges: int, free: bool) -> None:
    if keep.kind == "edges" and keep.amount > edges:
        raise ConfigError(
            "`--keep`",
            f"be at most the {edges} edges of the net",
            f"is edges:{keep.amount:.0f}",
            f"--keep edges:{edges}",
        )
    if keep.kind == "loss" and free:
        must = "be nonzero or edges:K where outputs are compared with nothing"
        raise ConfigError("`--keep`", must, f"is {keep}", "--keep nonzero")
