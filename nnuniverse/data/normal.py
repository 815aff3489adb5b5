"""Samples of independent normal numbers, drawn anew from a seed."""

from __future__ import annotations

import numpy as np
import psutil

from nnuniverse.data.dataset import Dataset, Split
from nnuniverse.errors import ConfigError

TRAIN, TEST = 0, 1
"""Which random numbers a split has of a seed."""


def draw_normal(
    inputs: int,
    train_samples: int,
    test_samples: int,
    deviation: float = 1.0,
    clip: float | None = None,
    seed: int = 0,
) -> Dataset:
    """Return samples of so many ``inputs``, each normal with mean 0 and the ``deviation``.

    ``clip`` c: numbers beyond -c and c are set to these, None: none are; ``seed``: the first
    samples are the same however many there are.  As there are no labels, the targets are the
    samples themselves, float64.  Raises ConfigError if the memory has no room for them.

    ``train_samples``: how many of training; ``test_samples``: how many of the test.
    """
    needed, available = 32 * inputs * (train_samples + test_samples), _available_bytes()
    if needed > available:
        raise ConfigError(
            "`data.inputs`",
            f"be so few that the samples fit into {available / 2**30:.3g} GiB of memory",
            f"with {train_samples + test_samples} samples needs {needed / 2**30:.3g} GiB",
            "fewer of either",
        )

    def split(number: int, samples: int) -> Split:
        drawn = deviation * np.random.default_rng((seed, number)).standard_normal((samples, inputs))
        if clip is not None:
            drawn = drawn.clip(-clip, clip)
        return Split(drawn, drawn)

    train, test = split(TRAIN, train_samples), split(TEST, test_samples)
    return Dataset("normal", train, test, None, (inputs,), "normal numbers")


def _available_bytes() -> int:
    return int(psutil.virtual_memory().available)
