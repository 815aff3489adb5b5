"""What an ensemble is seen through, as a table and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nnuniverse.cli.display.tables import print_tables
from nnuniverse.runs import RunRecord
from nnuniverse.text_table import TextTable

COLUMNS: Mapping[str, str] = {
    "h": "curvature",
    "spread": "curvature_spread",
    "k": "predicted_rate",
    "D": "predicted_diffusion",
    "variance": "predicted_variance",
}
"""Variables by their headings."""


def coordinate_rows(record: RunRecord) -> list[dict[str, object]]:
    """Return, of every coordinate, its label and what linear theory says; None where nothing."""
    labels = record["coordinate"]
    return [
        {"coordinate": str(label), **{name: _number(record[name][at]) for name in COLUMNS.values()}}
        for at, label in enumerate(labels)
    ]


def print_ensemble(record: RunRecord) -> None:
    """Print the coordinates of an ensemble, and what linear theory predicts of them."""
    steps = int(record["record_step"][-1])
    caption = (
        f"{record.attributes['network']}, {record.replicas} replicas, {steps} steps, "
        f"{len(record['record_step'])} records; k, D and variance by linear theory, per step"
    )
    rows = [
        [
            str(row["coordinate"]),
            *(_cell(row[name]) for name in COLUMNS.values()),
            _cell(_inverse(row["predicted_rate"])),
        ]
        for row in coordinate_rows(record)
    ]
    print_tables([TextTable(["coordinate", *COLUMNS, "1/k"], rows, caption)])


def _number(value: np.floating) -> float | None:
    return float(value) if math.isfinite(value) else None


def _inverse(value: object) -> float | None:
    return 1.0 / value if isinstance(value, float) and value > 0.0 else None


def _cell(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else "-"
