"""From a run to numbers: thermodynamics, gaps, laws, jumps and self-checks."""

from nnuniverse.analysis.analyse import QUANTITIES, analyse
from nnuniverse.analysis.comparison import compare, comparison_document
from nnuniverse.analysis.document import document
from nnuniverse.analysis.section import Analysis, Section, nearest_snapshot
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.store import opened_analysis, write_analysis
from nnuniverse.analysis.tables import analysis_tables, comparison_table
from nnuniverse.text_table import TextTable

__all__ = [
    "QUANTITIES",
    "Analysis",
    "AnalysisSettings",
    "Section",
    "TextTable",
    "analyse",
    "analysis_tables",
    "compare",
    "comparison_document",
    "comparison_table",
    "document",
    "nearest_snapshot",
    "opened_analysis",
    "write_analysis",
]
