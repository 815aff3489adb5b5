"""Several analyses side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnuniverse.analysis.analyse import Analysis
from nnuniverse.analysis.document import plain
from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.supports import support_of

COMPARED = (
    "boundary_loss",
    "bulk_loss",
    "error_rate",
    "test_error_rate",
    "mu2_per_eigenvalue",
    "mu3_per_eigenvalue",
)
"""Recorded variables that are compared."""


def nearest_snapshot(snapshots: np.ndarray, epoch: float | None) -> int:
    """Return the index of the snapshot nearest to ``epoch``, of the last one without."""
    if epoch is None:
        return len(snapshots) - 1
    distances = [abs(snapshot - epoch) for snapshot in snapshots.tolist()]  # of any size
    return distances.index(min(distances))


def compare(analyses: list[Analysis], epoch: int | None = None) -> list[dict[str, Any]]:
    """Return one row per run: what it had recorded at ``epoch``, and its laws.

    Values are `Estimate` over the replicas where they have an interval.  A quantity that only
    some runs have is None in the others.
    """
    rows = [_row(analysis, epoch) for analysis in analyses]
    keys = dict.fromkeys(key for row in rows for key in row)
    return [{key: row.get(key) for key in keys} for row in rows]


def comparison_document(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of `compare` for JSON."""
    return [plain(row) for row in rows]


def _row(analysis: Analysis, epoch: int | None) -> dict[str, Any]:
    record = analysis.record
    at = nearest_snapshot(record["snapshot"], epoch)
    row: dict[str, Any] = {
        "run": record.name,
        "network": str(record.attributes.get("network", "")),
        "replicas": record.replicas,
        "epoch": int(record["snapshot"][at]),
        "checks": "corrupt" if analysis.corrupt else "hold",
    }
    for name in COMPARED:
        if name in record:
            row[name.replace("_", " ")] = mean_over_replicas(record[name][:, at], support_of(name))
    if analysis.gaps is not None:
        verdicts = analysis.gaps.verdicts(analysis.settings.significance)[:, at]
        significant = verdicts == "gap"
        for verdict, name in (
            ("gap", "replicas with a gap"),
            ("cannot tell", "replicas that cannot tell"),
        ):
            row[name] = f"{(verdicts == verdict).sum()}/{record.replicas}"
        row["gap at"] = _among(analysis.gaps.position[:, at], significant)
        for name in analysis.temperatures:
            if not name.startswith("beta="):
                betas = analysis.states["beta"][:, at, analysis.temperatures.index(name)]
                row[f"beta from {name}"] = mean_over_replicas(betas, support_of("beta"))
    for law in analysis.laws:
        if law.y.startswith("C_") or law.y == "entropy [beta=1]":
            row[f"slope of {law.name}"] = law.pooled.slope
    return row


def _among(values: np.ndarray, chosen: np.ndarray) -> Estimate:
    return mean_over_replicas(np.where(chosen, values, np.nan))
