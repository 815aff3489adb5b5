"""Early stopping: after which snapshot a replica stops."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.training import NEVER, EarlyStopping
from nnuniverse.training.early_stopping import Waiting


def stopped_at(values: list[float], patience: int, rises: bool = False) -> int:
    """Return the number of the snapshot at which a replica with these values stops."""
    stopping = EarlyStopping("test_error_rate", patience, rises)
    with jax.enable_x64(True):
        waiting = jax.tree.map(lambda leaf: leaf[None], Waiting.begin())
        for number, value in enumerate(values):
            running = waiting.stopped_epoch == NEVER
            seen = jnp.asarray([value], jnp.float64)
            waiting = stopping.after_snapshot(waiting, seen, jnp.int32(number), running)
    return int(waiting.stopped_epoch[0])


@pytest.mark.parametrize(
    ("values", "patience", "expected"),
    [
        ([5, 4, 3, 2, 1], 1, NEVER),
        ([5, 4, 4, 3], 1, 2),
        ([5, 4, 4, 3], 2, NEVER),
        ([5, 4, 6, 4, 4, 1], 3, 4),
        ([1, 2, 2, 0.5, 0.6, 0.7, 0.8], 3, 6),
        ([np.nan, np.nan, np.nan], 1, NEVER),
        ([2, np.nan, 3, np.nan, 3], 2, 4),
    ],
)
def test_patience_is_in_snapshots_without_a_new_best(
    values: list[float], patience: int, expected: int
) -> None:
    assert stopped_at(values, patience) == expected
    assert stopped_at([-value for value in values], patience, rises=True) == expected


def test_a_replica_that_does_not_run_does_not_wait() -> None:
    with jax.enable_x64(True):
        begin = jax.tree.map(lambda leaf: leaf[None], Waiting.begin())
        stopping = EarlyStopping("test_error_rate", 1)
        idle = jnp.array([False])
        after = stopping.after_snapshot(begin, jnp.array([1.0]), jnp.int32(3), idle)
    assert np.isinf(after.best)
    assert after.waited == 0
