"""``structure.h5``, read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nnuniverse.physics.structure.structure import Structure
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import STRUCTURE_FILE


class StoredStructure(NamedTuple):
    """The ``structure`` of the nets, and the ``attributes`` that say of what and how."""

    structure: Structure
    attributes: Mapping[str, object]


def read_structure(folder: RunFolder) -> StoredStructure:
    """Return what `nnu structure` stored of a run.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.

    ``folder``: that of the run.
    """
    stored = STRUCTURE_FILE.read(folder)
    values = {name: variable.values for name, variable in stored.variables.items()}
    return StoredStructure(Structure.stored(values), stored.attributes)
