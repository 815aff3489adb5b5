"""What `nnu hidden` found of runs: read back, and told."""

from nnuniverse.analysis.hidden.hidden_tables import hidden_sentences, hidden_tables, lorentzian
from nnuniverse.analysis.hidden.stored_hidden import StoredHidden, read_hidden
from nnuniverse.physics.hidden.verdict import judge_constraint

__all__ = [
    "StoredHidden",
    "hidden_sentences",
    "hidden_tables",
    "judge_constraint",
    "lorentzian",
    "read_hidden",
]
