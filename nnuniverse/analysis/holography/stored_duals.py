"""``dual.h5``, read back."""

from __future__ import annotations

from nnuniverse.analysis.stored import Stored
from nnuniverse.physics.holography.found_duals import FoundDuals
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import DUAL_FILE

StoredDuals = Stored[FoundDuals]


def read_duals(folder: RunFolder) -> StoredDuals:
    """Return what `nnu dual` stored of a run.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.

    ``folder``: that of the run.
    """
    stored = DUAL_FILE.read(folder)
    return Stored(FoundDuals.stored(stored.values), stored.attributes)
