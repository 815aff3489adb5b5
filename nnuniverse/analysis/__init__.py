"""From a run to numbers: thermodynamics, gaps, laws, jumps and self-checks."""

from nnuniverse.analysis.analysis import Analysis, Curve, analyse
from nnuniverse.analysis.comparison import compare, comparison_document, nearest_snapshot
from nnuniverse.analysis.document import document
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.store import Run, open_run, write_analysis

__all__ = [
    "Analysis",
    "AnalysisSettings",
    "Curve",
    "Run",
    "analyse",
    "compare",
    "comparison_document",
    "document",
    "nearest_snapshot",
    "open_run",
    "write_analysis",
]
