"""What everything besides training costs: snapshots, running losses, checkpoints, results."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.contest import Times
from benchmarks.programs import program_of

EPOCHS = 800
WHOLE_RUN = 30000
PAIRS = 5


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim).

    A run with everything against its bare loop, in turn, over fewer epochs than the 30,000 but
    with all the snapshots of that run, so that the difference is that of the whole run.
    """
    from nnuniverse import load_config
    from nnuniverse.experiments.assemble import snapshot_epochs
    from nnuniverse.experiments.train import start_run
    from nnuniverse.training import segments

    whole = load_config("configs/deep.yaml")
    snapshots = len(snapshot_epochs(whole))
    every = max(1, EPOCHS // snapshots)
    config = load_config(
        "configs/deep.yaml",
        [
            f"train.epochs={every * (snapshots - 1)}",
            f"observe.snapshots={{kind: fixed, every: {every}}}",
            "checkpoint.seconds=1",
        ],
    )
    epochs = config.train.epochs
    bare_program = program_of(config)
    never = np.asarray([], np.int64)

    def bare() -> float:
        state = bare_program.initial_state()
        started = time.perf_counter()
        for _ in segments(bare_program, state, 1, epochs, never):
            pass
        return time.perf_counter() - started

    def everything() -> float:
        with tempfile.TemporaryDirectory() as root:
            started = time.perf_counter()
            start_run(config, Path(root))
            return time.perf_counter() - started

    bare()
    shares = []
    for _ in range(PAIRS):
        plain = bare()
        extra = everything() - plain
        shares.append(100 * extra / (plain * WHOLE_RUN / epochs))
    return [
        (
            f"{snapshots} snapshots, checkpoints, compiling: % of a 30,000-epoch run",
            f"{Times(tuple(shares))}",
            "<= 3",
        )
    ]
