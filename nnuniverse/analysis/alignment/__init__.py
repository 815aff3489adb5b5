"""What `nnu align` found of runs: read back, and told."""

from nnuniverse.analysis.alignment.alignment_tables import alignment_tables, objections
from nnuniverse.analysis.alignment.stored_alignment import read_alignment

__all__ = ["alignment_tables", "objections", "read_alignment"]
