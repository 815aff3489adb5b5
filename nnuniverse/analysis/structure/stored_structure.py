"""``structure.h5``, read back."""

from __future__ import annotations

from nnuniverse.analysis.stored import Stored
from nnuniverse.physics.structure.structure import Structure
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import STRUCTURE_FILE

StoredStructure = Stored[Structure]


def read_structure(folder: RunFolder) -> StoredStructure:
    """Return what `nnu structure` stored of a run.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.

    ``folder``: that of the run.
    """
    stored = STRUCTURE_FILE.read(folder)
    return Stored(Structure.stored(stored.values), stored.attributes)
