"""What `nnu grand` might have found of a run, put together by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnuniverse.physics.grand_canonical.enumeration import Enumerated, all_masks
from nnuniverse.physics.grand_canonical.mask_ensemble import (
    FewNeurons,
    MaskEnsemble,
    Sampled,
    mask_ensemble,
)
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import GRAND_FILE

TEMPERATURE = 0.5
CHAINS = 4


def made_masks(exact: bool = True, sites: int = 6) -> MaskEnsemble:
    """Return that of independent neurons, from independent draws; mu from -4 to 4."""
    random = np.random.default_rng(sites)
    energies, mu = random.normal(0.0, 0.2, sites), np.linspace(-4.0, 4.0, 17)
    p = 1.0 / (1.0 + np.exp((energies - mu[:, None]) / TEMPERATURE))
    masks = random.random((2, len(mu), CHAINS, 50, sites)) < p[:, None, None]
    sampled = Sampled(masks.sum(axis=-1).astype(float), masks @ energies)
    few = FewNeurons(0.0, float(energies.sum()), energies, -energies)
    every = all_masks(sites)
    curves = Enumerated(every @ energies, every.sum(axis=1)).curves(TEMPERATURE, mu)
    neurons = np.arange(sites)
    return mask_ensemble(sampled, few, TEMPERATURE, mu, neurons, curves if exact else None)


def store_masks(folder: Path, ensemble: MaskEnsemble) -> None:
    """Put it into a run folder as ``grand.h5``."""
    attributes = {
        **ensemble.attributes,
        "energy": "free_energy",
        "network": "4-6-3",
        "chains": CHAINS,
    }
    GRAND_FILE.write(RunFolder(folder), ensemble.axes, ensemble.variables, attributes)
