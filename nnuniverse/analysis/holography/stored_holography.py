"""``holography.h5``, read back, of a run's folder or as a file of its own."""

from __future__ import annotations

from nnuniverse.analysis.stored import StoredValues
from nnuniverse.physics.holography.found_holography import MAP_LOG
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import HOLOGRAPHY_FILE


def read_holography(run: RunRecord) -> StoredValues:
    """Return what `nnu holography` stored of a run, or of a file of its own, `file_record`.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.
    """
    return StoredValues.read(run, HOLOGRAPHY_FILE, MAP_LOG)
