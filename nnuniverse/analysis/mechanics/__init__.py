"""The mechanics of ensembles: what `nnu mechanics` stores, and what is told of it."""

from nnuniverse.analysis.mechanics.mechanics_file import (
    MechanicsContent,
    MechanicsRecord,
    read_mechanics,
)
from nnuniverse.analysis.mechanics.mechanics_quantities import MECHANICS_QUANTITIES
from nnuniverse.analysis.mechanics.stored_findings import content_of
from nnuniverse.analysis.mechanics.verdict_document import mechanics_document
from nnuniverse.analysis.mechanics.verdict_sentences import (
    ASSUMED,
    pooled_sentence,
    verdict_sentences,
)
from nnuniverse.analysis.mechanics.verdict_tables import mechanics_tables

__all__ = [
    "ASSUMED",
    "MECHANICS_QUANTITIES",
    "MechanicsContent",
    "MechanicsRecord",
    "content_of",
    "mechanics_document",
    "mechanics_tables",
    "pooled_sentence",
    "read_mechanics",
    "verdict_sentences",
]
