"""From a run to numbers: thermodynamics, gaps, laws, jumps and self-checks."""

from nnuniverse.analysis.analyse import Analysis, Curve, analyse
from nnuniverse.analysis.comparison import compare, comparison_document, nearest_snapshot
from nnuniverse.analysis.document import document
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.store import Run, open_run, write_analysis
from nnuniverse.analysis.tables import TextTable, analysis_tables, comparison_table

__all__ = [
    "Analysis",
    "AnalysisSettings",
    "Curve",
    "Run",
    "TextTable",
    "analyse",
    "analysis_tables",
    "compare",
    "comparison_document",
    "comparison_table",
    "document",
    "nearest_snapshot",
    "open_run",
    "write_analysis",
]
