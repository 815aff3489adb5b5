"""Several analyses side by side."""

from __future__ import annotations

from nnuniverse.analysis.document import plain_mapping
from nnuniverse.analysis.section import Analysis, nearest_snapshot
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.supports import support_of

COMPARED = (
    "boundary_loss",
    "bulk_loss",
    "cross_entropy",
    "error_rate",
    "test_error_rate",
    "r_squared",
    "test_r_squared",
    "mu2_per_eigenvalue",
    "mu3_per_eigenvalue",
)
"""Recorded variables that are compared."""


def compare(analyses: list[Analysis], epoch: int | None = None) -> list[dict[str, object]]:
    """Return one row per run: what it had recorded at ``epoch``, and its laws.

    Values are `Estimate` over the replicas where they have an interval.  A quantity that only
    some runs have is None in the others.

    ``analyses``: one per run.
    """
    rows = [_row(analysis, epoch) for analysis in analyses]
    keys = dict.fromkeys(key for row in rows for key in row)
    return [{key: row.get(key) for key in keys} for row in rows]


def comparison_document(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the rows of `compare` for JSON."""
    return [plain_mapping(row) for row in rows]


def _row(analysis: Analysis, epoch: int | None) -> dict[str, object]:
    record = analysis.record
    at = nearest_snapshot(record["snapshot"], epoch)
    row: dict[str, object] = {
        "run": record.name,
        "network": str(record.attributes.get("network", "")),
        "replicas": record.replicas,
        "epoch": int(record["snapshot"][at]),
        "checks": "corrupt" if analysis.corrupt else "hold",
    }
    for name in COMPARED:
        if name in record:
            row[name.replace("_", " ")] = mean_over_replicas(record[name][:, at], support_of(name))
    for section in analysis.sections:
        row |= section.compared(at)
    return row
