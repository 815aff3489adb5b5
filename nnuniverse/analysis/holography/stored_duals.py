"""``dual.h5``, read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nnuniverse.physics.holography.found_duals import FoundDuals
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import DUAL_FILE


class StoredDuals(NamedTuple):
    """What was ``found``, and the ``attributes`` that say of what and how."""

    found: FoundDuals
    attributes: Mapping[str, object]


def read_duals(folder: RunFolder) -> StoredDuals:
    """Return what `nnu dual` stored of a run.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.

    ``folder``: that of the run.
    """
    stored = DUAL_FILE.read(folder)
    values = {name: variable.values for name, variable in stored.variables.items()}
    return StoredDuals(FoundDuals.stored(values), stored.attributes)
