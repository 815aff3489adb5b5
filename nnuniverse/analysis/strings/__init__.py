"""What `nnu strings` found of nets: read back, and told."""

from nnuniverse.analysis.strings.stored_strings import StoredStrings, read_strings
from nnuniverse.analysis.strings.string_tables import string_sentences, string_tables

__all__ = ["StoredStrings", "read_strings", "string_sentences", "string_tables"]
