"""What `nnu perturb` might have found of a run, put together by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnuniverse.physics.structure.perturbed import (
    NAMES,
    OF_RETRAINING,
    STRUCTURES,
    Perturbation,
    Perturbed,
)
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import PERTURB_FILE

REPLICAS, REPEATS = 4, 2
NOISE = (0.1, 0.2, 0.3)
CHAINS = np.array([1.0, 0.75, 0.0])
EDGES = np.array([1.0, 0.9, 0.2])
ALONE = np.array([1.0, 0.5, 0.0])


def made_perturbed(*, deleted: bool = False, loops: bool = False) -> Perturbed:
    """Return that of chains which survive whole more often than edges alone at noise 0.2.

    ``deleted``: whether neurons were deleted too, which half the chains survive, alone or not;
    ``loops``: whether there were any.
    """
    perturbations = [Perturbation("noise", sigma) for sigma in NOISE]
    perturbations += [Perturbation("delete", 0.5)] * deleted
    sizes = dict(
        zip(OF_RETRAINING, (REPLICAS, len(perturbations), REPEATS), strict=True),
        structure=len(STRUCTURES),
    )
    values = {name: np.full([sizes[d] for d in v.dims], np.nan) for name, v in NAMES.items()}
    spread = 0.02 * np.linspace(-1.0, 1.0, REPLICAS)[:, None]
    for at, one in enumerate(perturbations):
        strengths = NOISE.index(one.strength) if one.kind == "noise" else None
        edge, chain, alone = (
            (0.5, 0.5, 0.5) if strengths is None else (c[strengths] for c in (EDGES, CHAINS, ALONE))
        )
        inside = spread * (0.0 < chain < 1.0)
        values["survival"][:, at, :, 0] = edge
        values["survival"][:, at, :, 1] = chain + inside
        values["survival_independent"][:, at, :, 1] = alone
        values["chain_survival_in_layers"][:, at] = alone
        if loops:
            values["survival"][:, at, :, 2:] = 0.25
            values["survival_independent"][:, at, :, 2:] = 0.25 - inside[..., None]
    values["chains_after"][:] = 16.0
    values["same_chains"] = 16.0 * values["survival"][..., 1]
    values["instances"][:] = [64, 16, *([3, 2, 5] if loops else [0, 0, 0])]
    values["retraining_diverged"] = np.full(values["chains_after"].shape, -1)
    values["strength"] = np.array([one.strength for one in perturbations])
    return Perturbed(np.arange(REPLICAS), tuple(perturbations), values)


def store_perturbed(folder: Path, found: Perturbed) -> None:
    """Put it into a run folder as ``perturb.h5``."""
    attributes = {"network": "16-24-24-24-16", "epochs": 2000}
    PERTURB_FILE.write(RunFolder(folder), found.axes, found.variables, attributes)
