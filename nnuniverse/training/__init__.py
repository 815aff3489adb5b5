"""Training: the state, the jit-compiled loop, and when to measure."""

from nnuniverse.training.batch_rules import (
    Batching,
    BatchRule,
    Doubling,
    NoiseScale,
    NormTest,
    doubled,
    ladder,
)
from nnuniverse.training.batches import parts_of_batch, random_order
from nnuniverse.training.devices import ReplicaSharding
from nnuniverse.training.early_stopping import NEVER, EarlyStopping
from nnuniverse.training.loop import segments
from nnuniverse.training.memory import MemoryPlan, available_memory, plan_memory
from nnuniverse.training.objective import (
    Objective,
    boundary_objective,
    bulk_objective,
    cross_entropy_objective,
    declared_objective,
    installed_loss,
)
from nnuniverse.training.optimiser import Rate, build_optimiser
from nnuniverse.training.penalty import Penalty
from nnuniverse.training.program import MATMUL_PRECISION, Program
from nnuniverse.training.segment import Segment
from nnuniverse.training.self_adjusting import Plateau
from nnuniverse.training.snapshots import fixed_snapshots, log_snapshots
from nnuniverse.training.terms import Term, batch_terms
from nnuniverse.training.train_state import (
    TrainState,
    replica_keys,
    restore_state,
    state_arrays,
)
from nnuniverse.training.turnover import Conditions, Turnover

__all__ = [
    "MATMUL_PRECISION",
    "NEVER",
    "BatchRule",
    "Batching",
    "Conditions",
    "Doubling",
    "EarlyStopping",
    "MemoryPlan",
    "NoiseScale",
    "NormTest",
    "Objective",
    "Penalty",
    "Plateau",
    "Program",
    "Rate",
    "ReplicaSharding",
    "Segment",
    "Term",
    "TrainState",
    "Turnover",
    "available_memory",
    "batch_terms",
    "boundary_objective",
    "build_optimiser",
    "bulk_objective",
    "cross_entropy_objective",
    "declared_objective",
    "doubled",
    "fixed_snapshots",
    "installed_loss",
    "ladder",
    "log_snapshots",
    "parts_of_batch",
    "plan_memory",
    "random_order",
    "replica_keys",
    "restore_state",
    "segments",
    "state_arrays",
]
