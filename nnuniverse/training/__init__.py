"""Training: the state, the jit-compiled loop, and when to measure."""

from nnuniverse.training.batches import random_order
from nnuniverse.training.loop import segments
from nnuniverse.training.objective import (
    Objective,
    RunningLoss,
    boundary_objective,
    bulk_objective,
)
from nnuniverse.training.optimiser import Rate, build_optimiser
from nnuniverse.training.program import Program, Segment
from nnuniverse.training.snapshots import fixed_snapshots, log_snapshots
from nnuniverse.training.state import (
    NEVER,
    ActiveInputs,
    TrainState,
    initial_parameters,
    replica_keys,
    restore_state,
    state_arrays,
)
from nnuniverse.training.terms import Term, batch_terms

__all__ = [
    "NEVER",
    "ActiveInputs",
    "Objective",
    "Program",
    "Rate",
    "RunningLoss",
    "Segment",
    "Term",
    "TrainState",
    "batch_terms",
    "boundary_objective",
    "build_optimiser",
    "bulk_objective",
    "fixed_snapshots",
    "initial_parameters",
    "log_snapshots",
    "random_order",
    "replica_keys",
    "restore_state",
    "segments",
    "state_arrays",
]
