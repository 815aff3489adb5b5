"""Run records made of arrays, without a folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnuniverse.config import parse_config
from nnuniverse.runs.record import Recorded, RunRecord

COORDINATES = ("snapshot", "complexity_n", "power")
LAST = {"log_eigenvalues": "eigenvalue", "complexity": "complexity_n", "power_norms": "power"}


def record_of(network: str = "6-5-4-3", units: int = 0, **values: Any) -> RunRecord:
    """Return a record of ``values``, each (replica, snapshot, ...) but for coordinates."""
    arrays = {name: np.asarray(value) for name, value in values.items()}
    variables: dict[str, Recorded] = {}
    for name, array in arrays.items():
        attributes: Mapping[str, Any] = {}
        if name == "log_eigenvalues":
            attributes = {"unit_eigenvalues": units}
        dims = (name,) if name in COORDINATES else ("replica", "snapshot")
        variables[name] = Recorded(array, (*dims, LAST[name]) if name in LAST else dims, attributes)
    if "log_eigenvalues" in arrays:
        replicas, snapshots = arrays["log_eigenvalues"].shape[:2]
        variables["seed"] = Recorded(np.arange(replicas), ("replica",), {})
        variables.setdefault("snapshot", Recorded(np.arange(snapshots), ("snapshot",), {}))
    graph = {"kind": "graph", "neurons": 3, "mask": {"kind": "full"}}
    config = parse_config({"network": graph} if network.startswith("graph") else {})
    return RunRecord("made/by-hand", None, config, {}, {"network": network}, variables)
