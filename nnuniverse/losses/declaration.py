"""What a loss of an installed package declares: enough to lower, store, label and explain it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax


@dataclass(frozen=True)
class Loss:
    """A function that training lowers, of the outputs of a net and of what they should be.

    ``function``: outputs and targets, (samples, n_L) each, to the losses of the samples,
    (samples,); it has a gradient.  ``meaning``, ``source``, ``units``, ``equation``, ``symbol``: as
    of a `Variable`.
    """

    name: str
    function: Callable[[jax.Array, jax.Array], jax.Array]
    meaning: str
    source: str
    units: str = "1"
    equation: str = ""
    symbol: str = ""
