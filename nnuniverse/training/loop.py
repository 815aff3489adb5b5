"""The host's side of training: a program called segment by segment."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

from nnuniverse.training.program import Program
from nnuniverse.training.segment import Segment, end_of_room, without_end
from nnuniverse.training.train_state import TrainState

SEGMENT_SECONDS = 1.0
"""Aim for the length of a segment: how long progress and a stop may wait for its end."""


def segments(
    program: Program,
    state: TrainState,
    first: int,
    epochs: int,
    snapshots: Int[np.ndarray, " snapshot"],
) -> Iterator[Segment]:
    """Train from epoch ``first`` to ``epochs``, yielding segments of about `SEGMENT_SECONDS`.

    ``first``: 0 for a new run, whose untrained net is a snapshot too; ``snapshots``: all epochs to
    measure at, ascending.  Ends early when every replica has diverged or stopped.  How the epochs
    are divided depends on the machine's speed; the results do not.

    ``program``: the compiled program of the run; ``state``: before the first epoch.
    """
    length = 1
    while first <= epochs:
        last = end_of_room(first, min(first + length - 1, epochs), snapshots)
        started = time.perf_counter()
        segment = program.run(state, first, last, snapshots)
        elapsed = time.perf_counter() - started
        if segment.ended:
            yield without_end(segment)
            return
        yield segment
        state, first = segment.state, last + 1
        length = next_length(length, last - segment.first + 1, elapsed)


def next_length(length: int, done: int, seconds: float) -> int:
    """Return how many epochs or steps a call is to have, after one that took ``seconds`` for some.

    ``length``: what that one was to have; ``done``: what it had.  It aims at `SEGMENT_SECONDS`;
    growth is bounded because a short call says little about a long one.
    """
    return max(1, min(int(done * SEGMENT_SECONDS / seconds), 4 * length))
