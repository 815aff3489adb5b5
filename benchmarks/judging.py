"""How much processor time the verdict on an ensemble takes, per coordinate and in all.

The ensemble is one of Ornstein-Uhlenbeck processes, whose fits take as long as those of a net.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from benchmarks.contest import ROUNDS, Times
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.findings import entropy_change_of, motion_of
from nnuniverse.physics.mechanics.synthetic import Setting, ornstein_uhlenbeck, window
from nnuniverse.physics.mechanics.verdict.judge import judge

COORDINATES, REPLICAS, RECORDS = 8, 512, 25


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    ensemble = _ensemble()
    verdicts = [_seconds_of_verdicts(ensemble) for _ in range(ROUNDS)]
    rest = [_seconds_of_rest(ensemble) for _ in range(ROUNDS)]
    each = Times(tuple(seconds / COORDINATES for seconds in verdicts))
    whole = Times(tuple(a + b for a, b in zip(verdicts, rest, strict=True)))
    shape = f"{REPLICAS} replicas, {RECORDS} records"
    return [
        (f"processor seconds of a verdict, {shape}", f"{each}", "<= 5"),
        (f"processor seconds of `nnu mechanics`, {COORDINATES} coordinates", f"{whole}", "<= 40"),
    ]


def _ensemble() -> ReplicaEnsemble:
    settings = [
        Setting(REPLICAS, seed, window(records=RECORDS), rate=0.005 * (seed + 1))
        for seed in range(COORDINATES)
    ]
    parts = [ornstein_uhlenbeck(setting) for setting in settings]
    positions = np.concatenate([part.positions for part in parts], axis=-1)
    labels = tuple(f"coordinate_{number}" for number in range(COORDINATES))
    return replace(parts[0], positions=positions, labels=labels)


def _seconds_of_verdicts(ensemble: ReplicaEnsemble) -> float:
    started = time.process_time()
    for coordinate in range(COORDINATES):
        judge(ensemble, coordinate, seed=0)
    return time.process_time() - started


def _seconds_of_rest(ensemble: ReplicaEnsemble) -> float:
    """Return what the estimators of motion and entropy take."""
    started = time.process_time()
    motion_of(ensemble, 0)
    entropy_change_of(ensemble)
    return time.process_time() - started
