"""A run's nets mapped to their boundary neurons alone and trained again: `nnu dual`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.config.graph import BlockMask, FullMask, GraphNetwork
from nnuniverse.config.observe import LogSnapshots, ObserveConfig
from nnuniverse.config.training import BoundaryLoss, EarlyStoppingConfig
from nnuniverse.errors import ConfigError, StoppedError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.boundary_nets import BoundaryNetsOfRun, on_edges
from nnuniverse.experiments.found_of_run import FoundOfRun
from nnuniverse.experiments.option_values import require_at_least, require_one_of
from nnuniverse.experiments.reopen import IdentifiedRun, Tell, reopen_run, tell_nobody
from nnuniverse.experiments.retraining import store_arrays, train_once
from nnuniverse.experiments.start import SEED as SEEDS
from nnuniverse.experiments.train import SILENT, Reporter
from nnuniverse.networks.graph import Graph
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.holography.boundary_net import BoundaryNet
from nnuniverse.physics.holography.found_duals import SPLITS, STARTS, FoundDuals
from nnuniverse.processors import NO_LIMIT
from nnuniverse.runs import RunFolder, open_results
from nnuniverse.runs.derived_file import DUAL_FILE
from nnuniverse.runs.folder import DUALS
from nnuniverse.runs.results import ends_of_replicas, missing_at

EdgesOfDual = Literal["all", "forward"]
"""Into outputs from all boundary neurons, themselves included; or from inputs alone."""

SNAPSHOTS = 20
"""Of training a boundary net, evenly spaced in the logarithm of the epoch."""

LOSSES = {"train": "boundary_loss", "test": "test_boundary_loss"}

Progress = Callable[[str, int, int], None]
"""Hears what is begun, how many trainings are done, and of how many."""


@dataclass(frozen=True)
class DualSettings:
    """How boundary nets are made and trained: raises ConfigError for what cannot be.

    ``epochs``: of training, None for as many as the run has; ``edges``: of a boundary net,
    "forward" from inputs to outputs, or "all" into outputs, their own too; ``seed``: of shuffling.
    """

    epochs: int | None = None
    edges: EdgesOfDual = "forward"
    seed: int = 0

    def __post_init__(self) -> None:
        require_at_least("epochs", self.epochs, 1, 300)
        require_one_of("edges", self.edges, get_args(EdgesOfDual), "all or forward")
        require_at_least("seed", self.seed, 0, 0)


@pinned
def duals_of_run(
    path: str | Path,
    settings: DualSettings = DualSettings(),
    tell: Tell = tell_nobody,
    progress: Progress = lambda what, done, of: None,
    reporter: Reporter = SILENT,
    stop: Callable[[], bool] = lambda: False,
    threads: int = NO_LIMIT,
) -> FoundOfRun[FoundDuals]:
    """Return how nets of the boundary neurons alone do what the nets of a run do, and learn on.

    Every net of the run in the folder ``path`` is mapped in the ways of `STARTS`; the boundary nets
    are then trained by the run's own config, those drawn anew too.  Trainings are runs below
    ``path``: one that has ended is not trained again, one that was stopped goes on.  ``tell`` hears
    what a person should know, ``progress`` and ``reporter`` how it goes; ``stop`` is asked after
    every segment; ``threads``: the most to use.  Raises StoppedError if asked to stop, ConfigError,
    DataError or RunError.

    ``settings``: what `nnu dual` was asked for.

    Source: 2008.01540 (10.1)-(10.3), corrected (B23).
    """
    run = reopen_run(Path(path), tell)
    _require_mappable(run.config)
    config = dual_config(run, settings)
    sizes = assemble.boundary_sizes(run.config, run.dataset)
    graph = cast(Graph, assemble.build_architecture(config, *sizes))
    nets = BoundaryNetsOfRun.of(run, graph, settings.seed)
    root, losses = run.folder.path / DUALS, {}
    snapshots = np.zeros(0)
    for done, start in enumerate(STARTS):
        if stop():
            raise StoppedError(f"interrupted after {done} of {len(STARTS)} trainings, kept.")
        progress(start, done, len(STARTS))
        begun = _begun_with(config, root / start, nets.starts.get(start), graph)
        folder = train_once(begun, run.dataset, root, reporter, stop, threads)
        snapshots, losses[start] = _losses(folder)
    dual = np.stack([losses[start] for start in STARTS], axis=1)
    values = {"dual_loss": dual, "mapped_loss": dual[..., 0], **nets.facts}
    found = FoundDuals(nets.seeds, snapshots, values)
    return FoundOfRun(DUAL_FILE, run.folder, found, _attributes(run, graph, settings, config))


def _require_mappable(config: RunConfig) -> None:
    """Raise ConfigError for nets that learn what the boundary alone cannot be asked to."""
    if not isinstance(config.loss, BoundaryLoss):
        actual = f"has lowered that of the kind {config.loss.kind}"
        raise ConfigError("RUN", "have lowered the boundary loss", actual, "loss.kind=boundary")
    if config.loss.terms or config.grand is not None:
        actual = "has loss.terms" if config.loss.terms else "has neurons that come and go"
        raise ConfigError("RUN", "be trained by its loss alone", actual, "a run without")


def dual_config(run: IdentifiedRun, settings: DualSettings) -> RunConfig:
    """Return the config of a run's boundary net: dense, and trained as the run was.

    ``settings``: what `nnu dual` was asked for.
    """
    config = run.config
    inputs, outputs = assemble.boundary_sizes(config, run.dataset)
    names = config.network.activation
    network = GraphNetwork(
        kind="graph",
        neurons=inputs + outputs,
        mask=FullMask(kind="full", self_loops=True)
        if settings.edges == "all"
        else BlockMask(kind="block", sizes=(inputs, outputs)),
        activation=names[-1] if isinstance(names, tuple) else names,
        initialiser=config.network.initialiser,
    )
    epochs = config.train.epochs if settings.epochs is None else settings.epochs
    train = config.train.model_copy(
        update={"epochs": epochs, "early_stopping": EarlyStoppingConfig()}
    )
    observe = ObserveConfig(
        snapshots=LogSnapshots(count=SNAPSHOTS),
        observables=tuple(LOSSES.values()),
        complexity_n=(),
        slope=config.observe.slope,
    )
    update = {"network": network, "train": train, "observe": observe}
    return config.model_copy(update=update)


def _begun_with(
    config: RunConfig, folder: Path, nets: list[BoundaryNet] | None, graph: Graph
) -> RunConfig:
    """Return the config of nets that begin as ``nets``, kept in ``folder``, or are drawn."""
    name = folder.name
    if nets is None:
        return config.model_copy(update={"name": name})
    weights, bias = map(np.stack, zip(*(on_edges(net, graph) for net in nets), strict=True))
    arrays = {SEEDS: np.array(config.seeds), "weights": weights, "bias": bias}
    start = str(store_arrays(folder, "nets", arrays))
    network = config.network.model_copy(update={"start": start})
    return config.model_copy(update={"name": name, "network": network})


def _losses(folder: RunFolder) -> tuple[np.ndarray, np.ndarray]:
    """Return snapshots, and losses, (replica, split, snapshot), NaN once a net has diverged."""
    with open_results(folder.results) as file:
        snapshots = file["snapshot"][()]
        losses = np.stack([file[LOSSES[split]][()] for split in SPLITS], axis=1)
        diverged, stopped = ends_of_replicas(file)
    gone = missing_at(snapshots, diverged, stopped)
    return snapshots, np.where(gone[:, None, :], np.nan, losses)


def _attributes(
    run: IdentifiedRun, graph: Graph, settings: DualSettings, config: RunConfig
) -> dict[str, object]:
    name = run.folder.name
    network = assemble.build_settings(run.config, run.dataset).architecture
    return {
        "title": f"nnuniverse dual of {name}",
        "run": name,
        "run_hash": run.run_hash,
        "network": str(network),
        "dual_network": str(graph),
        "activation": str(config.network.activation),
        "edges": settings.edges,
        "epochs": config.train.epochs,
        "shuffling_seed": settings.seed,
    }
