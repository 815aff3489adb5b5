"""Tidy CSV files, as pandas and R read them: one per set of dimensions."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from nnuniverse.csv_cells import cell
from nnuniverse.exports.tables import TidyTable, facts_of
from nnuniverse.runs import RunRecord


def write_csv(record: RunRecord, tables: list[TidyTable], folder: Path) -> None:
    """Write ``<dimensions>.csv``, ``variables.csv`` and ``run.json`` into ``folder``.

    Missing values are empty cells.

    ``record``: the run, as read back from its folder; ``tables``: tidy tables of the run, one per
    set of dimensions.
    """
    for table in tables:
        table.frame.to_csv(folder / f"{table.name}.csv", index=False, lineterminator="\n")
    rows = [
        {
            "file": f"{table.name}.csv",
            "column": name,
            "units": cell(of.get("units", "")),
            "long_name": cell(of.get("long_name", "")),
            "source": cell(of.get("source", "")),
        }
        for table in tables
        for name, of in table.columns.items()
    ]
    pd.DataFrame(rows).to_csv(folder / "variables.csv", index=False, lineterminator="\n")
    (folder / "run.json").write_text(json.dumps(facts_of(record), indent=1) + "\n", "utf-8")
