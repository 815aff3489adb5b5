"""What `nnu structure` found of runs: read back, and told."""

from nnuniverse.analysis.structure.stored_structure import StoredStructure, read_structure
from nnuniverse.analysis.structure.structure_sentences import structure_sentences
from nnuniverse.analysis.structure.structure_tables import structure_tables

__all__ = ["StoredStructure", "read_structure", "structure_sentences", "structure_tables"]
