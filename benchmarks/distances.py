"""How well does the holographic map know distances?  Print the table of docs/holography.md.

Of a sweep made by ``nnu sweep configs/sweeps/distances.yaml``:

    python -m benchmarks.distances runs/distances
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnuniverse.intervals import mean_over_replicas

EPS = (0.3, 0.1, 1e-2, 1e-4, 1e-8, 1e-16)
LEFT_OUT = "-"


class Seen(NamedTuple):
    """One net: shares of its pairs right after rounding, by eps, and rho of its matrix.

    ``by_log``: of (10.4); ``by_slope``: of the logarithmic derivative; ``by_first``: of the first
    coefficient; NaN where there is no map.
    """

    by_log: np.ndarray
    by_slope: np.ndarray
    by_first: float
    radius: float


def main() -> None:
    """Print a row for every eps: shares right before and after learning, over the graphs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sweep", type=Path)
    sweep = parser.parse_args().sweep
    runs = _runs(sweep)
    for title, epoch in (("before learning", 0), ("after", None)):
        nets = [_seen(run, epoch) for run in runs]
        radii = [net.radius for net in nets]
        print(f"\n{title}: rho {min(radii):.2f} to {max(radii):.2f}; first coefficients right ")
        print(f"of {_share(np.array([net.by_first for net in nets]))}")
        for at, eps in enumerate(EPS):
            shares = [np.array([net[which][at] for net in nets]) for which in (0, 1)]
            print(f"| {eps:g} | {' | '.join(map(_share, shares))} |", flush=True)


def _runs(sweep: Path) -> list[Path]:
    import xarray

    with xarray.open_dataset(sweep / "sweep.h5", engine="h5netcdf") as results:
        return [sweep.parent / str(name) for name in results["run"].values.ravel()]


def _seen(run: Path, epoch: int | None) -> Seen:
    import nnuniverse

    found = nnuniverse.holography(run, eps=EPS, epoch=epoch)
    true = found["distance"].values
    known = np.isfinite(true)

    def right(estimate: np.ndarray) -> float:
        there = np.isfinite(estimate).any()
        return float((np.abs(estimate - true)[known] < 0.5).mean()) if there else np.nan

    by_log, by_slope = (
        np.array([right(one) for one in found[name].values])
        for name in ("distance_printed", "distance_slope")
    )
    radius = float(found.attrs["spectral_radius"])
    return Seen(by_log, by_slope, right(found["distance_first"].values), radius)


def _share(values: np.ndarray) -> str:
    if not np.isfinite(values).any():
        return LEFT_OUT
    value, low, high = mean_over_replicas(values)
    return "all" if value == 1.0 else f"{value:.3f} ± {(high - low) / 2:.2g}"


if __name__ == "__main__":
    sys.exit(main())
