"""``strings.h5``, read back."""

from __future__ import annotations

from nnuniverse.physics.strings.found_strings import StoredStrings
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import STRINGS_FILE


def read_strings(folder: RunFolder) -> StoredStrings:
    """Return what `nnu strings` stored in a folder.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.
    """
    stored = STRINGS_FILE.read(folder)
    values = {name: variable.values for name, variable in stored.variables.items()}
    return StoredStrings(values, stored.attributes)
