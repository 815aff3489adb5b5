"""An analysis as tables for people, to be printed or put on a page."""

from __future__ import annotations

from collections.abc import Sequence

from nnuniverse.analysis.section import Analysis
from nnuniverse.intervals import Estimate, written
from nnuniverse.text_table import TextTable


def analysis_tables(analysis: Analysis) -> list[TextTable]:
    """Return everything about one run; ± is the 95 % interval of a mean over replicas.

    ``analysis``: what was found of the run.
    """
    tables = [table for section in analysis.sections for table in section.tables()]
    return [table for table in tables if table.rows]


def comparison_table(rows: list[dict[str, object]], names: Sequence[str]) -> TextTable:
    """Return one row per quantity and one column per run; ``names``: of the runs.

    ``rows``: one per run, as `compare` gives them.
    """
    keys = [key for key in rows[0] if key != "run"]
    return TextTable(
        ["", *names],
        [[key, *(_entry(row[key]) for row in rows)] for key in keys],
        "± or + - is the 95 % interval of the mean over replicas, [,] that of a bootstrap",
    )


def _entry(value: object) -> str:
    if value is None:
        return "-"
    return written(value) if isinstance(value, Estimate) else str(value)
