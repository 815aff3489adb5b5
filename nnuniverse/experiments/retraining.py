"""Nets that are trained again from other weights or on other data, in runs below a run's folder."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnuniverse import data
from nnuniverse.config import RunConfig
from nnuniverse.config.data import NpzData
from nnuniverse.config.observe import FixedSnapshots, ObserveConfig
from nnuniverse.config.run import MAX_REPLICAS
from nnuniverse.errors import NotWritableError, RunError, StoppedError
from nnuniverse.experiments.reopen import IdentifiedRun
from nnuniverse.experiments.samples import identify, load_dataset
from nnuniverse.experiments.start import SEED
from nnuniverse.experiments.train import Reporter, resume_run, start_run
from nnuniverse.runs import RunFolder, newest_of_hash, open_results, replace_file, stored_weights
from nnuniverse.runs.folder import PERTURBED
from nnuniverse.runs.results import DIVERGED_EPOCH

OF_INPUTS = ("inputs", "rotated")
"""Targets that are made of the inputs."""

LARGEST_SEED = 2**31 - 1 - MAX_REPLICAS


class Retrained(NamedTuple):
    """Nets after training, a replica each.

    ``arrays``: weights and biases by name, (replica, ...); ``diverged``: the epoch in which one
    has, -1 for none, (replica,); ``loss``: the running loss of their last epoch, (replica,).
    """

    arrays: Mapping[str, np.ndarray]
    diverged: np.ndarray
    loss: np.ndarray


@dataclass(frozen=True)
class Retraining:
    """Trains nets of a ``run`` again for ``epochs``, each once: what has ended is not trained anew.

    ``reporter`` hears how it goes; ``stop`` is asked after every segment; ``threads``: the most to
    use; ``may_train``: False: what has not ended is refused.
    """

    run: IdentifiedRun
    epochs: int
    reporter: Reporter
    stop: Callable[[], bool]
    threads: int
    may_train: bool = True

    def train(
        self,
        name: str,
        repeat: int,
        nets: Sequence[Mapping[str, np.ndarray]],
        source: NpzData | None = None,
    ) -> Retrained:
        """Return ``nets``, a replica each, after training; ``source``: on other data than the run.

        ``name``: of the folder, in that of the run, in which the run of this training lies;
        ``repeat``: which gives it other seeds than other repeats have.  A run there that begins
        with the same nets and trains alike goes on, or is read if it has ended.  Raises
        StoppedError if it was asked to stop, ConfigError, DataError or RunError.
        """
        config = self._config(name, repeat)
        root = self.run.folder.path / PERTURBED
        if not (root / name).is_dir():
            self._require_training(name)
        start = self._store_nets(root / name, nets, config.seeds)
        network = config.network.model_copy(update={"start": str(start)})
        changed = {"network": network} | ({} if source is None else {"data": source})
        return read_retrained(self._trained(root, config.model_copy(update=changed)))

    def _config(self, name: str, repeat: int) -> RunConfig:
        """Return that of the run, of ``epochs``, with as little recorded as it needs."""
        config, seed = self.run.config, self.run.config.seed
        train = config.train.model_copy(update={"epochs": self.epochs})
        stopping = config.train.early_stopping
        observe = ObserveConfig(snapshots=FixedSnapshots(kind="fixed", every=self.epochs))
        least = {"observables": (), "complexity_n": (), "slope": config.observe.slope}
        observe = observe.model_copy(update=least)
        if stopping.patience is not None:  # which snapshots there are decides when it stops
            kept = {"snapshots": config.observe.snapshots, "observables": (stopping.observable,)}
            observe = observe.model_copy(update=kept)
        update = {
            "name": name,
            "seed": (seed + (repeat + 1) * MAX_REPLICAS) % LARGEST_SEED,
            "train": train,
            "observe": observe,
        }
        return config.model_copy(update=update)

    def _store_nets(
        self, folder: Path, nets: Sequence[Mapping[str, np.ndarray]], seeds: Sequence[int]
    ) -> Path:
        arrays = {name: np.stack([net[name] for net in nets]) for name in nets[0]}
        return store_arrays(folder, "nets", {SEED: np.array(seeds), **arrays})

    def _trained(self, root: Path, config: RunConfig) -> RunFolder:
        """Return the folder of the run of ``config`` under ``root``, trained to its end."""
        same = config.data == self.run.config.data
        dataset = self.run.dataset if same else load_dataset(config)
        if not self.may_train and ended_run(config, dataset, root) is None:
            self._require_training(config.name)
        return train_once(config, dataset, root, self.reporter, self.stop, self.threads)

    def _require_training(self, name: str) -> None:
        """Raise RunError, which names the retraining, if there is to be none."""
        if not self.may_train:
            what = f"the retraining {name} of {self.run.folder.name}"
            raise RunError(what, "have ended", "has not", "`nnu perturb`, or a --budget")


def ended_run(config: RunConfig, dataset: data.Dataset, root: Path) -> RunFolder | None:
    """Return the folder of a run of ``config`` under ``root`` that has ended, None for none.

    ``dataset``: the samples of training and test.
    """
    earlier = newest_of_hash(root, identify(config, dataset).run_hash)
    return earlier.folder if earlier is not None and earlier.ended else None


def train_once(
    config: RunConfig,
    dataset: data.Dataset,
    root: Path,
    reporter: Reporter,
    stop: Callable[[], bool],
    threads: int,
) -> RunFolder:
    """Return the folder of a run of ``config`` under ``root`` that has been trained to its end.

    One that is there is not trained anew, one that was stopped goes on.  ``dataset``: of the
    config; ``reporter`` hears how it goes; ``stop`` is asked after every segment; ``threads``: the
    most to use.  Raises StoppedError if it was asked to stop, ConfigError, DataError or RunError.
    """
    earlier = newest_of_hash(root, identify(config, dataset).run_hash)
    if earlier is not None and earlier.ended:
        return earlier.folder
    if earlier is not None:
        outcome = resume_run(earlier.folder.path, reporter, stop, threads=threads)
    else:
        outcome = start_run(config, root, reporter, stop, threads, tell_earlier=False)
    if outcome.status == "interrupted":
        raise StoppedError(
            f"interrupted in the retraining {config.name!r}, after epoch {outcome.epochs}. The "
            "same again goes on there."
        )
    return outcome.folder


def read_retrained(folder: RunFolder) -> Retrained:
    """Return the last weights of the run in ``folder``; raises RunError if they are not there."""
    with open_results(folder.results) as file:
        names = [name for name in file if name.startswith(("weights", "bias"))]
        arrays = {name: stored_weights(file, name)[()] for name in names}
        losses = [name for name in file if name.startswith("running_") and file[name].ndim == 2]
        loss, epochs = last_loss(file[losses[0]][()]), len(file["epoch"])
        diverged = file[DIVERGED_EPOCH.name][()]
    finite = [np.isfinite(of).reshape(len(of), -1).all(axis=1) for of in arrays.values()]
    unknown = ~np.logical_and.reduce(finite) & (diverged < 0)
    return Retrained(arrays, np.where(unknown, epochs, diverged), loss)


def last_loss(running: np.ndarray) -> np.ndarray:
    """Return the last loss that is there of every replica, of (replica, epoch); NaN for none.

    ``running``: (replica, epoch).
    """
    there = np.isfinite(running)
    last = running.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
    return np.where(there.any(axis=1), running[np.arange(len(running)), last], np.nan)


def store_arrays(folder: Path, kind: str, arrays: Mapping[str, np.ndarray]) -> Path:
    """Put ``arrays`` into an npz file in ``folder``, named by its content; return its path.

    Raises NotWritableError.

    ``kind``: the begin of the name.
    """
    image = io.BytesIO()
    np.savez(image, **arrays)  # type: ignore[arg-type]
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.data)
    path = folder / f"{kind}-{digest.hexdigest()[:16]}.npz"
    if path.is_file():
        return path
    remedy = "freeing space, or a run in a folder of your own"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritableError(
            f"the folder {str(folder)!r}", "be writable", f"is not: {error.strerror}", remedy
        ) from error
    replace_file(path, image.getvalue(), remedy)
    return path


def other_data(folder: Path, run: IdentifiedRun, train: data.Split, test: data.Split) -> NpzData:
    """Return the source of splits whose inputs are as the nets of ``run`` take them, kept there.

    ``folder``: where the data are kept; ``train``: the new samples of training; ``test``: the new
    samples of the test.
    """
    targets = run.config.data.targets
    path = store_arrays(
        folder,
        "data",
        {
            "x_train": train.inputs,
            "y_train": train.labels,
            "x_test": test.inputs,
            "y_test": test.labels,
        },
    )
    return NpzData(
        kind="npz",
        path=str(path),
        input_scale="raw",
        targets="real" if targets in OF_INPUTS else targets,
    )
