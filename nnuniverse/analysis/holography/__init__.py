"""What `nnu holography` found of nets: read back, and told."""

from nnuniverse.analysis.holography.holography_tables import (
    holography_sentences,
    holography_table,
)
from nnuniverse.analysis.holography.stored_holography import read_holography

__all__ = ["holography_sentences", "holography_table", "read_holography"]
