"""Parquet files: one per set of dimensions, what each column is in the metadata of its field."""

from __future__ import annotations

import json
from pathlib import Path

from nnuniverse.exports.tables import TidyTable, facts_of
from nnuniverse.runs import RunRecord


def write_parquet(record: RunRecord, tables: list[TidyTable], folder: Path) -> None:
    """Write ``<dimensions>.parquet`` into ``folder``; missing values are null.

    The metadata of a field are units, long_name and source, those of the file hold the run as JSON
    under ``nnuniverse``.

    ``record``: the run, as read back from its folder; ``tables``: tidy tables of the run, one per
    set of dimensions.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    for table in tables:
        arrow = pa.Table.from_pandas(table.frame, preserve_index=False)
        fields = [field.with_metadata(table.columns[field.name]) for field in arrow.schema]
        facts = {"nnuniverse": json.dumps(facts_of(record))}
        schema = pa.schema(fields, {**(arrow.schema.metadata or {}), **facts})
        pq.write_table(arrow.cast(schema), folder / f"{table.name}.parquet")
