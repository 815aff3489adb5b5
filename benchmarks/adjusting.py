"""An epoch with optimisers that adjust their steps, and with batches that do, against plain SGD."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.contest import Work, compete
from benchmarks.programs import program_of
from benchmarks.training import SAMPLES, data_of

EPOCHS = 60
"""Of a round."""

ALGORITHMS = {
    "sgd": (),
    "adam": ("train.optimiser.kind=adam",),
    "momo": ("train.optimiser.kind=momo",),
    "momo_adam": ("train.optimiser.kind=momo_adam",),
    "prodigy": ("train.optimiser.kind=prodigy",),
    "dadapt_adamw": ("train.optimiser.kind=dadapt_adamw",),
    "cocob": ("train.optimiser.kind=cocob",),
    "reduce_on_plateau": ("train.schedule.kind=reduce_on_plateau",),
    "norm_test, one size": ("train.batching={kind: norm_test, maximum: 100}",),
}
"""What they add to the deep net's config."""


def loop(overrides: tuple[str, ...]) -> Work:
    """Build the training loop of configs/deep.yaml with these ``overrides``."""
    from nnuniverse import load_config

    program = program_of(load_config("configs/deep.yaml", overrides), data_of(SAMPLES))
    state = program.initial_state()
    never = np.asarray([], np.int64)

    def work(epochs: int) -> None:
        program.run(state, 1, epochs, never)

    return work


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    builders: dict[str, tuple[Callable[[], Work], int]] = {
        name: (partial(loop, overrides), EPOCHS) for name, overrides in ALGORITHMS.items()
    }
    times = compete(builders)
    return [
        (f"epoch of {name} over sgd", f"{times[name].over(times['sgd'])}", "<= 1.3")
        for name in list(ALGORITHMS)[1:]
    ]
