"""``holography.h5``, read back, of a run's folder or as a file of its own."""

from __future__ import annotations

from nnuniverse.physics.holography.found_holography import MAP_LOG, StoredHolography
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import HOLOGRAPHY_FILE


def read_holography(run: RunRecord) -> StoredHolography:
    """Return what `nnu holography` stored of a run, or of a file of its own, `file_record`.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.
    """
    if MAP_LOG.name in run:
        values = {name: variable.values for name, variable in run.variables.items()}
        return StoredHolography(values, run.attributes)
    stored = HOLOGRAPHY_FILE.read(run.folder)
    return StoredHolography(stored.values, stored.attributes)
