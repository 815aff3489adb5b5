"""An ensemble of one net: replicas restarted with independent noise, seen through coordinates."""

from nnuniverse.training.evolution.neuron_moves import NeuronMoves
from nnuniverse.training.evolution.program import RECORDS_PER_CALL, EvolutionProgram, StoredRecords
from nnuniverse.training.evolution.sampling import IndependentBatches, ShuffledEpochs
from nnuniverse.training.evolution.state import EvolutionState

__all__ = [
    "RECORDS_PER_CALL",
    "EvolutionProgram",
    "EvolutionState",
    "IndependentBatches",
    "NeuronMoves",
    "ShuffledEpochs",
    "StoredRecords",
]
