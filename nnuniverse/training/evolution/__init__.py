"""An ensemble of one net: replicas restarted with independent noise, seen through coordinates."""

from nnuniverse.training.evolution.program import (
    RECORDS_PER_CALL,
    EvolutionProgram,
    EvolutionState,
)
from nnuniverse.training.evolution.sampling import IndependentBatches, ShuffledEpochs

__all__ = [
    "RECORDS_PER_CALL",
    "EvolutionProgram",
    "EvolutionState",
    "IndependentBatches",
    "ShuffledEpochs",
]
