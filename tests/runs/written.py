"""The results of a run that nobody trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnuniverse.runs import Results
from nnuniverse.variables import Schema, Variable

LOSS = Variable("running_boundary_loss", ("replica", "epoch"), "loss", "(2.11)")
MU2 = Variable("mu2", ("replica", "snapshot"), "Tr (log G)^2", "(9.5)")


def write(path: Path) -> Path:
    """Write results of two replicas, three epochs and two snapshots; return ``path``."""
    results = Results(
        [5, 6],
        Schema(axes=[], running_losses=[LOSS], observables=[MU2]),
        {"network": "4-3", "nothing": None},
    )
    losses = {LOSS.name: np.arange(6.0).reshape(2, 3)}
    measured = {MU2.name: np.arange(4.0).reshape(2, 2)}
    results.append(losses, np.asarray([0, 3]), measured, np.asarray([-1, -1]))
    results.write(path, {})
    return path
