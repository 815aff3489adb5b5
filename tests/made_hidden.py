"""What `nnu hidden` might have found of a run, put together by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnuniverse.physics.hidden.hidden_variables import CONTROLS, NETS, VARIABLES, HiddenVariables
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import HIDDEN_FILE

SUBSYSTEMS = ("0", "1", "2")
SIZES = {
    "subsystem": len(SUBSYSTEMS) + 1,
    "step": 20,
    "free_neuron": 6,
    "net": len(NETS),
    "control": len(CONTROLS),
    "quantile": 5,
    "fit_step": 2,
    "fit_neuron": 4,
    "surrogate": 3,
    "form_row": len(SUBSYSTEMS),
    "form_column": len(SUBSYSTEMS),
    "sign": 2,
    "sample": 18,
}


def made_hidden(
    replicas: int = 4, correlation: float = 0.02, controls: float = 0.6, lost: int = 0
) -> HiddenVariables:
    """Return one whose correlations are these from step 4 on, where a tenth of the speed is left.

    ``lost``: so many replicas had diverged.
    """
    random = np.random.default_rng(replicas)
    values = {}
    for variable in VARIABLES:
        shape = (replicas, *(SIZES[dim] for dim in variable.dims[1:]))
        values[variable.name] = 0.5 + 0.01 * random.normal(size=shape)
    values["speed"] = np.tile(np.where(np.arange(20) < 4, 1.0, 0.08), (replicas, 1))
    for name in ("mean_correlation", "corrected_correlation"):
        values[name][:, 0] += correlation - 0.5
        values[name][:, 1:] += controls - 0.5
    values["metric_signature"][:] = (1.0, 2.0)
    values["metric_signature_gaussian"][:] = (0.0, 3.0)
    values["metric_stability"][:] = 0.95
    values["metric_stability_gaussian"][:] = np.nan
    values["sample_period"][:] = 1.0
    values["sample_eigenvalue"][:] = np.nan
    for of in values.values():
        of[:lost] = np.nan
    return HiddenVariables(
        np.arange(replicas),
        SUBSYSTEMS,
        np.array([5, 6, 7]),
        np.arange(2, 8),
        np.array([1, 2]),
        np.arange(2, 6),
        values,
    )


def store_hidden(folder: Path, found: HiddenVariables) -> None:
    """Put it into a run folder as ``hidden.h5``."""
    attributes = {
        **found.attributes,
        "network": "graph of 8 neurons and 42 edges",
        "epoch": 3,
        "samples": "test",
        "groups": "classes",
    }
    HIDDEN_FILE.write(RunFolder(folder), found.axes, found.variables, attributes)
