"""The nets that a run kept, replica by replica and epoch by epoch, and what is measured of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import h5py
import numpy as np

from nnuniverse.errors import RunError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.chosen_nets import place_of_snapshot, require_replica
from nnuniverse.experiments.reopen import IdentifiedRun, Tell
from nnuniverse.networks.propagation import Trainable
from nnuniverse.runs import stored_weights
from nnuniverse.runs.results import ends_of_replicas, missing_at

KEEP = "a run with observe.weights=snapshots"


@dataclass(frozen=True)
class NetsOfRun:
    """The nets of a run: ``read`` gives that of a replica at one of the ``epochs``, by number.

    ``replicas``: which; ``missing``: where one had diverged, (replica, epoch).
    """

    replicas: np.ndarray
    epochs: np.ndarray
    missing: np.ndarray
    read: Callable[[int, int], Trainable]

    @classmethod
    def kept(
        cls,
        file: h5py.File,
        run: IdentifiedRun,
        epochs: Sequence[int] | None,
        replicas: Sequence[int] | None,
        tell: Tell,
    ) -> NetsOfRun:
        """Return those that an open ``results.h5`` has, as far as they are asked for.

        ``epochs``: None for those nearest to 0, 1, 10, 100 ... and the last; ``replicas``: None for
        all.  ``tell`` hears if only the last weights were kept.  Raises ConfigError or RunError for
        what is not there.

        ``file``: the open file; ``run``: the run with its config and identity.
        """
        architecture = assemble.build_settings(run.config, run.dataset).architecture
        first = architecture.weight_arrays[0].name
        prefix = "snapshot_" if f"snapshot_{first}" in file else ""
        if first not in file:
            raise RunError(f"the run {str(run.folder)!r}", "have kept weights", "has none", KEEP)
        kept = file["snapshot"][()] if prefix else np.array([len(file["epoch"])])
        chosen = _chosen_epochs(kept, epochs)
        if not prefix and epochs is None:
            tell(f"{run.folder} kept its last weights only; all of training is told by {KEEP}")
        numbers = _chosen_replicas(len(file["seed"]), replicas)
        diverged, stopped = ends_of_replicas(file)
        missing = missing_at(chosen, diverged, stopped if prefix else np.full_like(stopped, -1))

        def read(replica: int, epoch: int) -> Trainable:
            at = int(np.searchsorted(kept, chosen[epoch]))
            where = (numbers[replica], at) if prefix else (numbers[replica],)
            return assemble.stored_parameters(
                lambda name: stored_weights(file, name)[where], architecture, prefix
            )

        return cls(numbers, chosen, missing[numbers], read)

    def measured(
        self,
        measure: Callable[[Trainable, int], dict[str, np.ndarray]],
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> dict[str, np.ndarray]:
        """Return what ``measure`` finds of every net, (replica, epoch, ...), NaN where missing.

        ``measure``: of a net and its epoch; ``progress`` hears how many nets are done.  Raises
        RunError if all have diverged.
        """
        found: dict[tuple[int, int], dict[str, np.ndarray]] = {}
        for done, place in enumerate(self._places()):
            progress(done, self.missing.size)
            found[place] = measure(self.read(*place), int(self.epochs[place[1]]))
        if not found:
            raise RunError(
                "the run", "have a net that has not diverged", "has none", "a lower rate"
            )
        shapes = {name: values.shape for name, values in next(iter(found.values())).items()}
        gathered = {name: np.full(self.missing.shape + of, np.nan) for name, of in shapes.items()}
        for place, values in found.items():
            for name, value in values.items():
                gathered[name][place] = value
        return gathered

    def _places(self) -> Iterator[tuple[int, int]]:
        return ((int(a), int(b)) for a, b in np.argwhere(~self.missing))


def _chosen_epochs(kept: np.ndarray, asked: Sequence[int] | None) -> np.ndarray:
    """Return the epochs asked for, by default those nearest to 0, 1, 10, 100 ... and the last."""
    if asked is None:
        decades = 10 ** np.arange(len(str(kept[-1])))
        aims = [0, *decades[decades <= kept[-1]], kept[-1]]
        return np.unique([kept[np.abs(kept - aim).argmin()] for aim in aims])
    for epoch in asked:
        if len(kept) == 1 and epoch != kept[0]:
            raise RunError(
                "`--epoch`", f"be {kept[0]}, whose weights were kept", f"is {epoch}", KEEP
            )
        place_of_snapshot(kept, epoch)
    return np.unique(asked)


def _chosen_replicas(count: int, asked: Sequence[int] | None) -> np.ndarray:
    for replica in asked or ():
        require_replica(replica, count)
    return np.arange(count) if asked is None else np.unique(asked)
