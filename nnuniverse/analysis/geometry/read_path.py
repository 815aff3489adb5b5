"""``geodesic.h5``, read back."""

from __future__ import annotations

from nnuniverse.physics.gravity.stored_path import POSITION, StoredPath
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import GEODESIC_FILE


def read_path(run: RunRecord) -> StoredPath:
    """Return the path in a file of its own, `file_record`, or beside a run.

    Raises RunError, which names the command, if there is none, or a damaged one.
    """
    stored = run if POSITION.name in run else GEODESIC_FILE.read(run.folder)
    values = {name: variable.values for name, variable in stored.variables.items()}
    attributes = stored.attributes
    return StoredPath.of_values(values, str(attributes.get("ended", "")) or None)
