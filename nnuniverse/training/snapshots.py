"""When to measure: the epochs of the snapshots."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int


def log_snapshots(epochs: int, count: int) -> Int[np.ndarray, " snapshot"]:
    """Return about ``count`` epochs evenly spaced in log(epoch).

    Epoch 0 and ``count - 1`` points ``epochs^(k / (count - 2))``, k = 0 .. count - 2, rounded;
    those that fall on one epoch count once.  ``epochs`` and the powers of ten below it are always
    among them, since those are the epochs that people quote.  int64, ascending.

    >>> log_snapshots(1000, 4).tolist()
    [0, 1, 10, 32, 100, 1000]
    """
    exponents = np.linspace(0.0, 1.0, max(count - 1, 1))
    spaced = np.rint(np.power(float(epochs), exponents)).astype(np.int64)
    quoted = 10 ** np.arange(len(str(epochs)))
    return np.unique(np.concatenate([[0], spaced, quoted, [epochs]]))


def fixed_snapshots(epochs: int, every: int) -> Int[np.ndarray, " snapshot"]:
    """Return 0, ``every``, 2 ``every`` ... and ``epochs``; int64, ascending.

    >>> fixed_snapshots(10, 4).tolist()
    [0, 4, 8, 10]
    """
    return np.unique(np.concatenate([np.arange(0, epochs, every, dtype=np.int64), [epochs]]))
