"""Does learning lead to a permutation?  Print the tables of docs/structure.md.

Of sweeps made by ``nnu sweep configs/sweeps/permutation.yaml`` and its siblings:

    python -m benchmarks.permutations runs/permutation-layers runs/permutation
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nnuniverse.intervals import mean_over_replicas, with_interval
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.structure.block import WeightBlock, block_of
from nnuniverse.physics.structure.chains import clean_chains
from nnuniverse.physics.structure.permutation_share import nearest_permutation, shuffled_shares

if TYPE_CHECKING:
    from nnuniverse.experiments.net_matrix import NetMatrix

DRAWS = 100
"""Of the null hypothesis, for each net."""


class Found(NamedTuple):
    """What one net is.

    ``share`` Q of all its weights, and how far it is ``above`` the median of shuffled ones;
    ``between_free``, ``above_between_free``: the same of the weights between free neurons, of
    graphs; ``weights`` that are not zero; clean ``chains``.
    """

    share: float
    above: float
    between_free: float
    above_between_free: float
    weights: float
    chains: float


COLUMNS = {
    "Q": "share",
    "less shuffled": "above",
    "Q, free": "between_free",
    "less shuffled, free": "above_between_free",
    "nonzero": "weights",
    "chains": "chains",
}


def look_at(net: NetMatrix, random: np.random.Generator) -> Found:
    """Return Q of all weights of a net and of those between free neurons, beside chance."""
    matrix, layer = net.couplings, net.layer
    rows, columns = (np.flatnonzero(net.allowed.any(axis=axis)) for axis in (1, 0))
    part = np.ix_(rows, columns)
    groups = None if layer is None else np.broadcast_to(layer[rows, None], net.allowed[part].shape)
    whole = WeightBlock(matrix[part], net.allowed[part], rows, columns, groups)
    free = (np.nan, np.nan)
    if layer is None:
        free = _shares(block_of(matrix, net.allowed, net.inputs, None), random)
    count = float(np.count_nonzero(net.weights))
    chains = float(len(clean_chains(matrix, net.inputs, net.outputs)))
    return Found(*_shares(whole, random), *free, count, chains)


def _shares(block: WeightBlock, random: np.random.Generator) -> tuple[float, float]:
    """Return Q, and by how much it exceeds the median of shuffled weights; none of zeros."""
    if not block.matrix.any():
        return np.nan, np.nan
    chance = shuffled_shares(block.matrix, block.allowed, DRAWS, random, block.groups)
    share = nearest_permutation(block.matrix).share
    return share, share - float(np.median(chance))


def nets_of(run: Path) -> Callable[[int | None], list[NetMatrix]]:
    """Return what reads the nets of all replicas of a ``run``, at an epoch, None for the last."""
    from nnuniverse.experiments import assemble
    from nnuniverse.experiments.chosen_nets import stored_net
    from nnuniverse.experiments.net_matrix import MatrixOfNet
    from nnuniverse.experiments.reopen import reopen_run
    from nnuniverse.runs import open_results

    opened = reopen_run(run)
    config, dataset = opened.config, opened.dataset
    settings = assemble.build_settings(config, dataset)
    inputs = assemble.encode_samples(config, dataset, dataset.train).inputs
    matrix_of = MatrixOfNet.build(config, settings, inputs)

    def at(epoch: int | None) -> list[NetMatrix]:
        with open_results(opened.folder.results) as file:
            nets = [
                stored_net(file, str(run), settings.architecture, replica, epoch)
                for replica in range(config.replicas)
            ]
        return [matrix_of(net) for net in nets]

    return at


@pinned
def main() -> None:
    """Print a row for every point of the sweeps, and for their nets before they learn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sweeps", type=Path, nargs="+")
    for sweep in parser.parse_args().sweeps:
        _print(sweep)


def _print(sweep: Path) -> None:
    import xarray

    random, titles = np.random.default_rng(0), ["", "loss", *COLUMNS]
    print(f"\n| {' | '.join(titles)} |\n|{' --- |' * len(titles)}")
    with xarray.open_dataset(sweep / "sweep.h5", engine="h5netcdf") as results:
        losses = [name for name in ("boundary_loss", "bulk_loss") if name in results]
        axes = results["run"].dims[:-1]
        for point in np.ndindex(*(results.sizes[axis] for axis in axes)):
            at = results.isel(dict(zip(axes, point, strict=True)))
            labels = ", ".join(str(at[axis].item()) for axis in axes)
            nets = nets_of(sweep.parent / str(at["run"].isel(replica=0).item()))
            if not point[-1]:
                _row(f"{labels.split(',')[0]}, untrained", None, nets(0), random)
            _row(labels, _last(at[losses[0]].values), nets(None), random)


def _last(values: np.ndarray) -> np.ndarray:
    """Return the last number of every row that is not missing."""
    return np.array([row[np.isfinite(row)][-1] for row in values])


def _row(
    name: str, loss: np.ndarray | None, nets: list[NetMatrix], random: np.random.Generator
) -> None:
    found = [look_at(net, random) for net in nets]
    values = [np.array([getattr(one, field) for one in found]) for field in COLUMNS.values()]
    cells = ["" if loss is None else _cell(loss), *map(_cell, values)]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _cell(values: np.ndarray) -> str:
    return with_interval(mean_over_replicas(values))


if __name__ == "__main__":
    sys.exit(main())
