"""What decides the last digits of a run's numbers besides its config: recorded, and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from nnuniverse.errors import RunError
from nnuniverse.runs import RunFolder

PARTS, ROUNDS = "batch_parts", "bulk_in_rounds"
"""Attributes of ``results.h5``, and keys of ``provenance.json``."""


@dataclass(frozen=True)
class Rounding:
    """How sums are divided, and samples grouped.

    ``batch_parts``: parts of a batch that are computed side by side; ``bulk_in_rounds``: whether
    samples of a bulk loss that are not at their minimum form new groups.
    """

    batch_parts: int
    bulk_in_rounds: bool = True

    def record(self) -> dict[str, int]:
        """Return what attributes and JSON can hold."""
        return {name: int(value) for name, value in asdict(self).items()}


OF_OLD_RUNS = Rounding(batch_parts=2, bulk_in_rounds=False)
"""Of those that do not say, whatever the net was."""


def recorded_rounding(record: Mapping[str, object], folder: RunFolder) -> Rounding:
    """Return the rounding of which the ``record`` of the run in ``folder`` tells.

    Raises RunError for numbers that are none.
    """
    if PARTS not in record:
        return OF_OLD_RUNS
    parts = _number(record, PARTS, 1, folder)
    return Rounding(parts, bool(_number(record, ROUNDS, 0, folder)) if ROUNDS in record else False)


def _number(record: Mapping[str, object], name: str, least: int, folder: RunFolder) -> int:
    value = record[name]
    if isinstance(value, int | np.integer) and value >= least:
        return int(value)
    raise RunError(
        f"the `{name}` of {str(folder)!r}",
        f"be a number from {least} on",
        f"is {value!r:.60}",
        "restoring it, or a new run",
    )
