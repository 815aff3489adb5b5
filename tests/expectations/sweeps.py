"""A small sweep as the sweep command hands it over: depths, replicas, snapshots."""

from __future__ import annotations

import numpy as np
import xarray as xr

DEPTHS = [2, 3, 4]
SNAPSHOTS = [0, 1, 10, 100, 1000]
REPLICAS = 4


def sweep(seed: int = 0) -> xr.Dataset:
    """Return a sweep whose C_20 = 769 + 1.25 log bulk_loss, except at epoch 0."""
    random = np.random.default_rng(seed)
    shape = (len(DEPTHS), REPLICAS, len(SNAPSHOTS))
    dims = ("depth", "replica", "snapshot")
    bulk_loss = np.exp(random.normal(size=shape))
    complexity = np.stack([769.0 + 1.25 * np.log(bulk_loss), 800.0 + bulk_loss], axis=-1)
    complexity[:, :, 0] = 0.0
    return xr.Dataset(
        {
            "mu2": (dims, random.random(shape)),
            "mu3": (dims, -random.random(shape)),
            "bulk_loss": (dims, bulk_loss),
            "complexity": ((*dims, "complexity_n"), complexity),
            "seed": (("replica",), np.arange(REPLICAS)),
        },
        coords={
            "depth": DEPTHS,
            "replica": np.arange(REPLICAS),
            "snapshot": SNAPSHOTS,
            "complexity_n": [20, 834],
        },
    )


def one_net(**finals: float) -> xr.Dataset:
    """Return a data set of one net in which ``name.final`` has the value given."""
    return xr.Dataset(
        {name: (("replica", "snapshot"), [[0.5, value]]) for name, value in finals.items()},
        coords={"snapshot": [0, 7]},
    )
