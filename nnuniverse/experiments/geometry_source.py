"""What a trained net has of the action of gravity, and which metric it leaves open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.hidden import HiddenSettings, chosen_samples, nets_at
from nnuniverse.experiments.net_matrix import MatrixOfNet
from nnuniverse.experiments.reopen import IdentifiedRun, Tell, reopen_run, tell_nobody
from nnuniverse.nets import net_of
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import pinned
from nnuniverse.observables import Settings
from nnuniverse.physics.gravity.hidden_source import Means, hidden_source, source_tensor
from nnuniverse.physics.gravity.open_metrics import (
    gauge_metric,
    open_metric,
    thinnest,
    told_directions,
)
from nnuniverse.physics.hidden.linear_step import with_their_sum
from nnuniverse.physics.hidden.metric import unknowns
from nnuniverse.physics.hidden.subsystems import Subsystems
from nnuniverse.physics.hidden.transients import speeds_of_samples, transient
from nnuniverse.runs import open_results
from nnuniverse.threads import single_threaded_blas

SOURCE_STEPS = (0, 1, 2, 5, 10)
"""At which the source is told: most nets settle within ten or twenty."""

MOST_PLACES = 20
"""At which the curvature of a metric is taken, in D + 1 dimensions."""

GAUGE = 0.05
"""Of xi: small, so that the metric is Lorentzian as the flat one is."""

MOST_SUBSYSTEMS = 12
"""Whose Riemann tensor has 13^4 elements."""

Found = dict[str, np.ndarray]


@dataclass(frozen=True)
class SourceOfRun:
    """What was found of the nets of the run ``name``, at an ``epoch``, of ``subsystems`` D.

    ``values``: by name, (replica, ...), those of `HiddenSource` by step; ``untrained``: the same of
    the nets before their first epoch; ``told``: directions of g^i that are, median over neurons, of
    ``unknowns``; ``gauge_directions``: that no data can tell.
    """

    name: str
    network: str
    epoch: int
    subsystems: int
    samples: int
    steps: tuple[int, ...]
    values: Found
    untrained: Found

    @property
    def unknowns(self) -> int:
        """Of g^i, at each neuron."""
        return unknowns(self.subsystems + 1)

    @property
    def gauge_directions(self) -> int:
        """Of these, that are the same action and the same constraint."""
        return self.subsystems + 1


@dataclass(frozen=True)
class _Source:
    """Measures nets of one run."""

    run: IdentifiedRun
    settings: Settings
    inputs: np.ndarray
    subsystems: Subsystems
    matrix: MatrixOfNet
    steps: int
    seed: int

    def of_net(self, parameters: Trainable) -> Found:
        """Return everything about a net."""
        net, free = net_of(self.settings.architecture), self.settings.architecture.free
        activation, averages = self.settings.activation, self.subsystems.averages
        speeds = speeds_of_samples(
            net,
            parameters,
            self.inputs,
            activation,
            tuple(range(SOURCE_STEPS[-1] + 1)),
            np.arange(len(free)),
        )
        states = (np.cumsum(speeds, axis=0) - speeds)[list(SOURCE_STEPS)]
        found = self.matrix(parameters).couplings[free]
        couplings = found[:, self.matrix.architecture.inputs], found[:, free]
        speeds = speeds[list(SOURCE_STEPS)]
        means = transient(
            net,
            parameters,
            self.inputs,
            activation,
            np.concatenate([averages, *self._halves]),
            self.steps,
        )
        settled = means.states[-1, : len(averages)]
        source = hidden_source(states, speeds, self.inputs, averages, settled, couplings)
        parts = np.split(means.speeds, 3, axis=1)
        whole = with_their_sum(means.states[: self.steps, : len(averages)])
        return {
            **source._asdict(),
            "told": np.median(told_directions(parts[0], (parts[1], parts[2]))),
            "thinnest": np.array(thinnest(np.moveaxis(whole, 1, 0))),
            **self._open(states[1], speeds[1], couplings),
        }

    @property
    def _halves(self) -> list[np.ndarray]:
        """What makes means of either half of the samples of every subsystem, (D, samples) each."""
        random = np.random.default_rng([self.seed, 3])
        halves = np.zeros((2, *self.subsystems.averages.shape))
        for d, members in enumerate(self.subsystems.members()):
            for half, part in zip(
                halves, np.array_split(random.permutation(members), 2), strict=True
            ):
                half[d, part] = 1.0 / len(part)
        return list(halves)

    def _open(
        self, x: np.ndarray, v: np.ndarray, couplings: tuple[np.ndarray, np.ndarray]
    ) -> Found:
        """Return what a metric with the action of flat space is, at some neurons in step 1."""
        averages, (outer, inner) = self.subsystems.averages, couplings
        e = x - x @ inner.T - self.inputs @ outer.T
        means = Means(*(averages @ one for one in (x, e, v)))
        tensor, sizes = source_tensor(means, averages @ self.inputs, couplings)
        places = with_their_sum(means.x).T
        places = places / max(float(np.abs(places).max()), 1e-300)
        some = np.unique(np.linspace(0, len(places) - 1, MOST_PLACES).astype(int))
        metric = gauge_metric(len(averages), np.random.default_rng([self.seed, 4]), GAUGE)
        found = open_metric(places[some], tensor[some], sizes[some], metric)
        return {
            "open_curvature": np.array([found.curvature.min(), found.curvature.max()]),
            "open_lorentzian": np.array(found.lorentzian.mean()),
            "open_change": np.array(found.change),
        }


@pinned
def source_of_run(
    path: str | Path,
    asked: HiddenSettings | None = None,
    tell: Tell = tell_nobody,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> SourceOfRun:
    """Return what the nets of the run in the folder ``path`` have of (9.1)-(9.3).

    ``asked``: which samples, subsystems, epoch and how many steps, as of `nnu hidden`.  ``tell``
    hears what a person should know, ``progress`` how many nets are done.  Raises ConfigError,
    DataError or RunError.

    Source: 2008.01540 (9.1)-(9.3).
    """
    asked = asked or HiddenSettings()
    run = reopen_run(Path(path), tell)
    settings = assemble.build_settings(run.config, run.dataset)
    inputs, subsystems = chosen_samples(run, asked)
    count = len(subsystems.names)
    if count > MOST_SUBSYSTEMS:
        raise ConfigError(
            f"`--groups {asked.groups}`",
            f"make at most {MOST_SUBSYSTEMS} subsystems",
            f"makes {count}",
            "--groups with a file",
        )
    training = assemble.encode_samples(run.config, run.dataset, run.dataset.train).inputs
    matrix = MatrixOfNet.build(run.config, settings, training)
    source = _Source(run, settings, inputs, subsystems, matrix, asked.steps, asked.seed)
    with open_results(run.folder.results) as file, single_threaded_blas():
        nets = nets_at(file, run, asked.epoch, tell)
        values = nets.measured(lambda net, epoch: source.of_net(net), progress)
        untrained = [
            source.of_net(assemble.untrained_net(run.config, settings.architecture, int(replica)))
            for replica in nets.replicas
        ]
    return SourceOfRun(
        run.folder.name,
        str(settings.architecture),
        int(nets.epochs[0]),
        count,
        len(inputs),
        SOURCE_STEPS,
        {name: of[:, 0] for name, of in values.items()},
        {name: np.array([one[name] for one in untrained]) for name in untrained[0]},
    )
