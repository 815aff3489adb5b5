"""Do deep sparse nets become shallow dense ones that learn?  Print the table of docs/holography.md.

Of a sweep made by ``nnu sweep configs/sweeps/dual.yaml``; what is not trained yet is trained:

    python -m benchmarks.duals runs/dual [activation=tanh depth=4] [--edges all]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from nnuniverse.intervals import mean_over_replicas
from nnuniverse.physics.holography.found_duals import DRAWN, SHUFFLED, TANGENT, FoundDuals

COLUMNS = ("deep", "mapped", "trained", "shuffled", "drawn", "test: deep", "trained")


def main() -> None:
    """Print a row for every point of the sweep: losses of deep nets, and on the boundary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sweep", type=Path)
    parser.add_argument("--edges", choices=("forward", "all"), default="forward")
    parser.add_argument("only", nargs="*", metavar="AXIS=LABEL")
    given = parser.parse_args()
    only = dict(part.split("=", 1) for part in given.only)
    print(f"| | {' | '.join(COLUMNS)} | kept | epochs saved |\n|{' --- |' * (len(COLUMNS) + 3)}")
    for labels, run in _points(given.sweep, only):
        print(f"| {labels} | {' | '.join(_cells(_duals(run, given.edges)))} |", flush=True)


def _points(sweep: Path, only: dict[str, str]) -> list[tuple[str, Path]]:
    """Return the labels and runs of the points that have the labels asked for."""
    import xarray

    found = []
    with xarray.open_dataset(sweep / "sweep.h5", engine="h5netcdf") as results:
        runs = results["run"].isel(replica=0)
        for point in np.ndindex(runs.shape):
            at = runs.isel(dict(zip(runs.dims, point, strict=True)))
            labels = {str(axis): str(at[axis].item()) for axis in runs.dims}
            if all(labels[axis] == label for axis, label in only.items()):
                found.append((", ".join(labels.values()), sweep.parent / str(at.item())))
    return found


def _duals(run: Path, edges: str) -> FoundDuals:
    import nnuniverse

    dataset = nnuniverse.dual(run, progress=False, edges=edges)
    return FoundDuals.stored({name: dataset[name].values for name in dataset.variables})


def _cells(found: FoundDuals) -> list[str]:
    losses = [
        found.deep("train"),
        found.mapped(TANGENT, "train"),
        *(found.trained(start, "train") for start in (TANGENT, SHUFFLED, DRAWN)),
        found.deep("test"),
        found.trained(TANGENT, "test"),
    ]
    kept = found.kept(found.mapped(TANGENT, "train"), "train")
    saved = found.epochs_saved
    some = f"{np.nanmin(saved):g}-{np.nanmax(saved):g}" if np.isfinite(saved).any() else "none"
    return [*map(_loss, losses), f"{np.nanmean(kept):.2f}", some]


def _loss(values: np.ndarray) -> str:
    """Return the mean with half of its interval, the latter in units of one thousandth."""
    value, low, high = mean_over_replicas(values)
    return f"{value:.3f}±{500 * (high - low):.0f}"


if __name__ == "__main__":
    sys.exit(main())
