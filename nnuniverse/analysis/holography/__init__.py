"""What `nnu holography` and `nnu dual` found of nets: read back, and told."""

from nnuniverse.analysis.holography.dual_tables import dual_sentences, dual_table
from nnuniverse.analysis.holography.holography_tables import (
    holography_sentences,
    holography_table,
)
from nnuniverse.analysis.holography.stored_duals import StoredDuals, read_duals
from nnuniverse.analysis.holography.stored_holography import read_holography

__all__ = [
    "StoredDuals",
    "dual_sentences",
    "dual_table",
    "holography_sentences",
    "holography_table",
    "read_duals",
    "read_holography",
]
