"""What `nnu grand` found of runs: read back, and told."""

from nnuniverse.analysis.grand.grand_tables import grand_sentences, grand_tables
from nnuniverse.analysis.grand.stored_grand import StoredGrand, read_grand

__all__ = ["StoredGrand", "grand_sentences", "grand_tables", "read_grand"]
