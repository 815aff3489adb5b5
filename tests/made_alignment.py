"""What `nnu align` might have found of a run, put together by hand."""

from __future__ import annotations

import numpy as np

from nnuniverse.physics.mechanics.alignment.measured import VARIABLES, Alignment

EPOCHS = np.array([0, 1, 10, 100])
BETAS = np.array([0.001, 1.0, 1000.0])
SIZES = {"snapshot": len(EPOCHS), "beta": len(BETAS), "stiffest": 4}


def made_alignment(
    seeds: int = 3, mean: float = 0.5, epochs: slice = slice(None), lost: int = 0
) -> Alignment:
    """Return one whose cosines are ``mean``, but for noise, at every epoch.

    ``lost``: so many replicas had diverged before the last epoch.
    """
    random = np.random.default_rng(seeds)
    values = {}
    for variable in VARIABLES:
        shape = (seeds, *(SIZES[dim] for dim in variable.dims[1:]))
        drawn = mean + 0.05 * random.normal(size=shape)
        drawn[:lost, -1] = np.nan
        values[variable.name] = drawn[:, epochs]
    return Alignment(np.arange(seeds), BETAS, EPOCHS[epochs], values, 2.0)
