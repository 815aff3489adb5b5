"""``strings.h5``, read back, of a run's folder or as a file of its own."""

from __future__ import annotations

from nnuniverse.physics.strings.found_strings import STATE, StoredStrings
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import STRINGS_FILE


def read_strings(run: RunRecord) -> StoredStrings:
    """Return what `nnu strings` stored of a run, or of a file of its own, `file_record`.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.
    """
    if STATE.name in run:
        values = {name: variable.values for name, variable in run.variables.items()}
        return StoredStrings(values, run.attributes)
    stored = STRINGS_FILE.read(run.folder)
    return StoredStrings(stored.values, stored.attributes)
