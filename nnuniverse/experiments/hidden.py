"""The hidden variables of a run's nets before they settle: `nnu hidden`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import h5py
import numpy as np

from nnuniverse import data
from nnuniverse.counted import counted
from nnuniverse.data import Split
from nnuniverse.errors import ConfigError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.found_of_run import FoundOfRun
from nnuniverse.experiments.nets_of_run import NetsOfRun
from nnuniverse.experiments.option_values import require_at_least, require_one_of
from nnuniverse.experiments.reopen import IdentifiedRun, Tell, reopen_run, tell_nobody
from nnuniverse.nets import net_of
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import pinned
from nnuniverse.observables import Settings
from nnuniverse.physics.hidden.hidden_variables import HiddenVariables
from nnuniverse.physics.hidden.measurement import Found, HiddenMeasurement
from nnuniverse.physics.hidden.metric import unknowns
from nnuniverse.physics.hidden.subsystems import Subsystems, subsystems_of
from nnuniverse.runs import open_results
from nnuniverse.runs.derived_file import HIDDEN_FILE
from nnuniverse.threads import single_threaded_blas

Half = Literal["test", "train"]
HALVES: tuple[Half, ...] = ("test", "train")

RANDOM_GROUPS = 10
"""Of samples that have no classes."""


@dataclass(frozen=True)
class HiddenSettings:
    """What to follow: raises ConfigError for what cannot be.

    ``steps``: T, from x = 0; ``samples``: of which half; ``groups``: what the subsystems are,
    "classes", "random", or the path of a text file with a whole number per sample; ``draws``: of a
    sample per subsystem, for the metric; ``epoch``: of the weights, a snapshot; None: the last;
    ``seed``: of groups, shuffled weights and draws.
    """

    steps: int = 60
    samples: Half = "test"
    groups: str = "classes"
    draws: int = 4000
    epoch: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        require_one_of("samples", self.samples, HALVES, "test or train")
        require_at_least("steps", self.steps, 1, 60)
        require_at_least("draws", self.draws, 1, 4000)
        require_at_least("seed", self.seed, 0, 0)


@pinned
def hidden_of_run(
    path: str | Path,
    settings: HiddenSettings = HiddenSettings(),
    tell: Tell = tell_nobody,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> FoundOfRun[HiddenVariables]:
    """Return how the subsystems of the run in the folder ``path`` move from x = 0 on.

    ``tell`` hears what a person should know, ``progress`` how many nets are done.  Nothing is
    written.  Raises ConfigError, DataError or RunError.

    ``settings``: what `nnu hidden` was asked for.

    Source: 2008.01540 Sec. 7.
    """
    run = reopen_run(Path(path), tell)
    measured = assemble.build_settings(run.config, run.dataset)
    measurement = _measurement(run, measured, settings)
    _tell_layers(measured.architecture, settings, tell)
    with open_results(run.folder.results) as file:
        nets = nets_at(file, run, settings.epoch, tell)
        seeds = file["seed"][()][nets.replicas]
        values = _of_all(measurement, nets, run, measured.architecture, progress)
    found = HiddenVariables(
        seeds,
        measurement.subsystems.names,
        measurement.subsystems.counts,
        measurement.free,
        np.array(measurement.fit_steps),
        measurement.free[measurement.fit_places],
        values,
    )
    network, epoch = str(measured.architecture), int(nets.epochs[0])
    attributes = _attributes(run.folder.name, network, epoch, settings) | found.attributes
    return FoundOfRun(HIDDEN_FILE, run.folder, found, attributes)


def _attributes(name: str, network: str, epoch: int, settings: HiddenSettings) -> dict[str, object]:
    return {
        "title": f"nnuniverse hidden variables of {name}",
        "run": name,
        "network": network,
        "epoch": epoch,
        "samples": settings.samples,
        "groups": settings.groups,
        "draws": settings.draws,
        "seed": settings.seed,
    }


def _measurement(
    run: IdentifiedRun, measured: Settings, settings: HiddenSettings
) -> HiddenMeasurement:
    """Return what measures each net; raises ConfigError for subsystems that cannot be."""
    inputs, subsystems = chosen_samples(run, settings)
    needed = unknowns(len(subsystems.names))
    if settings.draws < needed:
        raise ConfigError(
            "`--draws`",
            f"be at least the {needed} unknowns of a metric of {len(subsystems.names)} subsystems",
            f"is {settings.draws}",
            f"--draws {4 * needed}",
        )
    return HiddenMeasurement(
        net_of(measured.architecture),
        measured.activation,
        inputs,
        subsystems,
        measured.architecture.free,
        settings.steps,
        settings.draws,
        settings.seed,
    )


def chosen_samples(run: IdentifiedRun, settings: HiddenSettings) -> tuple[np.ndarray, Subsystems]:
    """Return the inputs of the samples asked for, (samples, n_1), and the subsystems of them.

    Raises ConfigError for subsystems that cannot be.

    ``run``: the run with its config and identity; ``settings``: what `nnu hidden` was asked for.
    """
    split = run.dataset.train if settings.samples == "train" else run.dataset.test
    subsystems = _subsystems(split, run.dataset.classes, settings)
    return np.asarray(assemble.encode_samples(run.config, run.dataset, split).inputs), subsystems


def _subsystems(split: Split, classes: int | None, settings: HiddenSettings) -> Subsystems:
    option = f"`--groups {settings.groups}`"
    if settings.groups == "classes":
        if classes is None:
            actual = "has real targets, of no class"
            raise ConfigError(option, "have classes in RUN", actual, "--groups random")
        return subsystems_of([str(k) for k in range(classes)], split.labels, option)
    if settings.groups == "random":
        groups = classes or RANDOM_GROUPS
        random = np.random.default_rng([settings.seed, 2])
        numbers = random.permutation(np.arange(split.samples) % groups)
        return subsystems_of([str(k) for k in range(groups)], numbers, option)
    return _of_file(settings.groups, split.samples, option)


def _of_file(path: str, samples: int, option: str) -> Subsystems:
    """Return the groups of a text file; raises ConfigError if it is none for so many samples."""
    remedy = f"a text file with {samples} whole numbers"
    with data.open_data_file(Path(path), "--groups") as stream:
        words = stream.read().split()
    try:
        numbers = np.array([int(word) for word in words])
    except ValueError:
        raise ConfigError(option, "hold whole numbers", "holds others", remedy) from None
    if len(numbers) != samples:
        must = f"hold a number for each of the {samples} samples"
        raise ConfigError(option, must, f"holds {len(numbers)}", remedy)
    labels, group = np.unique(numbers, return_inverse=True)
    return subsystems_of([str(label) for label in labels], group, option)


def _tell_layers(architecture: Architecture, settings: HiddenSettings, tell: Tell) -> None:
    depth = architecture.depth
    if depth is not None and depth - 1 < settings.steps:
        steps = counted(depth - 1, "step")
        tell(f"a layered net of {depth} layers is at rest after {steps}: there is no more to see")


def nets_at(file: h5py.File, run: IdentifiedRun, epoch: int | None, tell: Tell) -> NetsOfRun:
    """Return the nets at an epoch, None: the last; what had diverged is told of.

    ``file``: the open file; ``run``: the run with its config and identity; ``tell``: takes what a
    person should know, as text.
    """
    if epoch is None:
        epoch = int(NetsOfRun.kept(file, run, None, None, tell_nobody).epochs[-1])
    nets = NetsOfRun.kept(file, run, (epoch,), None, tell)
    for replica in nets.replicas[nets.missing[:, 0]]:
        tell(f"replica {replica} had diverged by epoch {epoch} and is left out")
    return nets


def _of_all(
    measurement: HiddenMeasurement,
    nets: NetsOfRun,
    run: IdentifiedRun,
    architecture: Architecture,
    progress: Callable[[int, int], None],
) -> Found:
    """Return what is found of every replica, (replica, ...), NaN where one had diverged."""
    numbers = iter(np.flatnonzero(~nets.missing[:, 0]))

    def of_net(parameters: Trainable, epoch: int) -> Found:
        replica = int(nets.replicas[next(numbers)])
        untrained = assemble.untrained_net(run.config, architecture, replica)
        return measurement.of_net(parameters, untrained)

    with single_threaded_blas():
        return {name: of[:, 0] for name, of in nets.measured(of_net, progress).items()}
