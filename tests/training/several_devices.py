"""Train small programs on however many devices there are, and store what came out.

``python several_devices.py CHECKPOINT RESULTS``: continues from ``CHECKPOINT``, which holds the
`halfway` arrays of every case, and trains every case from its start.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import numpy as np
from small_programs import EPOCHS, build

from nnuniverse.training import Penalty, Program, Segment, TrainState, restore_state, state_arrays

CASES = {
    "even": {"seeds": tuple(range(8))},
    "uneven": {"seeds": tuple(range(20, 31)), "penalty": Penalty(l1=0.01, lasting=5.0)},
    "batched": {"seeds": tuple(range(8)), "batch_replicas": True},
}
NAMES = ("mu2", "log_eigenvalues", "complexity", "boundary_loss", "test_error_rate")
HALF = EPOCHS // 2
SNAPSHOTS = np.array([0, 1, HALF, EPOCHS])
SIZES = (12, 6, 3)

Arrays = dict[str, np.ndarray]


def program_of(case: str) -> Program:
    return build(names=NAMES, sizes=SIZES, **CASES[case])


def halves(program: Program) -> tuple[Segment, Segment]:
    first = program.run(program.initial_state(), 0, HALF, SNAPSHOTS)
    return first, program.run(first.state, HALF + 1, EPOCHS, SNAPSHOTS)


def arrays_of(segment: Segment) -> Arrays:
    """Everything that a segment brought forth."""
    return {
        "running": segment.running_loss,
        "diverged": segment.diverged_epoch,
        **{f"observable {name}": values for name, values in segment.observables.items()},
        **{f"state {name}": values for name, values in state_arrays(segment.state).items()},
    }


def state_in(program: Program, arrays: Arrays) -> TrainState:
    """The state among `arrays_of` a segment."""
    prefix = "state "
    kept = {name.removeprefix(prefix): values for name, values in arrays.items() if prefix in name}
    return restore_state(program.state_shape(), kept)


def under(prefix: str, arrays: Arrays) -> Arrays:
    return {f"{prefix}/{name}": values for name, values in arrays.items()}


def part(prefix: str, stored: Arrays) -> Arrays:
    """Undo `under`."""
    start = f"{prefix}/"
    return {name.removeprefix(start): stored[name] for name in stored if name.startswith(start)}


def main(checkpoint: Path, results: Path) -> None:
    stored = dict(np.load(checkpoint))
    found: Arrays = {}
    for case in CASES:
        program = program_of(case)
        found |= under(f"{case}/devices", {"used": np.array(len(program.sharding.devices))})
        first, second = halves(program)
        for weights in jax.tree.leaves(program.parameters(second.state)):
            assert weights.shape[0] == len(program.seeds)
        found |= under(f"{case}/first", arrays_of(first))
        found |= under(f"{case}/second", arrays_of(second))
        state = state_in(program, part(case, stored))
        continued = program.run(state, HALF + 1, EPOCHS, SNAPSHOTS)
        found |= under(f"{case}/continued", arrays_of(continued))
    np.savez(results, **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
